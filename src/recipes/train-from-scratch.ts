/** The training of a small model whose weights all begin at random: what the recipes of pileups, polygenic scores and video share. */
import { parseArgs } from "node:util";
import { progressBar } from "../base/progress-bar.ts";
import { version } from "../base/version.ts";
import { type Json, type Run, type RunResult, train } from "../learn/run/index.ts";
import { type Feed, type StepDefinition, TrainingStep } from "../learn/step.ts";
import type { Tensors } from "../learn/tensors.ts";

/** Numbers of a recipe, as its `model.ts` states them. */
export interface RecipeNumbers extends Pick<Run, "optimizer" | "clipNorm" | "averageDecay" | "checkpointEvery"> {
  readonly batch: number;
  /** Highest learning rate; it warms up linearly for `warmup` steps and falls as a cosine to the last. */
  readonly learningRate: number;
  readonly warmup: number;
  readonly validateEvery: number;
}

/** One training from random weights. */
export interface FromScratch extends Pick<Run, "folder" | "position" | "signal"> {
  readonly name: string;
  readonly define: StepDefinition["define"];
  /** The graph for `measure` if it is not that of the training. */
  readonly defineForward?: StepDefinition["define"];
  /** Trained in place. */
  readonly tensors: Tensors;
  readonly numbers: RecipeNumbers;
  /** Everything that the result depends on: another configuration in the same folder is an error. */
  readonly config: object;
  readonly steps: number;
  readonly threads: number | undefined;
  /** The batch of a step, and what it is called in the log. */
  readonly batchAt: (step: number) => { readonly feeds: Record<string, Feed>; readonly batch: string };
  /** Measures on validation data with the forward pass. */
  readonly measure: (forward: TrainingStep) => Promise<Record<string, number>>;
  /** Name of the measure by which the best step is chosen; the highest is best. */
  readonly metric: string;
}

/** Trains, or goes on where the folder's run was stopped. @returns the best step by the metric. */
export async function trainFromScratch(task: FromScratch): Promise<RunResult["best"]> {
  const { name, define, defineForward = define, tensors, numbers, steps, threads, batchAt, measure, metric } = task;
  const { batch, learningRate, warmup, optimizer, clipNorm, averageDecay, checkpointEvery, validateEvery } = numbers;
  const step = await TrainingStep.compile({ name, define, tensors, trainable: () => true, threads });
  const forward = await TrainingStep.compile({
    name: `${name}-forward`,
    define: defineForward,
    tensors,
    trainable: () => false,
    threads,
  });
  try {
    const { best } = await train({
      folder: task.folder,
      config: task.config as { readonly [key: string]: Json },
      dataHashes: {},
      codeVersion: version,
      tensors,
      trainable: () => true,
      schedule: { learningRate, steps, warmup: Math.min(warmup, steps), shape: "cosine" },
      optimizer,
      clipNorm,
      averageDecay,
      takeStep: async (at) => {
        const { feeds, batch: description } = batchAt(at);
        const { loss, gradients } = await step.run(feeds);
        return { loss, gradients, tokens: batch, images: batch, batch: description };
      },
      position: task.position,
      validation: { measure: () => measure(forward), metric, better: "higher", every: validateEvery },
      checkpointEvery,
      signal: task.signal,
      onProgress: progressBar().onProgress,
    });
    return best;
  } finally {
    await step.close();
    await forward.close();
  }
}

/** What the command line of a recipe sets. */
export interface RecipeArguments extends Required<Pick<Run, "signal">> {
  readonly out: string;
  readonly steps: number;
  readonly threads: number | undefined;
}

/** `--out`, `--steps`, `--threads` of a recipe, and a signal that Ctrl-C aborts. */
export function recipeArguments(defaults: { readonly out: string; readonly steps: number }): RecipeArguments {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: defaults.out },
      steps: { type: "string" },
      threads: { type: "string" },
    },
  });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  return {
    out: values.out,
    steps: values.steps === undefined ? defaults.steps : Number(values.steps),
    threads: values.threads === undefined ? undefined : Number(values.threads),
    signal: stop.signal,
  };
}
