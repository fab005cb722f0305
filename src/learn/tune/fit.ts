/**
 * Executes a planned tuning run: times one step for the plan, measures the held-out sets, trains, measures again,
 * saves.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { writeWhole } from "../../base/files.ts";
import { hashFile, type Json, loadWeights, type Run, train } from "../run/index.ts";
import { copyInto, type Tensors, tensor } from "../tensors.ts";
import type { TuneConfig } from "./config.ts";
import type { HeldOutMeasure } from "./held-out.ts";
import type { TuneOptions, TuneResult } from "./outcome.ts";
import type { TunePlan } from "./plan.ts";

export interface Fit {
  readonly config: TuneConfig;
  readonly plan: TunePlan;
  readonly tensors: Tensors;
  readonly trainable: (name: string) => boolean;
  readonly takeStep: Run["takeStep"];
  readonly position: Run["position"];
  /** Measures the validation set, and the test set, which is measured only before and after training. */
  readonly measure?: () => Promise<HeldOutMeasure>;
  readonly test?: () => Promise<HeldOutMeasure>;
  /** Dataset files and the images they name; their hashes must be the same on resume. */
  readonly files: readonly { readonly path: string; readonly images: readonly string[] }[];
  /** Writes the learned weights and returns their folder. */
  readonly save: () => Promise<string>;
}

export async function fitModel(
  { config, plan, tensors, trainable, takeStep, position, measure, test, files, save }: Fit,
  { onPlan, codeVersion, ...work }: TuneOptions,
): Promise<TuneResult> {
  // One step is timed for the plan; the data position is then reset so that the run starts with the same batch.
  const start = position.get();
  await takeStep(0);
  const timed = performance.now();
  await takeStep(0);
  const measured: TunePlan = { ...plan, secondsPerStep: (performance.now() - timed) / 1000 };
  position.set(start);
  onPlan?.(measured);

  const before = await measure?.();
  const testBefore = await test?.();
  const run = await train({
    folder: config.out,
    config: settings(config),
    dataHashes: await hashesOf(files),
    codeVersion,
    tensors,
    trainable,
    schedule: {
      learningRate: config.schedule.learningRate,
      steps: plan.steps,
      warmup: Math.min(plan.steps, Math.ceil(config.schedule.warmup * plan.steps)),
      shape: config.schedule.shape,
    },
    optimizer: config.optimizer,
    clipNorm: config.optimizer.clipNorm,
    averageDecay: config.optimizer.averageDecay,
    takeStep,
    position,
    ...(measure && {
      validation: {
        measure: async () => {
          const { loss, accuracy } = await measure();
          return { loss, ...(accuracy !== undefined && { accuracy }) };
        },
        metric: "loss",
        better: "lower" as const,
        every: Math.max(1, Math.floor(plan.steps / config.validate.times)),
      },
    }),
    checkpointEvery: Math.max(1, Math.floor(plan.steps / 10)),
    ...work,
  });
  if (measure && run.best !== null) copyBest(tensors, await loadWeights(join(config.out, "best.safetensors")));
  const after = await measure?.();
  const tested = test && { before: testBefore!, after: await test() };
  const saved = await save();
  await writeResult(config, { before, after, test: tested, best: run.best, saved });
  return { plan: measured, run, before, after, test: tested, saved };
}

/** The hash of each file, and one hash over the hashes of all its images. */
async function hashesOf(files: Fit["files"]): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const { path, images } of files) {
    hashes[path] = await hashFile(path);
    const all = createHash("sha256");
    for (const image of [...new Set(images)].sort()) all.update(await hashFile(image));
    if (images.length > 0) hashes[`${path} images`] = all.digest("hex");
  }
  return hashes;
}

/** Writes `result.json` to the run's folder. */
export async function writeResult({ out }: TuneConfig, result: object): Promise<void> {
  await writeWhole(join(out, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`, { overwrite: true });
}

function copyBest(tensors: Tensors, best: Tensors): void {
  copyInto(new Map([...best.keys()].map((name) => [name, tensor(tensors, name)])), best);
}

/** The settings that must be equal on resume: everything except the output folder and how the run is executed. */
function settings({ out, threads, gradientCheckpointing, ...rest }: TuneConfig): { [key: string]: Json } {
  return JSON.parse(JSON.stringify(rest)) as { [key: string]: Json };
}
