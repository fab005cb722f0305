/** The attention mask (`nn/mask.ts`) for a step in which some tokens are cached and the others are new. */
import { maskedScore, writeAttentionBias } from "../../../nn/index.ts";
import type { KvCache } from "./kv-cache.ts";

/** New tokens of one sequence. */
export interface NewTokens {
  /** Position of each. */
  readonly positions: Int32Array;
  /** For each token, the number of the image whose soft token it is, or -1. Numbers are unique within the step. */
  readonly images: Int32Array;
  /**
   * For each token, the continuation it belongs to: tokens of different continuations of one prefix, scored together in one step,
   * do not attend to each other. All 0 otherwise.
   */
  readonly branches: Int32Array;
}

/**
 * The bias `[batch, 1, 1, seq, past + seq]` of one kind of layer. Sequences shorter than `seq` are padded with tokens that no query attends to. An image
 * is never split between steps, so no cached token belongs to an image of this step.
 */
export function attentionBias(
  kind: "local" | "global",
  cache: KvCache,
  sequences: readonly NewTokens[],
  seq: number,
): Float32Array<ArrayBuffer> {
  const past = cache.capacity[kind];
  const width = past + seq;
  const window = kind === "local" ? cache.config.slidingWindow : undefined;
  const bias = new Float32Array(sequences.length * seq * width).fill(maskedScore);
  for (const [b, queries] of sequences.entries()) {
    const places = () => new Int32Array(width).fill(-1);
    const keys = { positions: places(), images: places(), branches: places() };
    for (let entry = 0; entry < past; entry++) keys.positions[entry] = cache.positionOf(kind, b, entry);
    for (const part of ["positions", "images", "branches"] as const) keys[part].set(queries[part], past);
    writeAttentionBias(bias, b * seq * width, queries, keys, window);
  }
  return bias;
}
