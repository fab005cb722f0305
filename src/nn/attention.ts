/** Scaled dot-product attention in the three forms these models need. */

import type { Dim } from "../graph/index.ts";
import {
  add,
  concat,
  div,
  matmul,
  mul,
  reshape,
  softmax,
  splitLike,
  tanh,
  transpose,
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

/** Every query sees every key: `[batch, heads, seq, headDim]`, equal heads. */
export function fullAttention(q: Value, k: Value, v: Value, scale: number): Value {
  return matmul(softmax(matmul(q, k, { transB: true, alpha: scale })), v);
}

export interface GroupedAttention {
  /** `[batch, heads, seq, headDim]`; heads is a multiple of the keys' heads. */
  q: Value;
  /** Keys and values of this step's tokens, `[batch, kvHeads, seq, headDim]`. */
  k: Value;
  v: Value;
  /** Those of earlier tokens, `[batch, kvHeads, past, headDim]`. */
  past?: { k: Value; v: Value };
  /** Added to the scores, `[batch, 1, 1, seq, past + seq]`: 0 where a query may look, -inf-like elsewhere. */
  bias: Value;
  scale: number;
  /** Gemma 2: scores become cap * tanh(score / cap). */
  softcap?: number;
}

/**
 * Grouped-query attention (Ainslie et al. 2023) over a cache and this step. The scores are joined, not the keys: joining keys would
 * copy the whole cache at every token.
 *
 * @returns `[batch, heads, seq, headDim]`.
 */
export function groupedAttention({ q, k, v, past, bias, scale, softcap }: GroupedAttention): Value {
  const [batch, heads, seq, headDim] = q.shape;
  const kvHeads = k.shape[1] as number;
  const group = (heads as number) / kvHeads;
  // The queries of a group become rows of one product, so that each key is read once for all of them.
  const rows: Dim = typeof seq === "number" ? group * seq : group === 1 ? seq : `${group}*${seq}`;
  const grouped = group === 1 ? q : reshape(q, [batch, kvHeads, rows, headDim]);
  const perGroup = (scores: Value) => reshape(scores, [batch, kvHeads, group, seq, scores.shape[3]]);

  const keys = past === undefined ? [k] : [past.k, k];
  const parts = keys.map((key) => perGroup(matmul(grouped, key, { transB: true, alpha: scale })));
  const scores = parts.length === 1 ? parts[0] : concat(parts, 4);
  const capped = softcap === undefined ? scores : mul(tanh(div(scores, softcap)), softcap);
  const p = softmax(add(capped, bias));
  const ungroup = (x: Value) => reshape(x, [batch, kvHeads, rows, x.shape[4]]);
  if (past === undefined) return reshape(matmul(ungroup(p), v), [batch, heads, seq, headDim]);
  const [pPast, pNew] = splitLike(p, 4, [past.k, k], 2);
  const mixed = add(matmul(ungroup(pPast), past.v), matmul(ungroup(pNew), v));
  return reshape(mixed, [batch, heads, seq, headDim]);
}
