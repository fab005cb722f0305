/**
 * A probe: logistic regression on the frozen base's embeddings of labelled images. The baseline is to always predict
 * the most frequent training label.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError, throwIfAborted } from "../../../base/errors.ts";
import { writeWhole } from "../../../base/files.ts";
import { type ImageExample, readImageDataset } from "../../data/index.ts";
import { fitProbe, type Probe, probeOf, type StoredProbe } from "../../learners/probe.ts";
import type { ProbeLearner, TuneConfig } from "../config.ts";
import { ImageEmbedder } from "../embedder.ts";
import { writeResult } from "../fit.ts";
import { type HeldOutMeasure, measureOf } from "../held-out.ts";
import type { TuneOptions, TuneResult } from "../outcome.ts";
import { memoryAvailable, refuseTooLarge, type TunePlan } from "../plan.ts";

export async function tuneProbe(config: TuneConfig, learner: ProbeLearner, options: TuneOptions): Promise<TuneResult> {
  const { data, out, threads, base } = config;
  const { onPlan, codeVersion: _, ...work } = options;
  const embedder = await ImageEmbedder.open(base, threads);
  try {
    const checkImage = async (path: string) => void (await embedder.image(path));
    const read = (path: string) => readImageDataset(path, { field: "label", labels: data.labels, checkImage, ...work });
    const train: ImageExample[] = [];
    for (const { path } of data.train) train.push(...(await read(path)).examples);
    const optional = async (path: string | undefined) => (path === undefined ? [] : (await read(path)).examples);
    const held = await optional(data.validation);
    const test = await optional(data.test);
    const classes = [...new Set(train.map(({ target }) => target))];
    const started = performance.now();
    const width = (await embedder.embed(train[0].image)).length;
    const pictures = train.length + held.length + test.length;
    const trained = classes.length * (width + 1);
    const plan: TunePlan = {
      base,
      learner: `probe of ${classes.length} classes`,
      parametersTrained: trained,
      parametersTotal: embedder.parameters + trained,
      trainExamples: train.length,
      validationExamples: held.length,
      dropped: [],
      batch: "one image per step, each embedded once",
      steps: pictures,
      // The base, its embeddings, and the solver's ten pairs in float64.
      memoryBytes: 4 * embedder.parameters + 4 * pictures * width + 8 * 26 * trained,
      memoryAvailable: memoryAvailable(),
      secondsPerStep: (performance.now() - started) / 1000,
    };
    refuseTooLarge(plan);
    onPlan?.(plan);

    let done = 0;
    const embedAll = async (own: readonly ImageExample[]) => {
      const rows: Float32Array[] = [];
      for (const { image } of own) {
        throwIfAborted(work.signal);
        rows.push(await embedder.embed(image));
        work.onProgress?.({ stage: "embedding", done: ++done, total: pictures, unit: "images" });
      }
      return rows;
    };
    const embeddings = await embedAll(train);
    const labels = train.map(({ target }) => target);
    const probe = fitProbe(embeddings, labels, learner);
    requireNonZero(probe, out);
    const shares = new Map(
      classes.map((name) => [name, labels.filter((label) => label === name).length / labels.length]),
    );
    const measured = async (own: readonly ImageExample[]) => {
      if (own.length === 0) return undefined;
      const answers = (await embedAll(own)).map((embedding) => {
        const p = probe.probabilities(embedding);
        return new Map(probe.classes.map((name, k) => [name, p[k]]));
      });
      return {
        before: measureLabels(own.map(({ target }) => ({ target, p: shares }))),
        after: measureLabels(own.map(({ target }, i) => ({ target, p: answers[i] }))),
      };
    };
    const validated = await measured(held);
    const tested = await measured(test);
    const saved = await saveProbe(join(out, "probe"), probe, base);
    const result = { ...validated, test: tested, saved };
    await writeResult(config, result);
    return { plan, ...result };
  } finally {
    await embedder.close();
  }
}

/** Mean negative log-likelihood of the true label, and accuracy. */
function measureLabels(examples: readonly { target: string; p: ReadonlyMap<string, number> }[]): HeldOutMeasure {
  let loss = 0;
  let correct = 0;
  for (const { target, p } of examples) {
    loss -= Math.log(Math.max(p.get(target) ?? 0, 1e-12));
    const [likeliest] = [...p].reduce((a, b) => (b[1] > a[1] ? b : a));
    if (likeliest === target) correct++;
  }
  return measureOf(loss / examples.length, examples.length, correct);
}

/** Throws when all weights of a class are zero: the base's embeddings do not tell the images apart. */
function requireNonZero({ classes, weights }: Probe, where: string): void {
  const width = weights.length / classes.length;
  const still = classes.filter((_, k) => weights.subarray(k * width, (k + 1) * width).every((w) => w === 0));
  if (still.length > 0)
    throw new PolyclinicError("learn/zero-gradient", "the coefficients of some classes are zero", {
      where,
      found: still.join(", "),
      hint: "The base model's embeddings do not distinguish these images.",
    });
}

async function saveProbe(folder: string, { classes, weights, intercepts }: Probe, base: string): Promise<string> {
  const stored: StoredProbe = { base, classes, weights: [...weights], intercepts: [...intercepts] };
  await writeWhole(join(folder, "probe.json"), `${JSON.stringify(stored)}\n`, { overwrite: true });
  return folder;
}

/** A saved probe, and the base whose embeddings (`ImageEmbedder`) it takes. @throws learn/probe. */
export async function readProbe(folder: string): Promise<{ base: string; probe: Probe }> {
  const path = join(folder, "probe.json");
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new PolyclinicError("learn/probe", "cannot be read", { where: path, cause });
  });
  const stored = JSON.parse(text) as StoredProbe;
  return { base: stored.base, probe: probeOf(stored, path) };
}
