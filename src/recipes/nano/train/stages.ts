/** The stages of nano's recipe: objective, data and duration of each. These constants determine a run completely. */
import { join } from "node:path";
import type { Work } from "../../../base/progress.ts";
import type { Graph } from "../../../graph/index.ts";
import { freshTensors } from "../../../learn/initialise.ts";
import { languageObjective } from "../../../learn/language/objective.ts";
import { type Json, positionOf, type RunResult, train } from "../../../learn/run/index.ts";
import { TrainingStep } from "../../../learn/step.ts";
import type { Tensor, Tensors } from "../../../learn/tensors.ts";
import { expectedTensors, type MultimodalConfig, multimodalPrefix, type Weights } from "../../../nn/index.ts";
import type { PromptSource } from "../../../text/index.ts";
import { answerLosses } from "../../answer-losses.ts";
import { shownImages } from "./examples.ts";
import { NanoBatches } from "./language-batch.ts";
import type { NanoPixels } from "./pixels.ts";
import type { NanoSet } from "./splits.ts";
import { lossWeights, measureTower, towerHeads, towerObjective } from "./tower.ts";
import { TowerBatches } from "./tower-batch.ts";
import { PooledVariants, variantCounts } from "./variants.ts";

export interface StageOptions extends Work {
  readonly folder: string;
  readonly pixels: NanoPixels;
  readonly dataHashes: Readonly<Record<string, string>>;
  readonly codeVersion: string;
  readonly model: MultimodalConfig;
  /** A smaller number of steps than the recipe's, for a trial. */
  readonly steps?: number;
  /** Threads of the runtime; the result does not depend on it. */
  readonly threads?: number;
}

/** One round of the tower's training. */
interface TowerRound {
  readonly name: string;
  readonly steps: number;
  readonly warmup: number;
  readonly learningRate: number;
  readonly averageDecay: number;
  /** Sampling weight by set. */
  readonly setWeights: Readonly<Record<NanoSet, number>>;
  /** Strength of the augmentation relative to `augmentRanges`: `first` until step `from`, then linearly to `last`. */
  readonly strength: { readonly first: number; readonly from: number; readonly last: number };
}

/**
 * Strong augmentation teaches invariance; towards the end of the first round it is reduced to the strength expected at
 * inference. After the first round the few hundred CT slices are still underfitted: the second round, short and with
 * weak augmentation, draws them three times as often.
 */
export const towerRounds: readonly [TowerRound, TowerRound] = [
  {
    name: "tower",
    steps: 7000,
    warmup: 300,
    learningRate: 1e-3,
    averageDecay: 0.999,
    setWeights: { cxr: 0.48, ct: 0.1, histology: 0.04, hippocampus: 0.25, lungs: 0.11, cells: 0.02 },
    strength: { first: 1, from: 4700, last: 0.35 },
  },
  {
    name: "tower-settled",
    steps: 1400,
    warmup: 60,
    learningRate: 5e-4,
    averageDecay: 0.995,
    setWeights: { cxr: 0.3, ct: 0.3, histology: 0.03, hippocampus: 0.28, lungs: 0.07, cells: 0.02 },
    strength: { first: 0.35, from: 0, last: 0.35 },
  },
];

/** Settings common to both rounds. */
export const tower = {
  seed: 20261121,
  batch: 32,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.06 },
  clipNorm: 1,
  validateEvery: 1000,
  checkpointEvery: 200,
};

const strengthAt = ({ first, from, last }: TowerRound["strength"], step: number, total: number) =>
  step <= from ? first : first - ((first - last) * (step - from)) / (total - from);

/** Fresh tensors of the tower and its heads. */
export function freshTower(model: MultimodalConfig): Tensors {
  const shapes = [...expectedTensors({ kind: "multimodal", ...model })].filter(([name]) =>
    name.startsWith(multimodalPrefix.vision),
  );
  return freshTensors(new Map([...shapes, ...towerHeads(model)]), tower.seed);
}

/**
 * Stage 1: one round of supervised training of the vision tower.
 *
 * @param tensors initial tower and heads; updated in place.
 */
