/**
 * The order of training examples: a seeded, weighted mixture of sources, each reshuffled every epoch. The position is
 * two integers per source and the generator's state, so that a run can resume.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";

/** One dataset of a mixture. */
export interface MixtureSource {
  readonly name: string;
  readonly size: number;
  /** Sampling weight relative to the other sources; independent of their sizes. */
  readonly weight: number;
}

/** One example drawn from the sources. */
export interface MixtureDraw {
  /** Index into the sources. */
  readonly source: number;
  /** Index into that source's examples. */
  readonly index: number;
  /** Epoch of this source; together with `index` it seeds the augmentation. */
  readonly epoch: number;
}

/** The position of a sampler, as JSON: the state of its random generator, and the epoch and offset of each source. */
export interface MixturePosition {
  readonly random: readonly number[];
  readonly sources: readonly { readonly epoch: number; readonly next: number }[];
}

/** Draws examples from several sources; see the top of this file. */
export class Mixture {
  private readonly random: Random;
  private readonly cursors: { epoch: number; next: number; order: Uint32Array }[];
  private readonly totalWeight: number;

  constructor(
    private readonly sources: readonly MixtureSource[],
    private readonly seed: number,
    position?: MixturePosition,
  ) {
    const unusable = sources.find(({ size, weight }) => !(size > 0) || !(weight > 0));
    if (sources.length === 0 || unusable !== undefined)
      throw new PolyclinicError("learn/mixture", "has a source without examples or without a sampling weight", {
        where: unusable?.name ?? "mixture",
        expected: "size > 0 and weight > 0",
        found: unusable === undefined ? "no source" : `size ${unusable.size}, weight ${unusable.weight}`,
      });
    this.totalWeight = sources.reduce((sum, { weight }) => sum + weight, 0);
    this.random = position === undefined ? new Random(seed) : Random.fromState(position.random);
    this.cursors = sources.map((source, i) => {
      const { epoch, next } = position?.sources[i] ?? { epoch: 0, next: 0 };
      return { epoch, next, order: this.orderOf(source.size, i, epoch) };
    });
  }

  get position(): MixturePosition {
    return {
      random: this.random.state,
      sources: this.cursors.map(({ epoch, next }) => ({ epoch, next })),
    };
  }

  next(): MixtureDraw {
    const source = this.draw();
    const cursor = this.cursors[source];
    if (cursor.next === cursor.order.length) {
      cursor.epoch++;
      cursor.next = 0;
      cursor.order = this.orderOf(cursor.order.length, source, cursor.epoch);
    }
    return { source, index: cursor.order[cursor.next++], epoch: cursor.epoch };
  }

  private draw(): number {
    let left = this.random.next() * this.totalWeight;
    for (let i = 0; i < this.sources.length - 1; i++) {
      left -= this.sources[i].weight;
      if (left < 0) return i;
    }
    return this.sources.length - 1;
  }

  /** A pure function of seed, source and epoch, so that a checkpoint stores only counters. */
  private orderOf(size: number, source: number, epoch: number): Uint32Array {
    const order = Array.from({ length: size }, (_, i) => i);
    return Uint32Array.from(new Random(seedOf(this.seed, source, epoch)).shuffle(order));
  }
}

/**
 * Hashes several numbers to one seed (FNV-1a over their bytes), for randomness that depends on a position and not on
 * the draws before it.
 */
export function seedOf(...parts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts)
    for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((part >>> shift) & 0xff), 0x01000193);
  return hash >>> 0;
}
