/** Scaled dot-product attention, in the variants these models need. */

import type { Dim } from "../graph/index.ts";
import {
  add,
  concat,
  div,
  matmul,
  mul,
  reduceSum,
  reshape,
  softmax,
  splitAxisLike,
  splitLike,
  tanh,
  transpose,
  unsqueeze,
  type Value,
} from "../graph/index.ts";

/** `[batch, seq, heads*headDim] -> [batch, heads, seq, headDim]`. */
export function splitHeads(x: Value, heads: number, headDim: number): Value {
  const [batch, seq] = x.shape;
  return transpose(reshape(x, [batch, seq, heads, headDim]), [0, 2, 1, 3]);
}

/** `[batch, heads, seq, headDim] -> [batch, seq, heads*headDim]`. */
export function mergeHeads(x: Value): Value {
  const [batch, heads, seq, headDim] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, seq, (heads as number) * (headDim as number)]);
}

/** Unmasked multi-head attention: `[batch, heads, seq, headDim]` for all inputs. */
export function fullAttention(q: Value, k: Value, v: Value, scale: number): Value {
  return matmul(softmax(matmul(q, k, { transB: true, alpha: scale })), v);
}

/**
 * The KV cache, laid out so that the products with a single query use the runtime's matrix-vector kernels, which read each number
 * once and in order.
 */
export interface PastKeyValue {
  /** Keys with tokens along the last axis, `[batch, kvHeads, 1, headDim, past]`. */
  readonly k: Value;
  /**
   * Values in tiles of tokens, `[batch, kvHeads, tiles, 1, tile, headDim]`, tiles * tile = past: a tile that fits in
   * the processor's cache is read from memory once for all queries of a group. A single tile if there are many queries.
   */
  readonly v: Value;
}

export interface GroupedAttention {
  /** `[batch, heads, seq, headDim]`; heads is a multiple of the keys' heads. */
  q: Value;
  /** Keys and values of this step's tokens, `[batch, kvHeads, seq, headDim]`. */
  k: Value;
  v: Value;
  past?: PastKeyValue;
  /** Bias added to the scores, `[batch, 1, 1, seq, past + seq]`: 0 for visible keys, `maskedScore` elsewhere. */
  bias: Value;
  scale: number;
  /** Gemma 2: scores become cap * tanh(score / cap). */
  softcap?: number;
}

/**
 * Grouped-query attention (Ainslie et al. 2023).
 *
 * @returns `[batch, heads, seq, headDim]`.
 */
export function groupedAttention(attention: GroupedAttention): Value {
  return attention.past === undefined
    ? attentionOverStep(attention)
    : attentionOverCache({ ...attention, past: attention.past });
}

const probabilities = (scores: Value, { bias, softcap }: GroupedAttention) =>
  softmax(add(softcap === undefined ? scores : mul(tanh(div(scores, softcap)), softcap), bias));

function attentionOverStep(attention: GroupedAttention): Value {
  const { q, k, v, scale } = attention;
  const [batch, heads, seq, headDim] = q.shape;
  const kvHeads = k.shape[1] as number;
  const group = (heads as number) / kvHeads;
  // The queries of a group are rows of one product, so that each key is read once per group.
  const rows: Dim = typeof seq === "number" ? group * seq : group === 1 ? seq : `${group}*${seq}`;
  const grouped = group === 1 ? q : reshape(q, [batch, kvHeads, rows, headDim]);
  const scores = matmul(grouped, k, { transB: true, alpha: scale });
  const p = probabilities(reshape(scores, [batch, kvHeads, group, seq, scores.shape[3]]), attention);
  return reshape(matmul(reshape(p, [batch, kvHeads, rows, p.shape[4]]), v), [batch, heads, seq, headDim]);
}

/** Concatenates scores instead of keys, which would copy the whole cache at every token. */
function attentionOverCache(attention: GroupedAttention & { past: PastKeyValue }): Value {
  const { q, k, v, past, scale } = attention;
  const [batch, heads, seq, headDim] = q.shape;
  const kvHeads = k.shape[1] as number;
  const group = (heads as number) / kvHeads;
  // Scale before the reshape: ONNX Runtime fuses a scale directly before a product, and the fused product has no single-row kernel.
  const scaled = reshape(mul(q, scale), [batch, kvHeads, group, seq, headDim]);
  const [pastScores, newScores] = [matmul(scaled, past.k), matmul(scaled, unsqueeze(k, [2]), { transB: true })];
  const p = probabilities(concat([pastScores, newScores], 4), attention); // [batch, kvHeads, group, seq, past + seq]
  const [pPast, pNew] = splitLike(p, 4, [pastScores, newScores], 4);
  const tiled = transpose(splitAxisLike(pPast, 4, past.v, [2, 4]), [0, 1, 4, 2, 3, 5]);
  const ofPast = reduceSum(matmul(tiled, past.v), [2]); // [batch, kvHeads, group, seq, headDim]
  return reshape(add(ofPast, matmul(pNew, unsqueeze(v, [2]))), [batch, heads, seq, headDim]);
}
