/**
 * Keys and values of earlier tokens, in memory that the caller owns and the runtime reads in place. Global layers keep
 * every token in growing arrays; local layers keep a ring buffer of their window plus a margin, so that a few tokens
 * can be rolled back. RoPE is applied before caching, so the slot in which a token is stored does not matter.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { GemmaConfig } from "../../../nn/index.ts";

/** Number of tokens that can be rolled back from a full ring. */
export const rollback = 32;
const minCapacity = 16;
/** Maximum number of tokens by which a full cache grows ahead of need: attention covers unused slots too. */
const growth = 256;
/** The capacity of long caches is a multiple of this many tokens, the tile size in which a single query reads the values (`nn/attention.ts`). */
const tileTokens = 64;
const tiledFrom = 2048;

const wholeTiles = (tokens: number) => (tokens < tiledFrom ? tokens : Math.ceil(tokens / tileTokens) * tileTokens);

type Kind = "local" | "global";
type Which = "k" | "v";

interface LayerCache {
  readonly kind: Kind;
  k: Float32Array<ArrayBuffer>; // [batch, kvHeads, headDim, capacity]
  v: Float32Array<ArrayBuffer>; // [batch, kvHeads, capacity, headDim]
}

export class KvCache {
  /** Number of tokens of each sequence. */
  readonly lengths: number[];
  readonly layers: LayerCache[];
  readonly capacity: Record<Kind, number> = { local: 0, global: 0 };
  /** The maximum length that each sequence has had: after truncation, entries older than the ring may be lost. */
  private readonly longest: number[];
  /** Capacity of a full ring, tokens. */
  private readonly ring: number;
  /** Each array consists of groups of `capacity` entries of `width` numbers: for keys, one group per dimension of a head; for values, one group per head. */
  private readonly layout: Record<Which, { readonly groups: number; readonly width: number }>;

  /** Number of allocated sequences, at least `batch`; those beyond it are not passed to the runtime. */
  private slots: number;

  constructor(
    readonly config: GemmaConfig,
    batch = 1,
    /** Initial capacity, tokens. */
    tokens = minCapacity,
  ) {
    const { kvHeads, headDim } = config;
    this.lengths = new Array(batch).fill(0);
    this.longest = new Array(batch).fill(0);
    this.slots = batch;
    this.ring = (config.slidingWindow ?? 1) - 1 + rollback;
    this.layout = { k: { groups: kvHeads * headDim, width: 1 }, v: { groups: kvHeads, width: headDim } };
    this.layers = config.layerTypes.map((kind) => ({ kind, k: new Float32Array(0), v: new Float32Array(0) }));
    this.reserve(tokens);
  }

  get batch(): number {
    return this.lengths.length;
  }

  /** Bytes of the current sequences. */
  get bytes(): number {
    return this.layers.reduce((sum, _, i) => sum + this.fed(i, "k").byteLength + this.fed(i, "v").byteLength, 0);
  }

  /** Bytes of one sequence with this capacity. */
  bytesOf(tokens: number): number {
    const { kvHeads, headDim, layerTypes } = this.config;
    const held = layerTypes.reduce((sum, kind) => sum + (kind === "local" ? Math.min(tokens, this.ring) : tokens), 0);
    return 2 * 4 * kvHeads * headDim * held;
  }

  /**
   * A layer's part of the current sequences: keys `[batch, kvHeads, headDim, capacity]`, values `[batch, kvHeads,
   * capacity, headDim]`.
   */
  fed(layer: number, which: Which): Float32Array<ArrayBuffer> {
    const { groups, width } = this.layout[which];
    return this.layers[layer][which].subarray(0, this.batch * groups * this.capacity[this.layers[layer].kind] * width);
  }

  /** How the values of one kind of layer are tiled: number of tiles and tokens per tile; small tiles for a step of a single token. */
  tiling(kind: Kind, seq: number): [tiles: number, tile: number] {
    const capacity = this.capacity[kind];
    const tiled = seq === 1 && capacity >= tiledFrom && capacity % tileTokens === 0;
    return tiled ? [capacity / tileTokens, tileTokens] : [1, capacity];
  }

  /** Grows the capacity to this many tokens per sequence. */
  reserve(tokens: number): void {
    const capacity = { ...this.capacity };
    for (const kind of ["local", "global"] as const) {
      const old = this.capacity[kind];
      const limit = kind === "local" ? this.ring : Number.POSITIVE_INFINITY;
      if (old >= Math.min(tokens, limit)) continue;
      const ahead = Math.max(tokens, old + Math.min(Math.ceil(old / 2), growth), minCapacity);
      capacity[kind] = Math.min(wholeTiles(ahead), limit);
    }
    this.lay(this.slots, capacity);
  }

