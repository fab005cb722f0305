/**
 * What the embedded model is measured on: held-out splits only, through the same path a user takes (file, study, view, task, model). Each
 * function gives the rows of one data set.
 */
import { join } from "node:path";
import { throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { Random } from "../../base/random.ts";
import { auroc, balancedAccuracy, boxIou, mean } from "../../learn/metrics.ts";
import {
  chestKindOf,
  chestKinds,
  chestLabels,
  ctLabels,
  histologyLabels,
  kindLabels,
  kindQuestion,
  measuredSlices,
  structures,
} from "../../learn/nano/examples.ts";
import type { LungEntry, NanoFile, NanoSet, Split } from "../../learn/nano/splits.ts";
import type { Model } from "../../model/contract.ts";
import { openStudy, type Study } from "../../study/index.ts";
import { classify, compare, layOut, locate, messagesOf, report } from "../../task/index.ts";
import { type PromptSubject, volumePrompt } from "../../text/prompts/index.ts";
import { type Row, rowOf } from "./row.ts";

export interface NanoTrial extends Work {
  readonly data: string;
  readonly files: readonly NanoFile[];
  readonly model: Model;
  readonly precision: string;
  /** At most so many cases of a set, evenly spread; for a quick look, not for publication. */
  readonly limit?: number;
}

const held = ({ files, limit }: NanoTrial, set: NanoSet, split: Split) => {
  const own = files.filter((file) => file.set === set && file.split === split);
  if (limit === undefined || own.length <= limit) return own;
  return Array.from({ length: limit }, (_, i) => own[Math.floor((i * own.length) / limit)]);
};

/** Goes through the files one by one, with progress and the way to stop. */
async function each<F, T>(trial: NanoTrial, stage: string, cases: readonly F[], measure: (file: F) => Promise<T>) {
  const results: T[] = [];
  for (const [i, one] of cases.entries()) {
    throwIfAborted(trial.signal);
    results.push(await measure(one));
    trial.onProgress?.({ stage: `${stage} (${trial.precision})`, done: i + 1, total: cases.length, unit: "cases" });
  }
  return results;
}

const open = ({ data }: NanoTrial, { path }: NanoFile): Promise<Study> => openStudy(join(data, path));

async function probabilities(
  trial: NanoTrial,
  file: NanoFile,
  labels: readonly string[],
  subject: PromptSubject,
  question?: string,
): Promise<Map<string, number>> {
  const layout = await layOut(await open(trial, file), trial.model, { subject });
  const { answer } = await classify(layout, trial.model, { labels, question, signal: trial.signal });
  return new Map(answer?.probabilities?.map(({ label, probability }) => [label, probability]));
}

const likeliest = (weights: ReadonlyMap<string, number>) =>
  [...weights].reduce((best, next) => (next[1] > best[1] ? next : best), ["", -1] as [string, number])[0];

const share = (labels: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values()) / labels.length;
};

interface Answered {
  readonly truth: string;
  readonly said: string;
}
const accuracy = (cases: readonly Answered[]) => mean(cases.map(({ truth, said }) => (truth === said ? 1 : 0)));

