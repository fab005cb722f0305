/**
 * A training run in a folder: steps, validation, checkpoints, log, curve. It can be killed at any time and resumes from its last
 * checkpoint bit-exactly, because the checkpoint contains everything that a step depends on: weights, optimizer, average, position in the data.
 *
 * The folder: `manifest.json`, `log.jsonl`, `curve.svg`, `checkpoint.safetensors` (to resume), `best.safetensors` (to use).
 */
import { basename, join } from "node:path";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { cannotWrite } from "../../base/files.ts";
import { lockFolder } from "../../base/lock/folder.ts";
import type { Work } from "../../base/progress.ts";
import {
  AdamW,
  type AdamWOptions,
  clipGlobalNorm,
  learningRateAt,
  MovingAverage,
  type Schedule,
} from "../optimizer/index.ts";
import { copyInto, copyOf, digest, type Tensor, type Tensors } from "../tensors.ts";
import { loadCheckpoint, type RunState, saveCheckpoint, saveWeights } from "./checkpoint.ts";
import { writeCurve } from "./curve.ts";
import { appendLog, cutLog, readLog } from "./log.ts";
import { type Json, readManifest, refuseChange, writeManifest } from "./manifest.ts";

/** The result of one step: the gradient of the mean loss over the whole batch. */
export interface StepOutcome {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** Answer tokens, or targets of another kind. */
  readonly tokens: number;
  readonly images: number;
  /** Describes the batch in the error message of a diverging run. */
  readonly batch: string;
}

/** How a run is validated. */
export interface Validation {
  /** Runs with the averaged weights if an average is kept. */
  readonly measure: () => Promise<Readonly<Record<string, number>>>;
  /** The metric that selects the best checkpoint. */
  readonly metric: string;
  readonly better: "higher" | "lower";
  /** Steps between two validations; the last step is always validated. */
  readonly every: number;
}

/** A training run: model, data, optimizer, schedule and output folder. */
export interface Run extends Work {
  readonly folder: string;
  /** Everything that determines the run; must be equal on resume. */
  readonly config: { readonly [key: string]: Json };
  /** SHA-256 (hex) by file. */
  readonly dataHashes: Readonly<Record<string, string>>;
  readonly codeVersion: string;
  /** All tensors of the model; the trained ones are updated in place. */
  readonly tensors: Tensors;
  readonly trainable: (name: string) => boolean;
  readonly schedule: Schedule;
  readonly optimizer: AdamWOptions;
  /** Learning-rate factor per tensor. */
  readonly rates?: (name: string) => number;
  /** Maximum global gradient norm. */
  readonly clipNorm: number;
  /** Decay of the moving average of the weights; without it, no average is kept. */
  readonly averageDecay?: number;
  /** Takes the next batch from the data and returns its gradient. `step` is 0-based. */
  readonly takeStep: (step: number) => Promise<StepOutcome>;
  /** Reads and restores the position of the data source. */
  readonly position: { get(): Json; set(position: Json): void };
  readonly validation?: Validation;
  /** Steps between two checkpoints; the last step is always saved. */
  readonly checkpointEvery: number;
}

/** Result of a finished run. */
export interface RunResult {
  readonly steps: number;
  /** The validation that selected the checkpoint, or null without validation. */
  readonly best: { readonly step: number; readonly value: number } | null;
  /** The averaged weights after the last step, or the last weights when no average is kept. */
  readonly tensors: Tensors;
}

/** Steps after which a trained tensor that never had a non-zero gradient is an error. */
const patience = 20;

/**
 * Runs to the end of the schedule, from the start or from the folder's checkpoint.
 *
 * @throws learn/in-use when another process trains into the folder; learn/resume-changed; learn/diverged (loss or
 * gradient not finite); learn/zero-gradient; learn/moved (a frozen tensor changed or a trained one did not);
 * abort/aborted (after saving a checkpoint).
 */
export async function train(run: Run): Promise<RunResult> {
  const lock = await lockFolder(run.folder, { file: "run.lock", code: "learn/in-use", what: "another run" }).catch(
    (cause: unknown) => {
      throw PolyclinicError.is(cause) ? cause : cannotWrite(run.folder, cause);
    },
  );
  try {
    return await trainAlone(run);
  } finally {
    await lock.release();
  }
}

