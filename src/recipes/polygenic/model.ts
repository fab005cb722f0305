/**
 * The image encoder: SigLIP's tower with its attention-pooling head on the image of a person's scores, one tile per patch, and the log odds of each trained
 * outcome. Med-Gemini-Polygenic answers in text and is scored by the likelihoods of yes and no; here a linear head gives these log odds directly.
 */
import { join } from "node:path";

import { fitTileScale, renderTiles, type TileLayout, type TileScale, tileLayout } from "../../genomes/index.ts";
import { tileSize } from "../../genomes/view/tiles.ts";
import { type Graph, logSoftmax, mul, neg, reduceMean, reduceSum, reshape, softmax } from "../../graph/index.ts";
import { freshTensors } from "../../learn/initialise.ts";
import type { Feed, Objective } from "../../learn/step.ts";
import type { Tensors } from "../../learn/tensors.ts";
import { expectedTensors, type SiglipVisionConfig, siglipPool, siglipVision, type Weights } from "../../nn/index.ts";
import { type Cohort, type CohortPeople, cohortDefaults, generateCohort, trainedOutcomes } from "./cohort.ts";

const prefix = "vision_model";

export const polygenicVision: SiglipVisionConfig = {
  hiddenSize: 48,
  intermediateSize: 96,
  layers: 2,
  heads: 4,
  imageSize: tileLayout(cohortDefaults.traits).width,
  patchSize: tileSize,
  layerNormEps: 1e-6,
  useHead: true,
};

export const polygenicTraining = {
  seed: 20261129,
  /** Cohorts by number; each is generated with and without epistasis. */
  cohorts: [1, 2, 3],
  epistasis: 0.8,
  batch: 64,
  steps: 1500,
  warmup: 100,
  learningRate: 1.5e-3,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.05 },
  clipNorm: 1,
  averageDecay: 0.995,
  validateEvery: 250,
  checkpointEvery: 250,
};

/** One run: a cohort by number, with or without epistasis. */
export interface Setting {
  readonly cohort: number;
  readonly epistasis: number;
}

export const settings = (): Setting[] =>
  [polygenicTraining.epistasis, 0].flatMap((epistasis) =>
    polygenicTraining.cohorts.map((cohort) => ({ cohort, epistasis })),
  );

export const cohortOf = ({ cohort, epistasis }: Setting): Cohort =>
  generateCohort({ ...cohortDefaults, seed: cohort, epistasis });

export const folderOf = (out: string, { cohort, epistasis }: Setting) =>
  join(out, `${epistasis === 0 ? "null" : "epistasis"}-${cohort}`);

/** Standard deviation 0.5 instead of 0.02. */
const placeScale = 25;

export function freshPolygenicTensors(seed: number): Tensors {
  const shapes = expectedTensors({ kind: "siglip-vision", vision: polygenicVision });
  shapes.set("outcomes.weight", [trainedOutcomes.length * 2, polygenicVision.hiddenSize]);
  shapes.set("outcomes.bias", [trainedOutcomes.length * 2]);
  const tensors = freshTensors(shapes, seed);
  // Tiles look alike and only their place says which trait they are: as small as in SigLIP, places would take long to learn.
  const places = tensors.get(`${prefix}.embeddings.position_embedding.weight`)!.data;
  for (let i = 0; i < places.length; i++) places[i] *= placeScale;
  return tensors;
}

export function polygenicObjective(graph: Graph, weights: Weights, batch = polygenicTraining.batch): Objective {
  const { hiddenSize, imageSize } = polygenicVision;
  const pixels = graph.input("pixels", "float32", [batch, 3, imageSize, imageSize]);
  const target = graph.input("target", "float32", [batch, trainedOutcomes.length, 2]);
  const build = { graph, weights };
  const patches = siglipVision(build, pixels, polygenicVision, prefix); // [batch, tiles, hidden]
  const pooled = siglipPool(build, patches, polygenicVision, prefix); // [batch, hidden]
  const raw = reshape(weights.linear(pooled, "outcomes", hiddenSize, trainedOutcomes.length * 2, true), [
    batch,
    trainedOutcomes.length,
    2,
  ]);
  return {
    loss: reduceMean(neg(reduceSum(mul(target, logSoftmax(raw)), [2])), [0, 1]),
    outputs: { probabilities: softmax(raw) },
  };
}

/** How the people of a cohort are drawn: limits from the training people, beyond which 0.1 % at each end are cut. */
export interface TilePicture {
  readonly layout: TileLayout;
  readonly scale: TileScale;
}

export function pictureFor({ parts, options }: Cohort): TilePicture {
  return { layout: tileLayout(options.traits), scale: fitTileScale(parts.train.scores, [0.1, 99.9]) };
}

/** People as planes from -1 to 1, and their trained outcomes as (no, yes). */
export function polygenicFeeds(
  { scores, outcomes }: CohortPeople,
  { layout, scale }: TilePicture,
  people: readonly number[],
): Record<string, Feed> {
  const { imageSize } = polygenicVision;
  const area = imageSize ** 2;
  const pixels = new Float32Array(people.length * 3 * area);
  const target = new Float32Array(people.length * trainedOutcomes.length * 2);
  for (const [i, person] of people.entries()) {
    const { data } = renderTiles(scores[person], scale, layout);
    for (let p = 0; p < area; p++)
      for (let c = 0; c < 3; c++) pixels[(i * 3 + c) * area + p] = data[p * 3 + c] / 127.5 - 1;
    for (const [k, name] of trainedOutcomes.entries())
      target[(i * trainedOutcomes.length + k) * 2 + (outcomes[name].events[person] ? 1 : 0)] = 1;
  }
  return {
    pixels: { data: pixels, dims: [people.length, 3, imageSize, imageSize] },
    target: { data: target, dims: [people.length, trainedOutcomes.length, 2] },
  };
}