export async function chestRows(trial: NanoTrial): Promise<Row[]> {
  const score = async (file: NanoFile) => ({
    positive: file.label !== "normal",
    score: (await probabilities(trial, file, chestLabels, "chest X-ray")).get("pneumonia") ?? 0,
  });
  const validation = await each(trial, "chest X-rays, validation", held(trial, "cxr", "val"), score);
  const test = await each(trial, "chest X-rays", held(trial, "cxr", "test"), score);
  const threshold = bestThreshold(validation);
  const kinds = await each(trial, "kinds of pneumonia", held(trial, "cxr", "test"), async (file) => ({
    truth: chestKindOf(file.label),
    said: likeliest(await probabilities(trial, file, chestKinds, "chest X-ray")),
  }));
  const written = await each(
    trial,
    "chest X-ray reports",
    held(trial, "cxr", "test").filter((_, i) => i % 3 === 0),
    async (file) => {
      const { answer } = await report(await open(trial, file), trial.model, { signal: trial.signal });
      const impression = answer?.impression.toLowerCase() ?? "";
      const said = impression.includes("no sign")
        ? "normal"
        : impression.includes("pneumonia")
          ? "pneumonia"
          : "unparsed";
      return { truth: file.label === "normal" ? "normal" : "pneumonia", said };
    },
  );
  const cases = test.map(({ positive, score }) => ({ positive, score, right: score >= threshold === positive }));
  return [
    rowOf(
      {
        id: "cxr-auroc",
        what: "chest X-ray, normal or pneumonia, official test set, AUROC of `score`",
        baseline: 0.5,
        reference: "0.944 ResNet-18 at 28 pixels (MedMNIST), 0.968 Inception v3, pretrained (Kermany, Cell 2018)",
      },
      trial.precision,
      cases,
      (own) =>
        auroc(
          own.map(({ score }) => score),
          own.map(({ positive }) => positive),
        ),
    ),
    rowOf(
      {
        id: "cxr-accuracy",
        what: `the same, accuracy at the threshold chosen on validation (${threshold.toFixed(3)})`,
        baseline: mean(cases.map(({ positive }) => (positive ? 1 : 0))),
        reference: "0.854 ResNet-18 at 28 pixels, 0.928 Cell 2018",
      },
      trial.precision,
      cases,
      (own) => mean(own.map(({ right }) => (right ? 1 : 0))),
    ),
    rowOf(
      {
        id: "cxr-kind-accuracy",
        what: "normal, bacterial or viral",
        baseline: share(kinds.map(({ truth }) => truth)),
        reference: "none on this split",
      },
      trial.precision,
      kinds,
      accuracy,
    ),
    rowOf(
      {
        id: "cxr-report-accuracy",
        what: "written report, impression says pneumonia or not, every third test image",
        baseline: share(written.map(({ truth }) => truth)),
        reference: "none",
      },
      trial.precision,
      written,
      accuracy,
    ),
  ];
}

/** The score from which pneumonia is said: where most validation cases come out right. */
export function bestThreshold(cases: readonly { readonly positive: boolean; readonly score: number }[]): number {
  const sorted = [...cases].sort((a, b) => a.score - b.score);
  let right = sorted.filter(({ positive }) => positive).length;
  let best = { right, threshold: 0 };
  for (const [i, { positive, score }] of sorted.entries()) {
    right += positive ? -1 : 1;
    if (right > best.right) best = { right, threshold: (score + (sorted[i + 1]?.score ?? 1)) / 2 };
  }
  return best.threshold;
}

export async function lungRows(trial: NanoTrial, entries: readonly LungEntry[]): Promise<Row[]> {
  const sides = ["right lung", "left lung"] as const;
  const boxesOf = (file: NanoFile) => {
    const entry = entries.find(({ file: name }) => file.path.endsWith(`/${name}`))!;
    return sides.map((label) => {
      const [x, y, w, h] = entry.boxes.find((box) => box.label === label)!.xywh;
      return [x / entry.width, y / entry.height, (x + w) / entry.width, (y + h) / entry.height];
    });
  };
  const train = trial.files.filter(({ set, split }) => set === "lungs" && split === "train").map(boxesOf);
  const meanBoxes = sides.map((_, s) => [0, 1, 2, 3].map((k) => mean(train.map((boxes) => boxes[s][k]))));
  const cases = await each(trial, "lung boxes", held(trial, "lungs", "test"), async (file) => {
    const study = await open(trial, file);
    const [part] = study.parts;
    const size = part.kind === "image" ? part.image : { width: 1, height: 1 };
    const truth = boxesOf(file);
    const ious: number[] = [];
    for (const [s, object] of sides.entries()) {
      const { answer } = await locate(study, trial.model, { object, signal: trial.signal });
      const box = answer?.boxes[0]?.box;
      // No box is a box of no overlap.
      const shares = box && [box.x0 / size.width, box.y0 / size.height, box.x1 / size.width, box.y1 / size.height];
      ious.push(shares === undefined ? 0 : boxIou(shares, truth[s]));
    }
    return { own: mean(ious), trivial: mean(sides.map((_, s) => boxIou(meanBoxes[s], truth[s]))) };
  });
  return [
    rowOf(
      {
        id: "lung-iou",
        what: "right and left lung on chest X-rays of unseen patients, mean intersection over union, mean of both sides",
        baseline: mean(cases.map(({ trivial }) => trivial)),
        reference: "none on these boxes",
      },
      trial.precision,
      cases,
      (own) => mean(own.map((one) => one.own)),
    ),
  ];
}

