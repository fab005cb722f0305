/**
 * Contrastive learning of a dual encoder: losses over pairwise logits `[n, n]`, in which row i and column i are a
 * matching pair.
 */
import {
  add,
  type Graph,
  logSoftmax,
  mul,
  neg,
  reduceMean,
  reduceSum,
  softplus,
  transpose,
  type Value,
} from "../../graph/index.ts";
import {
  type ArchitectureConfig,
  l2Normalise,
  siglipLogits,
  siglipPool,
  siglipText,
  siglipVision,
  type Weights,
} from "../../nn/index.ts";
import type { Objective } from "../step.ts";

export type DualEncoderConfig = Extract<ArchitectureConfig, { kind: "siglip" }>;
/**
 * `siglip`: pairwise sigmoid loss (Zhai et al. 2023); `info-nce`: softmax over the batch, in both directions (CLIP).
 */
export type ContrastiveLoss = "siglip" | "info-nce";

/** InfoNCE is invariant to a constant added to all logits, so its bias gets no gradient and is not trained. */
export const contrastiveTrainable = (loss: ContrastiveLoss) => (name: string) =>
  loss === "siglip" || name !== "logit_bias";

/**
 * The loss of a dual encoder over n pairs: `pixels` `[n, 3, side, side]`, `ids` `[n, maxPositions]`; row i of each is
 * pair i. Also outputs the L2-normalised embeddings.
 */
export function contrastiveObjective(
  graph: Graph,
  weights: Weights,
  { vision, text }: DualEncoderConfig,
  n: number,
  loss: ContrastiveLoss,
): Objective {
  const build = { graph, weights };
  const pixels = graph.input("pixels", "float32", [n, 3, vision.imageSize, vision.imageSize]);
  const ids = graph.input("ids", "int64", [n, text.maxPositions]);
  const patches = siglipVision(build, pixels, vision, "vision_model");
  const images = l2Normalise(siglipPool(build, patches, vision, "vision_model"));
  const texts = l2Normalise(siglipText(build, ids, text, "text_model"));
  const logits = siglipLogits(build, images, texts);
  return { loss: loss === "siglip" ? siglipLoss(logits) : infoNce(logits), outputs: { images, texts } };
}

/**
 * SigLIP loss (Zhai et al. 2023): an independent binary loss for every pair, -log sigmoid(logit) on the diagonal and
 * -log sigmoid(-logit) elsewhere; summed over columns and averaged over rows, as in transformers' `SiglipModel`.
 */
export function siglipLoss(logits: Value): Value {
  const n = size(logits);
  const signs = new Float32Array(n * n).fill(-1);
  for (let i = 0; i < n; i++) signs[i * n + i] = 1;
  const sign = logits.graph.constant("pair_signs", "float32", [n, n], signs);
  // -log sigmoid(z) = softplus(-z)
  return reduceMean(reduceSum(softplus(neg(mul(logits, sign))), [1]), [0]);
}

/**
 * Symmetric InfoNCE (CLIP, Radford et al. 2021): cross-entropy of each row over its columns and of each column over its
 * rows.
 */
export function infoNce(logits: Value): Value {
  const n = size(logits);
  const own = diagonal(logits.graph, n);
  const oneWay = (scores: Value) => neg(reduceMean(reduceSum(mul(logSoftmax(scores), own), [1]), [0]));
  return mul(add(oneWay(logits), oneWay(transpose(logits, [1, 0]))), 0.5);
}

const size = (logits: Value) => logits.shape[0] as number;

function diagonal(graph: Graph, n: number): Value {
  const ones = new Float32Array(n * n);
  for (let i = 0; i < n; i++) ones[i * n + i] = 1;
  return graph.constant("pair_diagonal", "float32", [n, n], ones);
}
