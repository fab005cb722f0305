/** The clinic's only stage: a decoder learns the answers of all examples. These constants determine the run completely. */
import { createHash } from "node:crypto";
import type { Work } from "../../../base/progress.ts";
import type { Graph } from "../../../graph/index.ts";
import { freshTensors } from "../../../learn/initialise.ts";
import { languageObjective } from "../../../learn/language/objective.ts";
import { type Json, type RunResult, train } from "../../../learn/run/index.ts";
import { TrainingStep } from "../../../learn/step.ts";
import { expectedTensors, type GemmaConfig, type Weights } from "../../../nn/index.ts";
import { PromptBuilder, type PromptSource } from "../../../text/index.ts";
import { ClinicBatches, measureClinic } from "./batches.ts";
import { exampleAt } from "./examples.ts";

export const clinicRun = {
  seed: 20261129,
  shape: { rows: 3, tokens: 512, answers: 1000 },
  steps: 10_000,
  warmup: 200,
  learningRate: 3e-3,
  optimizer: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.05 },
  clipNorm: 1,
  averageDecay: 0.99,
  validateEvery: 1000,
  validationBatches: 24,
  checkpointEvery: 250,
};

export interface ClinicRunOptions extends Work {
  readonly folder: string;
  readonly codeVersion: string;
  readonly model: GemmaConfig;
  readonly prompts: PromptSource;
  /** Fewer steps than the recipe's, for trying it out. */
  readonly steps?: number;
  readonly threads?: number;
}

/** Of the first examples: a run that goes on must be fed the same. */
function examplesHash(): string {
  const hash = createHash("sha256");
  for (let i = 0; i < 200; i++) hash.update(JSON.stringify(exampleAt(clinicRun.seed, i)));
  return hash.digest("hex");
}

export async function trainClinic(options: ClinicRunOptions): Promise<RunResult> {
  const { folder, codeVersion, model, prompts, threads, steps: total = clinicRun.steps, ...work } = options;
  const { shape, seed } = clinicRun;
  const config = { kind: "gemma" as const, text: model };
  const tensors = freshTensors(expectedTensors(config), seed);
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
  const batches = new ClinicBatches(builder, model, shape, seed);
  try {
    return await train({
      folder,
      config: { ...clinicRun, steps: total, text: { ...model } } as unknown as { [key: string]: Json },
      dataHashes: { examples: examplesHash() },
      codeVersion,
      tensors,
      trainable: () => true,
      schedule: {
        learningRate: clinicRun.learningRate,
        steps: total,
        warmup: Math.min(clinicRun.warmup, total),
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
          measureClinic(new ClinicBatches(builder, model, shape, seed + 1), forward, clinicRun.validationBatches),
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
