/**
 * The genotyper: SigLIP's tower on the image of a pileup, the mean of its patches, and three classes (0, 1 or 2
 * copies). Med-PaLM M uses the same image but answers in text; here a linear head answers.
 */
import { type Graph, logSoftmax, mul, neg, reduceMean, reduceSum, softmax } from "../../graph/index.ts";
import { freshTensors } from "../../learn/initialise.ts";
import type { Feed, Objective } from "../../learn/step.ts";
import type { Tensors } from "../../learn/tensors.ts";
import { expectedTensors, type SiglipVisionConfig, siglipVision, type Weights } from "../../nn/index.ts";
import { type CandidateSite, pictureOf } from "./sites.ts";

export const pileupSide = 224;
const prefix = "vision_model";

export const pileupVision: SiglipVisionConfig = {
  hiddenSize: 48,
  intermediateSize: 96,
  layers: 2,
  heads: 4,
  imageSize: pileupSide,
  patchSize: 32,
  layerNormEps: 1e-6,
  useHead: false,
};

export const pileupTraining = {
  seed: 20261128,
  batch: 16,
  steps: 2000,
  warmup: 100,
  learningRate: 1.5e-3,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.02 },
  clipNorm: 1,
  averageDecay: 0.995,
  validateEvery: 250,
  validationSites: 240,
  checkpointEvery: 50,
};

export function freshPileupTensors(seed = pileupTraining.seed): Tensors {
  const shapes = expectedTensors({ kind: "siglip-vision", vision: pileupVision });
  shapes.set("head.weight", [3, pileupVision.hiddenSize]);
  shapes.set("head.bias", [3]);
  return freshTensors(shapes, seed);
}

export function pileupObjective(graph: Graph, weights: Weights, batch: number): Objective {
  const pixels = graph.input("pixels", "float32", [batch, 3, pileupSide, pileupSide]);
  const target = graph.input("target", "float32", [batch, 3]);
  const patches = siglipVision({ graph, weights }, pixels, pileupVision, prefix); // [batch, 49, hidden]
  const raw = weights.linear(reduceMean(patches, [1]), "head", pileupVision.hiddenSize, 3, true); // [batch, 3]
  return {
    loss: reduceMean(neg(reduceSum(mul(target, logSoftmax(raw)), [1])), [0]),
    outputs: { probabilities: softmax(raw) },
  };
}

/** Images as planes from -1 to 1, and one-hot genotypes. */
export function pileupFeeds(sites: readonly CandidateSite[]): Record<string, Feed> {
  const area = pileupSide ** 2;
  const pixels = new Float32Array(sites.length * 3 * area);
  const target = new Float32Array(sites.length * 3);
  for (const [i, site] of sites.entries()) {
    const picture = pictureOf(site);
    for (let p = 0; p < area; p++)
      for (let c = 0; c < 3; c++) pixels[(i * 3 + c) * area + p] = picture[p * 3 + c] / 127.5 - 1;
    target[i * 3 + site.genotype] = 1;
  }
  return {
    pixels: { data: pixels, dims: [sites.length, 3, pileupSide, pileupSide] },
    target: { data: target, dims: [sites.length, 3] },
  };
}