export async function ctRows(trial: NanoTrial): Promise<Row[]> {
  const cases = await each(trial, "CT slices", held(trial, "ct", "test"), async (file) => ({
    truth: file.label,
    said: likeliest(await probabilities(trial, file, ctLabels, "CT slice")),
  }));
  return [
    rowOf(
      {
        id: "ct-balanced-accuracy",
        what: "lung CT slice, normal, benign or malignant, whole runs of neighbours held out, balanced accuracy",
        baseline: 1 / 3,
        reference: "published numbers use random splits of neighbouring slices and cannot be compared",
      },
      trial.precision,
      cases,
      (own) =>
        balancedAccuracy(
          own.map(({ said }) => said),
          own.map(({ truth }) => truth),
        ),
    ),
  ];
}

export async function histologyRows(trial: NanoTrial): Promise<Row[]> {
  const cases = await each(trial, "histology", held(trial, "histology", "test"), async (file) => ({
    truth: file.label,
    said: likeliest(await probabilities(trial, file, histologyLabels, "histopathology image")),
  }));
  return [
    rowOf(
      {
        id: "histology-accuracy",
        what: "lung histology patch; contaminated: augmented copies of one image stand on both sides of any split",
        baseline: share(cases.map(({ truth }) => truth)),
        reference: "not comparable",
      },
      trial.precision,
      cases,
      accuracy,
    ),
  ];
}

const kindOf: Readonly<Record<NanoSet, number>> = { cxr: 0, lungs: 0, ct: 1, histology: 2, hippocampus: 3, cells: 4 };

export async function kindRows(trial: NanoTrial): Promise<Row[]> {
  const sets = ["cxr", "lungs", "ct", "histology", "cells"] as const;
  const some = sets.flatMap((set) => {
    const own = held(trial, set, "test");
    return own.filter((_, i) => i % Math.ceil(own.length / 40) === 0);
  });
  const cases = await each(trial, "modality and body part", some, async (file) => ({
    truth: kindLabels[kindOf[file.set]] as string,
    said: likeliest(await probabilities(trial, file, kindLabels, "image", kindQuestion)),
  }));
  return [
    rowOf(
      {
        id: "kind-accuracy",
        what: "modality and body part of an image",
        baseline: share(cases.map(({ truth }) => truth)),
        reference: "none",
      },
      trial.precision,
      cases,
      accuracy,
    ),
  ];
}

interface Measured {
  readonly truth: readonly number[];
  readonly said: readonly number[];
}

