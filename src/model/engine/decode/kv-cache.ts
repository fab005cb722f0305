/**
 * Keys and values of earlier tokens, in memory the caller owns and the runtime reads in place. Global layers keep every token in arrays that
 * grow; local layers keep a ring that holds their window and a little more, so that a few tokens can be taken back.
 * RoPE is applied before caching, so a token means the same wherever it stands.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { GemmaConfig } from "../../../nn/index.ts";

/** How many tokens can be taken back from a full ring. */
export const rollback = 32;
const leastCapacity = 16;
/** Maximum number of tokens a full cache grows by ahead of need: every token of room is computed with, used or not. */
const growth = 256;
/** Long caches hold a multiple of this many tokens, the tile in which a single query reads the values (`nn/attention.ts`). */
const tileTokens = 64;
const tiledFrom = 2048;

type Kind = "local" | "global";
type Which = "k" | "v";

interface LayerCache {
  readonly kind: Kind;
  k: Float32Array<ArrayBuffer>; // [batch, kvHeads, headDim, capacity]
  v: Float32Array<ArrayBuffer>; // [batch, kvHeads, capacity, headDim]
}

export class KvCache {
  /** Tokens of each sequence so far. */
  readonly lengths: number[];
  readonly layers: LayerCache[];
  readonly capacity: Record<Kind, number> = { local: 0, global: 0 };
  /** The greatest length of each sequence so far: after truncation, entries older than its ring may be lost. */
  private readonly longest: number[];
  /** Tokens of a full ring. */
  private readonly ring: number;
  /** Each array is groups of `capacity` entries of `width` numbers: of a sequence's keys a group for each number of a head, of its values one per head. */
  private readonly layout: Record<Which, { readonly groups: number; readonly width: number }>;

  constructor(
    readonly config: GemmaConfig,
    readonly batch = 1,
    /** Room to begin with. */
    tokens = leastCapacity,
  ) {
    const { kvHeads, headDim } = config;
    this.lengths = new Array(batch).fill(0);
    this.longest = new Array(batch).fill(0);
    this.ring = (config.slidingWindow ?? 1) - 1 + rollback;
    this.layout = { k: { groups: kvHeads * headDim, width: 1 }, v: { groups: kvHeads, width: headDim } };
    this.layers = config.layerTypes.map((kind) => ({ kind, k: new Float32Array(0), v: new Float32Array(0) }));
    this.reserve(tokens);
  }

  get bytes(): number {
    return this.layers.reduce((sum, { k, v }) => sum + k.byteLength + v.byteLength, 0);
  }

  /** How values of one kind of layer are fed: tiles and tokens of a tile, small ones for a step of a single token. */
  tiling(kind: Kind, seq: number): [tiles: number, tile: number] {
    const capacity = this.capacity[kind];
    const tiled = seq === 1 && capacity >= tiledFrom && capacity % tileTokens === 0;
    return tiled ? [capacity / tileTokens, tileTokens] : [1, capacity];
  }

  /** Makes room for sequences of this many tokens. */
  reserve(tokens: number): void {
    for (const kind of ["local", "global"] as const) {
      const old = this.capacity[kind];
      const limit = kind === "local" ? this.ring : Number.POSITIVE_INFINITY;
      if (old >= Math.min(tokens, limit)) continue;
      const ahead = Math.max(tokens, old + Math.min(Math.ceil(old / 2), growth), leastCapacity);
      const capacity = Math.min(ahead < tiledFrom ? ahead : Math.ceil(ahead / tileTokens) * tileTokens, limit);
      this.capacity[kind] = capacity;
      // A ring is full before it wraps, so until then tokens are at their positions and growing keeps them there.
      for (const layer of this.layers) {
        if (layer.kind !== kind) continue;
        for (const which of ["k", "v"] as const) {
          const { groups, width } = this.layout[which];
          const grown = new Float32Array(this.batch * groups * capacity * width);
          for (let g = 0; g < this.batch * groups; g++) {
            grown.set(layer[which].subarray(g * old * width, (g + 1) * old * width), g * capacity * width);
          }
          layer[which] = grown;
        }
      }
    }
  }

