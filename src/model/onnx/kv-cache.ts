/**
 * Keys and values of earlier tokens, in memory the caller owns and the runtime reads in place. Global layers keep every token in arrays that
 * grow geometrically; local layers keep a ring that holds their window and a little more, so that a few tokens can be taken back.
 * RoPE is applied before caching, so a row means the same wherever it stands.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { GemmaConfig } from "../../nn/index.ts";

/** How many tokens can be taken back from a full ring. */
export const rollback = 32;
const leastCapacity = 16;

type Kind = "local" | "global";

interface LayerCache {
  readonly kind: Kind;
  k: Float32Array<ArrayBuffer>; // [batch, kvHeads, capacity, headDim]
  v: Float32Array<ArrayBuffer>;
}

export class KvCache {
  /** Tokens of each sequence so far. */
  readonly lengths: number[];
  readonly layers: LayerCache[];
  readonly capacity: Record<Kind, number> = { local: 0, global: 0 };
  /** The longest each sequence has been: what a shorter one may have lost from its ring. */
  private readonly longest: number[];
  /** Rows of a full ring. */
  private readonly ring: number;

  constructor(
    readonly config: GemmaConfig,
    readonly batch = 1,
  ) {
    this.lengths = new Array(batch).fill(0);
    this.longest = new Array(batch).fill(0);
    this.ring = (config.slidingWindow ?? 1) - 1 + rollback;
    this.layers = config.layerTypes.map((kind) => ({ kind, k: new Float32Array(0), v: new Float32Array(0) }));
    this.reserve(leastCapacity);
  }

  get bytes(): number {
    return this.layers.reduce((sum, { k, v }) => sum + k.byteLength + v.byteLength, 0);
  }

  /** Makes room for sequences of this many tokens. */
  reserve(tokens: number): void {
    const { kvHeads, headDim } = this.config;
    for (const kind of ["local", "global"] as const) {
      const old = this.capacity[kind];
      const limit = kind === "local" ? this.ring : Number.POSITIVE_INFINITY;
      if (old >= Math.min(tokens, limit)) continue;
      const capacity = Math.min(Math.max(tokens, Math.ceil(old * 1.5), leastCapacity), limit);
      this.capacity[kind] = capacity;
      // A ring is full before it wraps, so until then rows stand at their positions and growing keeps them there.
      for (const layer of this.layers) {
        if (layer.kind !== kind) continue;
        for (const which of ["k", "v"] as const) {
          const grown = new Float32Array(this.batch * kvHeads * capacity * headDim);
          for (let h = 0; h < this.batch * kvHeads; h++) {
            grown.set(layer[which].subarray(h * old * headDim, (h + 1) * old * headDim), h * capacity * headDim);
          }
          layer[which] = grown;
        }
      }
    }
  }

  /**
   * Stores this step's keys and values of one layer; call `advance` once after the last layer.
   *
   * @param k `[batch, kvHeads, seq, headDim]`; of each sequence only the first `counts[b]` rows are stored.
   */
  write(layer: number, k: Float32Array, v: Float32Array, seq: number, counts: readonly number[]): void {
    const { kind, k: keys, v: values } = this.layers[layer];
    const { kvHeads, headDim } = this.config;
    const capacity = this.capacity[kind];
    for (let b = 0; b < this.batch; b++) {
      const first = Math.max(0, counts[b] - capacity);
      for (let h = 0; h < kvHeads; h++) {
        const from = (b * kvHeads + h) * seq;
        const to = (b * kvHeads + h) * capacity;
        for (let t = first; t < counts[b]; t++) {
          const row = (this.lengths[b] + t) % capacity;
          const source = (from + t) * headDim;
          keys.set(k.subarray(source, source + headDim), (to + row) * headDim);
          values.set(v.subarray(source, source + headDim), (to + row) * headDim);
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

  /** The position a row of a cache holds, or -1. */
  positionOf(kind: Kind, sequence: number, row: number): number {
    const length = this.lengths[sequence];
    if (row >= length) return -1;
    const capacity = this.capacity[kind];
    return row + capacity * Math.floor((length - 1 - row) / capacity);
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
    const copy = new KvCache(this.config, sequences.length);
    copy.reserve(Math.max(tokens, this.capacity.global));
    const { kvHeads, headDim } = this.config;
    for (const [to, from] of sequences.entries()) {
      copy.lengths[to] = this.lengths[from];
      copy.longest[to] = this.longest[from];
      for (const [i, { kind, k, v }] of this.layers.entries()) {
        const [old, now] = [this.capacity[kind], copy.capacity[kind]];
        // A ring that has wrapped is at its full size in both.
        const rows = Math.min(old, kind === "global" ? this.lengths[from] : old) * headDim;
        for (let h = 0; h < kvHeads; h++) {
          const source = (from * kvHeads + h) * old * headDim;
          const target = (to * kvHeads + h) * now * headDim;
          copy.layers[i].k.set(k.subarray(source, source + rows), target);
          copy.layers[i].v.set(v.subarray(source, source + rows), target);
        }
      }
    }
    return copy;
  }

  /** Several one-sequence caches as one batch. */
  static join(caches: readonly KvCache[], tokens = 0): KvCache {
    const { config } = caches[0];
    const joined = new KvCache(config, caches.length);
    joined.reserve(Math.max(tokens, ...caches.map((c) => c.capacity.global)));
    const { kvHeads, headDim } = config;
    for (const [b, cache] of caches.entries()) {
      // Rows of a wrapped ring stand at positions modulo its size, which is the same once full.
      joined.lengths[b] = cache.lengths[0];
      joined.longest[b] = cache.longest[0];
      for (const [i, { kind, k, v }] of cache.layers.entries()) {
        const [old, now] = [cache.capacity[kind], joined.capacity[kind]];
        for (let h = 0; h < kvHeads; h++) {
          const source = h * old * headDim;
          const target = (b * kvHeads + h) * now * headDim;
          joined.layers[i].k.set(k.subarray(source, source + old * headDim), target);
          joined.layers[i].v.set(v.subarray(source, source + old * headDim), target);
        }
      }
    }
    return joined;
  }
}
