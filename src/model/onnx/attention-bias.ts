/**
 * Who sees whom (Gemma 3 report, section 2.2): every token its past, on local layers only the last `slidingWindow` positions itself
 * included; the soft tokens of one image also each other, both ways; nothing else.
 */
import type { KvCache } from "./kv-cache.ts";

/** New tokens of one sequence. */
export interface NewTokens {
  /** Position of each. */
  readonly positions: Int32Array;
  /** For each the number of the image it is a soft token of, or -1. Numbers are unique in the step. */
  readonly images: Int32Array;
  /**
   * For each the continuation it belongs to: tokens of different continuations of one prefix, laid side by side to be scored in one step,
   * do not see each other. All 0 otherwise.
   */
  readonly branches: Int32Array;
}

/** Added to a score where a query may not look: zero after softmax, and finite so that a row of nothing else is not NaN. */
const hidden = -1e9;

/**
 * The bias `[batch, 1, 1, seq, past + seq]` of one kind of layer. Sequences shorter than `seq` are padded with tokens nobody sees.
 */
export function attentionBias(
  kind: "local" | "global",
  cache: KvCache,
  sequences: readonly NewTokens[],
  seq: number,
): Float32Array<ArrayBuffer> {
  const past = cache.capacity[kind];
  const width = past + seq;
  const window = kind === "local" ? (cache.config.slidingWindow ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  const bias = new Float32Array(sequences.length * seq * width).fill(hidden);
  const held = new Int32Array(past);
  for (const [b, { positions, images, branches }] of sequences.entries()) {
    for (let row = 0; row < past; row++) held[row] = cache.positionOf(kind, b, row);
    for (let i = 0; i < positions.length; i++) {
      const at = (b * seq + i) * width;
      const nearest = positions[i] - window;
      for (let row = 0; row < past; row++) if (held[row] >= 0 && held[row] > nearest) bias[at + row] = 0;
      for (let j = 0; j < positions.length; j++) {
        const sameImage = images[i] >= 0 && images[i] === images[j];
        const inPast = branches[i] === branches[j] && positions[j] <= positions[i] && positions[j] > nearest;
        if (sameImage || inPast) bias[at + past + j] = 0;
      }
    }
  }
  return bias;
}