  /**
   * Stores this step's keys and values of one layer; call `advance` once after the last layer.
   *
   * @param k `[batch, kvHeads, headDim, seq]`, `v` `[batch, kvHeads, seq, headDim]`; of each sequence only the first `counts[b]` tokens are stored.
   */
  write(layer: number, k: Float32Array, v: Float32Array, seq: number, counts: readonly number[]): void {
    const capacity = this.capacity[this.layers[layer].kind];
    const sources = { k, v };
    for (const which of ["k", "v"] as const) {
      const { groups, width } = this.layout[which];
      const [source, target] = [sources[which], this.layers[layer][which]];
      for (let b = 0; b < this.batch; b++) {
        let t = Math.max(0, counts[b] - capacity);
        while (t < counts[b]) {
          const place = (this.lengths[b] + t) % capacity;
          // Up to the end of the ring.
          const run = Math.min(counts[b] - t, capacity - place);
          for (let g = b * groups; g < (b + 1) * groups; g++) {
            const from = (g * seq + t) * width;
            const to = (g * capacity + place) * width;
            // A copy of one number is far cheaper as an assignment.
            if (run * width === 1) target[to] = source[from];
            else target.set(source.subarray(from, from + run * width), to);
          }
          t += run;
        }
      }
    }
  }

  advance(counts: readonly number[]): void {
    for (let b = 0; b < this.batch; b++) {
      this.lengths[b] += counts[b];
      this.longest[b] = Math.max(this.longest[b], this.lengths[b]);
    }
  }

  /** The position an entry of a cache holds, or -1. */
  positionOf(kind: Kind, sequence: number, entry: number): number {
    const length = this.lengths[sequence];
    if (entry >= length) return -1;
    const capacity = this.capacity[kind];
    return entry + capacity * Math.floor((length - 1 - entry) / capacity);
  }

  /** Whether a sequence can be cut to this many tokens with everything its next token needs still there. */
  canTruncate(sequence: number, length: number): boolean {
    return (
      length <= this.lengths[sequence] &&
      (this.longest[sequence] <= this.ring || this.longest[sequence] - length <= rollback)
    );
  }

  truncate(sequence: number, length: number): void {
    if (!this.canTruncate(sequence, length)) {
      throw new PolyclinicError("model/rollback", "cannot be cut back this far", {
        where: "key-value cache",
        expected: `at least ${this.longest[sequence] - rollback} tokens`,
        found: String(length),
      });
    }
    this.lengths[sequence] = length;
  }

  /** An independent copy with room for this many tokens; with `sequences`, of those, in that order (one may repeat). */
  copy(tokens = 0, sequences: readonly number[] = this.lengths.map((_, b) => b)): KvCache {
    const copy = new KvCache(this.config, sequences.length, Math.max(tokens, this.capacity.global));
    for (const [to, from] of sequences.entries()) copy.take(to, this, from);
    return copy;
  }

  /** Several one-sequence caches as one batch. */
  static join(caches: readonly KvCache[], tokens = 0): KvCache {
    const joined = new KvCache(caches[0].config, caches.length);
    joined.reserve(Math.max(tokens, ...caches.map((c) => c.capacity.global)));
    for (const [b, cache] of caches.entries()) joined.take(b, cache, 0);
    return joined;
  }

  /** Fills sequence `to` with that of another cache, of at most this capacity. */
  private take(to: number, other: KvCache, from: number): void {
    this.lengths[to] = other.lengths[from];
    this.longest[to] = other.longest[from];
    for (const [i, layer] of other.layers.entries()) {
      const [old, now] = [other.capacity[layer.kind], this.capacity[layer.kind]];
      // A ring that has wrapped is at its full size in both.
      const held = Math.min(old, layer.kind === "global" ? other.lengths[from] : old);
      for (const which of ["k", "v"] as const) {
        const { groups, width } = this.layout[which];
        for (let g = 0; g < groups; g++) {
          const source = (from * groups + g) * old * width;
          this.layers[i][which].set(
            layer[which].subarray(source, source + held * width),
            (to * groups + g) * now * width,
          );
        }
      }
    }
  }
}
