/** The stages of nano's recipe: what each learns, from what, for how long. Everything that shapes a run stands in these constants. */
import { join } from "node:path";
import type { Work } from "../../base/progress.ts";
import { expectedTensors, type MultimodalConfig, multimodalPrefix } from "../../nn/index.ts";
import type { Position } from "../data/order.ts";
import { freshTensors } from "../initialise.ts";
import { type Json, type RunResult, train } from "../run/index.ts";
import { TrainingStep } from "../step.ts";
import type { NanoPixels } from "./pixels.ts";
import { measureTower, towerHeads, towerObjective } from "./tower.ts";
import { TowerBatches } from "./tower-batch.ts";

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
  steps: 3400,
  warmup: 200,
  learningRate: 1e-3,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.06 },
  clipNorm: 1,
  averageDecay: 0.998,
  validateEvery: 400,
  checkpointEvery: 100,
};

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
  const tensors = freshTensors(new Map([...shapes, ...towerHeads(vision)]), tower.seed);
  const define =
    (batch: number) => (graph: Parameters<typeof towerObjective>[0], weights: Parameters<typeof towerObjective>[1]) =>
      towerObjective(graph, weights, vision, batch);
  const step = await TrainingStep.compile({
    name: "tower",
    define: define(tower.batch),
    tensors,
    moves: () => true,
    threads,
  });
  const forward = await TrainingStep.compile({
    name: "tower-forward",
    define: define(tower.batch),
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
      config: { ...tower, steps: total, vision: { ...vision } } as unknown as { [key: string]: Json },
      dataHashes,
      codeVersion,
      tensors,
      moves: () => true,
      schedule: { peak: tower.learningRate, steps: total, warmup: Math.min(tower.warmup, total), shape: "cosine" },
      optimizer: tower.optimizer,
      clipNorm: tower.clipNorm,
      averageDecay: tower.averageDecay,
      takeStep: async () => {
        const { feeds, names } = batches.next(tower.batch);
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