  /**
   * Changes the memory layout. A ring reaches full capacity before it wraps; until then tokens are stored at their
   * positions, so any sufficient capacity preserves them.
   */
  private lay(slots: number, capacity: Readonly<Record<Kind, number>>): void {
    for (const kind of ["local", "global"] as const) {
      const [old, now] = [this.capacity[kind], capacity[kind]];
      if (old === now && slots === this.slots) continue;
      this.capacity[kind] = now;
      const held = Math.min(old, now);
      for (const layer of this.layers) {
        if (layer.kind !== kind) continue;
        for (const which of ["k", "v"] as const) {
          const { groups, width } = this.layout[which];
          const laid = new Float32Array(slots * groups * now * width);
          for (let g = 0; g < this.batch * groups; g++) {
            laid.set(layer[which].subarray(g * old * width, (g * old + held) * width), g * now * width);
          }
          layer[which] = laid;
        }
      }
    }
    this.slots = slots;
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
          // Limited by the end of the ring.
          const run = Math.min(counts[b] - t, capacity - place);
          for (let g = b * groups; g < (b + 1) * groups; g++) {
            const from = (g * seq + t) * width;
            const to = (g * capacity + place) * width;
            // For a single number, an assignment is far cheaper than a copy.
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

  /** The token position that a cache entry holds, or -1. */
  positionOf(kind: Kind, sequence: number, entry: number): number {
    const length = this.lengths[sequence];
    if (entry >= length) return -1;
    const capacity = this.capacity[kind];
    return entry + capacity * Math.floor((length - 1 - entry) / capacity);
  }

  /** Whether a sequence can be truncated to this many tokens while still holding everything that the next token attends to. */
  canTruncate(sequence: number, length: number): boolean {
    return (
      length <= this.lengths[sequence] &&
      (this.longest[sequence] <= this.ring || this.longest[sequence] - length <= rollback)
    );
  }

  truncate(sequence: number, length: number): void {
    if (!this.canTruncate(sequence, length)) {
      throw new PolyclinicError("model/rollback", "cannot be rolled back this far", {
        where: "key-value cache",
        expected: `at least ${this.longest[sequence] - rollback} tokens`,
        found: String(length),
      });
    }
    this.lengths[sequence] = length;
  }

  /** An independent copy with capacity for this many tokens; `sequences` selects and orders the sequences (repetition allowed). */
  copy(tokens = 0, sequences: readonly number[] = this.lengths.map((_, b) => b)): KvCache {
    const copy = new KvCache(this.config, sequences.length, Math.max(tokens, this.capacity.global));
    for (const [to, from] of sequences.entries()) copy.take(to, this, from);
    return copy;
  }

  /** Several one-sequence caches as one batch. */
  static join(caches: readonly KvCache[], tokens = 0): KvCache {
    const joined = new KvCache(caches[0].config, 0, Math.max(tokens, ...caches.map((c) => c.capacity.global)));
    for (const cache of caches) joined.join(cache);
    return joined;
  }

  /** Appends a copy of another cache's only sequence to this batch. */
  join(other: KvCache): void {
    this.reserve(other.capacity.global);
    if (this.slots === this.batch) this.lay(Math.max(1, 2 * this.slots), this.capacity);
    this.lengths.push(0);
    this.longest.push(0);
    this.take(this.batch - 1, other, 0);
  }

  /**
   * Removes a sequence; the last one takes its place. Unneeded capacity is released, because attention covers unused
   * slots too.
   */
  leave(sequence: number): void {
    const last = this.batch - 1;
    if (sequence !== last) this.take(sequence, this, last);
    this.lengths.pop();
    this.longest.pop();
    const needed = Math.max(minCapacity, ...this.longest);
    const roomy = needed + growth < this.capacity.global;
    if (!roomy && 4 * this.batch > this.slots) return;
    const global = roomy ? wholeTiles(needed) : this.capacity.global;
    // A ring that some sequence has filled is already at its minimum size.
    const local = roomy ? Math.min(needed, this.capacity.local) : this.capacity.local;
    this.lay(Math.max(1, this.batch), { local, global });
  }

  /** Copies a sequence of another cache (or of this one) with at most this capacity into sequence `to`. */
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