export async function trainTower(
  { folder, pixels, dataHashes, codeVersion, model, steps, threads, ...work }: StageOptions,
  round: TowerRound,
  tensors: Tensors,
): Promise<RunResult> {
  const { vision } = model;
  const { name, learningRate, warmup, averageDecay, setWeights, strength } = round;
  const define = (graph: Graph, weights: Weights) => towerObjective(graph, weights, model, tower.batch);
  const step = await TrainingStep.compile({ name, define, tensors, trainable: () => true, threads });
  const forward = await TrainingStep.compile({
    name: `${name}-forward`,
    define,
    tensors,
    trainable: () => false,
    threads,
  });
  const batches = new TowerBatches(pixels, vision.patchSize, tower.seed, setWeights);
  // Adjacent slices are similar: every third suffices for validation during a run.
  const held = pixels.images.filter(
    ({ split, set, slice }) => split === "val" && set !== "cells" && (slice === undefined || slice.index % 3 === 0),
  );
  const total = steps ?? round.steps;
  try {
    return await train({
      folder: join(folder, name),
      config: { ...tower, ...round, steps: total, lossWeights, vision: { ...vision } } as unknown as {
        [key: string]: Json;
      },
      dataHashes,
      codeVersion,
      tensors,
      trainable: () => true,
      schedule: { learningRate, steps: total, warmup: Math.min(warmup, total), shape: "cosine" },
      optimizer: tower.optimizer,
      clipNorm: tower.clipNorm,
      averageDecay,
      takeStep: async (at) => {
        const { feeds, names } = batches.next(tower.batch, strengthAt(strength, at, total));
        const { loss, gradients } = await step.run(feeds);
        return { loss, gradients, tokens: tower.batch, images: tower.batch, batch: names.join(", ") };
      },
      position: positionOf(batches),
      validation: {
        measure: () => measureTower(pixels, vision.patchSize, held, forward, tower.batch),
        metric: "score",
        better: "higher",
        every: tower.validateEvery,
      },
      checkpointEvery: tower.checkpointEvery,
      ...work,
    });
  } finally {
    await step.close();
    await forward.close();
  }
}

/** Settings of the second stage. */
export const language = {
  seed: 20261122,
  shape: { rows: 3, tokens: 448, answers: 512 },
  steps: 3200,
  warmup: 100,
  learningRate: 1e-3,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.05 },
  clipNorm: 1,
  averageDecay: 0.998,
  validateEvery: 500,
  validationBatches: 30,
  checkpointEvery: 200,
};

export interface LanguageStageOptions extends StageOptions {
  readonly tokenizer: PromptSource;
  /** The tower's tensors, which are frozen. */
  readonly tower: ReadonlyMap<string, Tensor>;
}

/**
 * Stage 2: projector and decoder learn to generate answers from the frozen tower. The result contains only their
 * tensors.
 */
export async function trainLanguage(options: LanguageStageOptions): Promise<RunResult> {
  const { folder, pixels, dataHashes, codeVersion, model, tokenizer, tower, steps, threads, ...work } = options;
  const { shape, seed } = language;
  const config = { ...model, kind: "pooled" as const };
  const shapes = [...expectedTensors({ kind: "multimodal", ...model })].filter(
    ([name]) => !name.startsWith(multimodalPrefix.vision),
  );
  const tensors = freshTensors(new Map(shapes), seed);
  const define = (graph: Graph, weights: Weights) => languageObjective(graph, weights, config, shape);
  const images = [...shownImages(pixels, "train"), ...shownImages(pixels, "val")];
  const pooled = await PooledVariants.encode(pixels, images, model, tower, { seed, threads, ...work });
  const step = await TrainingStep.compile({ name: "language", define, tensors, trainable: () => true, threads });
  const forward = await TrainingStep.compile({
    name: "language-forward",
    define,
    tensors,
    trainable: () => false,
    threads,
  });
  const batches = new NanoBatches(pixels, pooled, tokenizer, model, shape, seed, "train");
  const total = steps ?? language.steps;
  try {
    return await train({
      folder: join(folder, "language"),
      config: { ...language, steps: total, variantCounts, text: { ...model.text } } as unknown as {
        [key: string]: Json;
      },
      dataHashes,
      codeVersion,
      tensors,
      trainable: () => true,
      schedule: {
        learningRate: language.learningRate,
        steps: total,
        warmup: Math.min(language.warmup, total),
        shape: "cosine",
      },
      optimizer: language.optimizer,
      clipNorm: language.clipNorm,
      averageDecay: language.averageDecay,
      takeStep: async () => {
        const { feeds, answerTokens, images, tasks } = batches.next();
        const { loss, gradients } = await step.run(feeds);
        return { loss, gradients, tokens: answerTokens, images, batch: tasks.join(", ") };
      },
      position: positionOf(batches),
      validation: {
        measure: () =>
          answerLosses(
            new NanoBatches(pixels, pooled, tokenizer, model, shape, seed, "val"),
            forward,
            language.validationBatches,
          ),
        metric: "loss",
        better: "lower",
        every: language.validateEvery,
      },
      checkpointEvery: language.checkpointEvery,
      ...work,
    });
  } finally {
    await step.close();
    await forward.close();
  }
}
