/** Contrastive learning of a dual encoder: losses over pairwise logits `[n, n]`, row i and column i belonging together. */
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
export type ContrastiveLoss = "siglip" | "info-nce";

/** Adding one number to every logit does not change InfoNCE: its bias stays. */
export const contrastiveTrainable = (loss: ContrastiveLoss) => (name: string) =>
  loss === "siglip" || name !== "logit_bias";

/**
 * The loss of a dual encoder over n pairs: `pixels` `[n, 3, side, side]`, `ids` `[n, maxPositions]`; row i of both belong together. Outputs
 * the embeddings, of length 1.
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
 * SigLIP (Zhai et al. 2023): every pair on its own, -log sigmoid(+-logit), +on the diagonal; summed over columns, averaged over rows, as
 * in transformers' `SiglipModel`.
 */
export function siglipLoss(logits: Value): Value {
  const n = size(logits);
  const signs = new Float32Array(n * n).fill(-1);
  for (let i = 0; i < n; i++) signs[i * n + i] = 1;
  const sign = logits.graph.constant("pair_signs", "float32", [n, n], signs);
  // -log sigmoid(z) = softplus(-z)
  return reduceMean(reduceSum(softplus(neg(mul(logits, sign))), [1]), [0]);
}

/** InfoNCE in both directions (CLIP, Radford et al. 2021): each row against its columns and each column against its rows. */
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