async function trainAlone(run: Run): Promise<RunResult> {
  const { folder, tensors, schedule, validation, signal } = run;
  const moving: Tensors = new Map([...tensors].filter(([name]) => run.trainable(name)));
  if (moving.size === 0)
    throw new PolyclinicError("learn/nothing-trainable", "no tensor is trainable", { where: folder });
  const optimizer = new AdamW(moving, run.optimizer, run.rates);
  const average = run.averageDecay === undefined ? undefined : new MovingAverage(moving, run.averageDecay);
  const checkpointTensors = {
    weights: moving,
    first: optimizer.state.first,
    second: optimizer.state.second,
    ...(average && { average: average.average }),
  };
  const start = await begin(run);
  const state: RunState = (await loadCheckpoint(folder, checkpointTensors)) ?? {
    step: 0,
    position: run.position.get(),
    best: null,
    alive: [],
  };
  optimizer.state.step = state.step;
  run.position.set(state.position);
  await cutLog(folder, state.step);
  const alive = new Set(state.alive);
  const save = () =>
    saveCheckpoint(folder, { ...state, position: run.position.get(), alive: [...alive] }, checkpointTensors);
  let lastSaved = state.step > 0 ? `step ${state.step}` : "none";

  while (state.step < schedule.steps) {
    if (signal?.aborted) await save();
    throwIfAborted(signal);
    const began = performance.now();
    const outcome = await run.takeStep(state.step);
    const norm = clipGlobalNorm(outcome.gradients, run.clipNorm);
    if (!Number.isFinite(outcome.loss) || !Number.isFinite(norm))
      throw diverged(folder, state.step, outcome, norm, lastSaved);
    for (const [name, { data }] of outcome.gradients)
      if (!alive.has(name) && data.some((g) => g !== 0)) alive.add(name);
    const rate = learningRateAt(schedule, state.step);
    optimizer.step(outcome.gradients, rate);
    state.step++;
    average?.update(moving, state.step);
    if (state.step === patience) refuseZeroGradients(folder, moving, alive);
    const seconds = (performance.now() - began) / 1000;
    const { loss, tokens, images } = outcome;
    await appendLog(folder, {
      step: state.step,
      loss,
      learningRate: rate,
      gradientNorm: norm,
      tokens,
      images,
      seconds,
    });
    const last = state.step === schedule.steps;
    if (validation !== undefined && (last || state.step % validation.every === 0))
      await validate(run, state, moving, average, validation);
    if (last || state.step % run.checkpointEvery === 0) {
      await save();
      lastSaved = `step ${state.step}`;
    }
    run.onProgress?.({
      stage: `training: loss ${loss.toFixed(3)}, ${Math.round(tokens / seconds)} tokens/s`,
      done: state.step,
      total: schedule.steps,
      unit: "steps",
    });
  }
  await checkChangedTensors(folder, tensors, run.trainable, alive, start);
  if (average !== undefined) copyInto(moving, average.average);
  return { steps: state.step, best: state.best, tensors };
}

/**
 * Writes the manifest of a new run, or compares the run with the existing manifest; returns the digests of the initial
 * tensors.
 */
async function begin(run: Run): Promise<Readonly<Record<string, string>>> {
  const before = await readManifest(run.folder);
  if (before !== undefined) {
    refuseChange(run.folder, before, { config: run.config, data: run.dataHashes });
    return before.start;
  }
  const start = Object.fromEntries([...run.tensors].map(([name, value]) => [name, digest(value)]));
  await writeManifest(run.folder, { config: run.config, data: run.dataHashes, code: run.codeVersion, start });
  return start;
}

async function validate(
  run: Run,
  state: RunState,
  moving: Tensors,
  average: MovingAverage | undefined,
  { measure, metric, better }: Validation,
): Promise<void> {
  // The compiled steps read the arrays of `moving`, so the average is copied into them during validation.
  const raw = average === undefined ? undefined : copyOf(moving);
  if (average !== undefined) copyInto(moving, average.average);
  try {
    const values = await measure();
    await appendLog(run.folder, { step: state.step, validation: values });
    const value = values[metric];
    const best = state.best;
    if (best === null || (better === "higher" ? value > best.value : value < best.value)) {
      state.best = { step: state.step, value };
      await saveWeights(join(run.folder, "best.safetensors"), moving);
    }
    await writeCurve(join(run.folder, "curve.svg"), basename(run.folder), await readLog(run.folder));
  } finally {
    if (raw !== undefined) copyInto(moving, raw);
  }
}

function diverged(folder: string, step: number, { loss, batch }: StepOutcome, norm: number, saved: string) {
  return new PolyclinicError("learn/diverged", `the loss or a gradient became non-finite at step ${step + 1}`, {
    where: folder,
    found: `loss ${loss}, gradient norm ${norm}, batch ${batch}`,
    hint: `Last good checkpoint: ${saved}. Lower the learning rate or lengthen the warm-up.`,
  });
}

/**
 * A bias on the keys shifts all scores of a query equally, which the softmax cancels: its gradient is zero up to
 * rounding.
 */
const hasNoGradient = (name: string) => /(?:^|\.)k_proj\.bias$/.test(name);

function refuseZeroGradients(folder: string, moving: Tensors, alive: ReadonlySet<string>): void {
  const dead = [...moving.keys()].filter((name) => !alive.has(name) && !hasNoGradient(name));
  if (dead.length > 0)
    throw new PolyclinicError("learn/zero-gradient", "trainable tensors never had a non-zero gradient", {
      where: folder,
      found: dead.join(", "),
      hint: "They do not influence the loss on this data: freeze them, or add data that uses them.",
    });
}

/** At the end of every run: verifies that exactly the trainable tensors changed. */
async function checkChangedTensors(
  folder: string,
  tensors: Tensors,
  trainable: (name: string) => boolean,
  alive: ReadonlySet<string>,
  start: Readonly<Record<string, string>>,
): Promise<void> {
  const wrong = [...tensors].flatMap(([name, value]) => {
    const moved = digest(value) !== start[name];
    // A tensor that never had a gradient may be unchanged (LoRA's A has none at its first step).
    if (!moved && trainable(name) && !alive.has(name)) return [];
    return moved === trainable(name) ? [] : [`${name} ${moved ? "changed but is frozen" : "did not change"}`];
  });
  if (wrong.length > 0)
    throw new PolyclinicError("learn/moved", "the changed tensors are not exactly the trainable ones", {
      where: folder,
      found: wrong.join("; "),
    });
}
