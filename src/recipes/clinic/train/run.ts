/**
 * The two training stages of the clinic model: a decoder learns all kinds of examples, then more of those it had
 * learned least. These constants determine the run completely.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Work } from "../../../base/progress.ts";
import type { Graph } from "../../../graph/index.ts";
import { freshTensors } from "../../../learn/initialise.ts";
import { languageObjective } from "../../../learn/language/objective.ts";
import { type Json, type RunResult, train } from "../../../learn/run/index.ts";
import { TrainingStep } from "../../../learn/step.ts";
import type { Tensors } from "../../../learn/tensors.ts";
import { expectedTensors, type GemmaConfig, type Weights } from "../../../nn/index.ts";
import { PromptBuilder, type PromptSource } from "../../../text/index.ts";
import { answerLosses } from "../../answer-losses.ts";
import { ClinicBatches } from "./batches.ts";
import { exampleAt } from "./examples.ts";

export const clinicRun = {
  seed: 20261129,
  shape: { rows: 3, tokens: 512, answers: 1000 },
  optimizer: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.05 },
  clipNorm: 1,
  averageDecay: 0.99,
  validateEvery: 1000,
  validationBatches: 24,
  checkpointEvery: 250,
  stages: [
    { steps: 10_000, warmup: 200, learningRate: 3e-3 },
    { steps: 2500, warmup: 100, learningRate: 2e-3 },
  ],
};

export interface ClinicRunOptions extends Work {
  readonly folder: string;
  readonly codeVersion: string;
  readonly model: GemmaConfig;
  readonly prompts: PromptSource;
  /** A smaller number of steps than the recipe's, for a trial. */
  readonly steps?: number;
  readonly threads?: number;
}

/** Hash of a stage's first examples: a resumed run must see the same data. */
function examplesHash(stage: 1 | 2): string {
  const hash = createHash("sha256");
  for (let i = 0; i < 200; i++) {
    const { task, prompt, answer } = exampleAt(seedOfStage(stage), i, stage);
    hash.update(JSON.stringify({ task, prompt, answer }));
  }
  return hash.digest("hex");
}

const seedOfStage = (stage: 1 | 2) => clinicRun.seed + (stage === 1 ? 0 : 2);

/**
 * Identifies the recipe of the weights: a hash of the run's constants and of its first examples. It no longer matches
 * the released weights after a change of the recipe.
 */
export const fingerprint = (): string =>
  createHash("sha256").update(JSON.stringify(clinicRun)).update(examplesHash(1)).update(examplesHash(2)).digest("hex");

/** Both stages, each in its own folder; the second starts from the averaged weights of the first. */
export async function trainClinic(options: ClinicRunOptions): Promise<RunResult> {
  const { tensors } = await trainStage(1, options, freshTensors(expectedTensors(configOf(options)), clinicRun.seed));
  return trainStage(2, options, tensors);
}

const configOf = ({ model }: ClinicRunOptions) => ({ kind: "gemma" as const, text: model });

async function trainStage(stage: 1 | 2, options: ClinicRunOptions, tensors: Tensors): Promise<RunResult> {
  const { folder, codeVersion, model, prompts, threads, steps, ...work } = options;
  const { stages, ...common } = clinicRun;
  const { shape } = common;
  const settings = stages[stage - 1];
  const total = steps ?? settings.steps;
  const seed = seedOfStage(stage);
  const config = configOf(options);
  const define = (graph: Graph, weights: Weights) => languageObjective(graph, weights, config, shape);
  const step = await TrainingStep.compile({ name: "clinic", define, tensors, trainable: () => true, threads });
  const forward = await TrainingStep.compile({
    name: "clinic-forward",
    define,
    tensors,
    trainable: () => false,
    threads,
  });
  const builder = new PromptBuilder(prompts);
  const batches = new ClinicBatches(builder, model, shape, seed, stage);
  try {
    return await train({
      folder: join(folder, `stage-${stage}`),
      config: { ...common, ...settings, steps: total, text: { ...model } } as unknown as { [key: string]: Json },
      dataHashes: { examples: examplesHash(stage) },
      codeVersion,
      tensors,
      trainable: () => true,
      schedule: {
        learningRate: settings.learningRate,
        steps: total,
        warmup: Math.min(settings.warmup, total),
        shape: "cosine",
      },
      optimizer: clinicRun.optimizer,
      clipNorm: clinicRun.clipNorm,
      averageDecay: clinicRun.averageDecay,
      takeStep: async () => {
        const { feeds, answerTokens, tasks } = batches.next();
        const { loss, gradients } = await step.run(feeds);
        return { loss, gradients, tokens: answerTokens, images: 0, batch: tasks.join(", ") };
      },
      position: {
        get: () => batches.position,
        set: (position) => {
          batches.position = position as number;
        },
      },
      validation: {
        measure: () =>
          answerLosses(new ClinicBatches(builder, model, shape, seed + 1, stage), forward, clinicRun.validationBatches),
        metric: "loss",
        better: "lower",
        every: clinicRun.validateEvery,
      },
      checkpointEvery: clinicRun.checkpointEvery,
      ...work,
    });
  } finally {
    await step.close();
    await forward.close();
  }
}