export async function hippocampusRows(
  trial: NanoTrial,
  volumeOf: (file: NanoFile) => Promise<{ anterior: number; posterior: number; sideMm: number; spacingMm: number }>,
): Promise<Row[]> {
  const train = await Promise.all(
    trial.files.filter(({ set, split }) => set === "hippocampus" && split === "train").map(volumeOf),
  );
  const average = [mean(train.map(({ anterior }) => anterior)), mean(train.map(({ posterior }) => posterior))];
  const cases = await each(trial, "hippocampus volumes", held(trial, "hippocampus", "test"), async (file) => {
    const truth = await volumeOf(file);
    const layout = await layOut(await open(trial, file), trial.model, { view: { maxSlices: measuredSlices } });
    const [shown, all] = [layout.images.length, layout.images.at(-1)!.index! + 1];
    const prompt = volumePrompt(structures, "MRI volume", layout.form, {
      sideMm: truth.sideMm,
      spacingMm: shown < 2 ? truth.spacingMm : (truth.spacingMm * (all - 1)) / (shown - 1),
    });
    const generation = trial.model.generate(messagesOf(layout, prompt), {
      maxTokens: 60,
      temperature: 0,
      signal: trial.signal,
    });
    const { text } = await generation.result;
    // What was not said is taken for the mean, and so gains nothing.
    const said = structures.map((name, s) => quantityIn(text, name) ?? average[s]);
    return { truth: [truth.anterior, truth.posterior], said };
  });
  const error = (own: readonly Measured[], guess: (one: Measured, s: number) => number) =>
    mean([0, 1].map((s) => mean(own.map((one) => Math.abs(guess(one, s) - one.truth[s])))));
  return [
    rowOf(
      {
        id: "hippocampus-mae-over-mean",
        what: "anterior and posterior hippocampus volume from T1 slices, mean absolute error over that of the mean predictor",
        baseline: 1,
        reference: "none in this form; segmentation networks reach a Dice of 0.89 on this set",
      },
      trial.precision,
      cases,
      (own) => error(own, ({ said }, s) => said[s]) / error(own, (_, s) => average[s]),
    ),
    rowOf(
      {
        id: "hippocampus-mae-mm3",
        what: "the same error in mm3",
        baseline: error(cases, (_, s) => average[s]),
        reference: "none",
      },
      trial.precision,
      cases,
      (own) => error(own, ({ said }, s) => said[s]),
    ),
  ];
}

/** `anterior hippocampus 1410 mm3` -> 1410. */
export function quantityIn(text: string, name: string): number | undefined {
  const value = Number(text.match(new RegExp(`${name}\\D{0,8}?(\\d+(?:\\.\\d+)?)\\s*mm3`, "i"))?.[1]);
  return Number.isFinite(value) ? value : undefined;
}

/** Pairs made from single labelled test films of different patients: the change of label is the course. */
export async function pairRows(trial: NanoTrial, pairs = 150): Promise<Row[]> {
  const random = new Random(5);
  const films = held(trial, "cxr", "test");
  const normal = films.filter(({ label }) => label === "normal");
  const sick = films.filter(({ label }) => label !== "normal");
  const draw = (pool: readonly NanoFile[]) => pool[random.below(pool.length)];
  const asked = Array.from({ length: Math.min(pairs, trial.limit ?? pairs) }, (_, i) => {
    if (i % 3 === 0) return { prior: draw(sick), current: draw(normal), truth: "improved" };
    if (i % 3 === 1) return { prior: draw(normal), current: draw(sick), truth: "worsened" };
    const prior = draw(random.next() < 0.5 ? normal : sick);
    return { prior, current: draw(films.filter(({ label }) => label === prior.label)), truth: "stable" };
  });
  const cases = await each(trial, "pairs in time", asked, async ({ prior, current, truth }) => {
    const studies = { prior: await open(trial, prior), current: await open(trial, current) };
    const { answer } = await compare(studies, trial.model, { finding: "pneumonia", signal: trial.signal });
    return { truth, said: answer?.course ?? "unparsed" };
  });
  return [
    rowOf(
      {
        id: "pair-accuracy",
        what: "prior and current film, improved, stable or worsened; pairs made from labelled films of different patients",
        baseline: 1 / 3,
        reference: "none: no real follow-up is in the data",
      },
      trial.precision,
      cases,
      accuracy,
    ),
  ];
}
