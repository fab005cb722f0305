/** The stages of nano's recipe: what each learns, from what, for how long. Everything that shapes a run stands in these constants. */
import { join } from "node:path";
import type { Work } from "../../base/progress.ts";
import type { Graph } from "../../graph/index.ts";
import { expectedTensors, type MultimodalConfig, multimodalPrefix, type Weights } from "../../nn/index.ts";
import type { PromptSource } from "../../text/index.ts";
import type { Position } from "../data/order.ts";
import { freshTensors } from "../initialise.ts";
import { languageObjective } from "../language/objective.ts";
import { type Json, type RunResult, train } from "../run/index.ts";
import { TrainingStep } from "../step.ts";
import type { Tensor } from "../tensors.ts";
import { shownImages } from "./examples.ts";
import { measureLanguage, NanoBatches } from "./language-batch.ts";
import type { NanoPixels } from "./pixels.ts";
import { lossWeights, measureTower, towerHeads, towerObjective } from "./tower.ts";
import { setWeights, TowerBatches } from "./tower-batch.ts";
import { PooledVariants, variantCounts } from "./variants.ts";

export interface StageOptions extends Work {
  readonly folder: string;
  readonly pixels: NanoPixels;
  readonly dataHashes: Readonly<Record<string, string>>;
  readonly codeVersion: string;
  readonly model: MultimodalConfig;
  /** Fewer steps than the recipe's, for trying it out. */
  readonly steps?: number;
  /** Threads of the runtime; the result does not depend on it. */
  readonly threads?: number;
}

const tower = {
  seed: 20261121,
  batch: 32,
  steps: 7000,
  warmup: 300,
  learningRate: 1e-3,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.06 },
  clipNorm: 1,
  averageDecay: 0.999,
  // Strong changes teach what does not matter; towards the end the images are shown more and more as they will be met.
  fade: { from: 4700, to: 0.35 },
  validateEvery: 1000,
  checkpointEvery: 200,
};

/** How far images are changed at a step of `total`: all the way, then linearly less. */
function strengthAt(step: number, total: number): number {
  const { from, to } = tower.fade;
  return step <= from ? 1 : 1 - ((1 - to) * (step - from)) / (total - from);
}

/** Stage 1: the vision tower, supervised. */
export async function trainTower({
  folder,
  pixels,
  dataHashes,
  codeVersion,
  model,
  steps,
  threads,
  ...work
}: StageOptions): Promise<RunResult> {
  const { vision } = model;
  const shapes = new Map(
    [...expectedTensors({ kind: "multimodal", ...model })].filter(([name]) => name.startsWith(multimodalPrefix.vision)),
  );
  const tensors = freshTensors(new Map([...shapes, ...towerHeads(model)]), tower.seed);
  const define = (graph: Graph, weights: Weights) => towerObjective(graph, weights, model, tower.batch);
  const step = await TrainingStep.compile({
    name: "tower",
    define,
    tensors,
    moves: () => true,
    threads,
  });
  const forward = await TrainingStep.compile({
    name: "tower-forward",
    define,
    tensors,
    moves: () => false,
    threads,
  });
  const batches = new TowerBatches(pixels, vision.patchSize, tower.seed);
  // Neighbouring slices are alike: every third says enough about a volume while a run is going on.
  const held = pixels.images.filter(
    ({ split, set, slice }) => split === "val" && set !== "cells" && (slice === undefined || slice.index % 3 === 0),
  );
  const total = steps ?? tower.steps;
  try {
    return await train({
      folder: join(folder, "tower"),
      config: { ...tower, steps: total, lossWeights, setWeights, vision: { ...vision } } as unknown as {
        [key: string]: Json;
      },
      dataHashes,
      codeVersion,
      tensors,
      moves: () => true,
      schedule: { peak: tower.learningRate, steps: total, warmup: Math.min(tower.warmup, total), shape: "cosine" },
      optimizer: tower.optimizer,
      clipNorm: tower.clipNorm,
      averageDecay: tower.averageDecay,
      takeStep: async (at) => {
        const { feeds, names } = batches.next(tower.batch, strengthAt(at, total));
        const { loss, gradients } = await step.run(feeds);
        return { loss, gradients, tokens: tower.batch, images: tower.batch, batch: names.join(", ") };
      },
      position: {
        get: () => batches.position as unknown as Json,
        set: (position) => {
          batches.position = position as unknown as Position;
        },
      },
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
    await step.release();
    await forward.release();
  }
}

const language = {
  seed: 20261122,
  shape: { rows: 3, tokens: 448, answers: 512 },
  steps: 2800,
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
  /** The tower's tensors, which stay as they are. */
  readonly tower: ReadonlyMap<string, Tensor>;
}

/** Stage 2: projector and decoder learn to answer in words, over the frozen tower. The result holds their tensors only. */
export async function trainLanguage(options: LanguageStageOptions): Promise<RunResult> {
  const { folder, pixels, dataHashes, codeVersion, model, tokenizer, tower, steps, threads, ...work } = options;
  const { shape, seed } = language;
  const config = { kind: "pooled" as const, ...model };
  const shapes = [...expectedTensors({ kind: "multimodal", ...model })].filter(
    ([name]) => !name.startsWith(multimodalPrefix.vision),
  );
  const tensors = freshTensors(new Map(shapes), seed);
  const define = (graph: Graph, weights: Weights) => languageObjective(graph, weights, config, shape);
  const images = [...shownImages(pixels, "train"), ...shownImages(pixels, "val")];
  const pooled = await PooledVariants.encode(pixels, images, model, tower, { seed, threads, ...work });
  const step = await TrainingStep.compile({ name: "language", define, tensors, moves: () => true, threads });
  const forward = await TrainingStep.compile({
    name: "language-forward",
    define,
    tensors,
    moves: () => false,
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
      moves: () => true,
      schedule: {
        peak: language.learningRate,
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
      position: {
        get: () => batches.position as unknown as Json,
        set: (position) => {
          batches.position = position as unknown as Position;
        },
      },
      validation: {
        measure: () =>
          measureLanguage(
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
    await step.release();
    await forward.release();
  }
}
