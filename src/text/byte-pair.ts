/**
 * Byte-pair merging (Sennrich et al. 2016) of one long text in n log n: pieces in a linked list, candidate merges in a
 * heap by rank, then by position. Gemma's tokenizers do not split text into words first, so a whole record is one
 * sequence of a hundred thousand pieces.
 */

/** The fields of the `model` object of `tokenizer.json` that are used here. */
export interface BytePairModel {
  readonly merges: readonly (string | readonly [string, string])[];
  readonly unk_token?: string | null;
}

export class BytePair {
  private readonly merges: MergeTable;
  private readonly byteIds: readonly (number | undefined)[];
  private readonly unknown: number | undefined;

  /**
   * @param ids piece -> id.
   * @param pieces id -> piece.
   */
  constructor(
    { merges, unk_token: unknown }: BytePairModel,
    private readonly ids: ReadonlyMap<string, number>,
    private readonly pieces: readonly (string | undefined)[],
  ) {
    this.merges = new MergeTable(merges.length);
    for (const [rank, merge] of merges.entries()) {
      const at = typeof merge === "string" ? merge.indexOf(" ", 1) : 0;
      const left = ids.get(typeof merge === "string" ? merge.slice(0, at) : merge[0]);
      const right = ids.get(typeof merge === "string" ? merge.slice(at + 1) : merge[1]);
      if (left !== undefined && right !== undefined) this.merges.add(left, right, rank);
    }
    this.byteIds = Array.from({ length: 256 }, (_, byte) =>
      ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
    );
    this.unknown = unknown == null ? undefined : ids.get(unknown);
  }

  /** The ids of a text, merged as one sequence. */
  encode(text: string): number[] {
    const piece: number[] = this.characters(text);
    const count = piece.length;
    // The linked list: left and right neighbours; a merged piece becomes -1.
    const left = Int32Array.from({ length: count }, (_, i) => i - 1);
    const right = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
    const heap = new Heap();
    const propose = (at: number) => {
      const next = at < 0 ? -1 : right[at];
      if (next < 0) return;
      const found = this.merges.find(piece[at], piece[next]);
      if (found < 0) return;
      // Merges are looked up on first use: most of the half million never occur in a text.
      if (this.merges.merged[found] === notLookedUp) {
        this.merges.merged[found] = this.ids.get(`${this.pieces[piece[at]]}${this.pieces[piece[next]]}`) ?? -1;
      }
      const merged = this.merges.merged[found];
      if (merged >= 0) heap.push(this.merges.ranks[found], at, pair(piece[at], piece[next]), merged);
    };
    for (let i = 0; i < count; i++) propose(i);
    while (heap.pop()) {
      const { at, key, merged } = heap;
      const next = right[at];
      if (piece[at] < 0 || next < 0 || pair(piece[at], piece[next]) !== key) continue;
      piece[at] = merged;
      piece[next] = -1;
      right[at] = right[next];
      if (right[next] >= 0) left[right[next]] = at;
      propose(left[at]);
      propose(at);
    }
    return piece.filter((id) => id >= 0);
  }

  /** One piece per character, or one per byte if the vocabulary lacks the character. */
  private characters(text: string): number[] {
    const pieces: number[] = [];
    for (const character of text) {
      const id = this.ids.get(character);
      if (id !== undefined) {
        pieces.push(id);
        continue;
      }
      const bytes = [...encoder.encode(character)].map((byte) => this.byteIds[byte]);
      if (bytes.every((byte) => byte !== undefined)) pieces.push(...(bytes as number[]));
      else if (this.unknown !== undefined) pieces.push(this.unknown);
    }
    return pieces;
  }
}

/** One number for two ids; below 2^53 as long as there are fewer than 2^26 pieces. */
const pair = (left: number, right: number) => left * 2 ** 26 + right;
const encoder = new TextEncoder();

const notLookedUp = -2;

/** Ranks of pairs of ids in flat arrays (open addressing): a `Map` of half a million pairs takes seconds to fill. */
class MergeTable {
  readonly ranks: Int32Array;
  /** The id a pair becomes, -1 for none, or `unasked`. */
  readonly merged: Int32Array;
  private readonly lefts: Int32Array;
  private readonly rights: Int32Array;
  private readonly mask: number;

  constructor(count: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * count + 2));
    this.mask = slots - 1;
    this.lefts = new Int32Array(slots).fill(-1);
    this.rights = new Int32Array(slots);
    this.ranks = new Int32Array(slots);
    this.merged = new Int32Array(slots).fill(notLookedUp);
  }

  /** Adds a pair; of equal pairs the first counts. */
  add(left: number, right: number, rank: number): void {
    const slot = this.slot(left, right);
    if (this.lefts[slot] >= 0) return;
    this.lefts[slot] = left;
    this.rights[slot] = right;
    this.ranks[slot] = rank;
  }

  /** Index of a pair in `ranks` and `merged`, or -1. */
  find(left: number, right: number): number {
    const slot = this.slot(left, right);
    return this.lefts[slot] < 0 ? -1 : slot;
  }

  /** The slot of a pair, or the empty slot where it would go. */
  private slot(left: number, right: number): number {
    const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    while (this.lefts[slot] >= 0 && (this.lefts[slot] !== left || this.rights[slot] !== right))
      slot = (slot + 1) & this.mask;
    return slot;
  }
}

/** Candidate merges: lowest rank first, leftmost first for equal ranks. */
class Heap {
  /** Position of the candidate that `pop` returned. */
  at = 0;
  key = 0;
  merged = 0;
  private readonly ranks: number[] = [];
  private readonly places: number[] = [];
  private readonly keys: number[] = [];
  private readonly results: number[] = [];

  push(rank: number, at: number, key: number, merged: number): void {
    let i = this.ranks.length;
    this.set(i, rank, at, key, merged);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.before(parent, i)) break;
      this.swap(i, parent);
      i = parent;
    }
  }

  pop(): boolean {
    const last = this.ranks.length - 1;
    if (last < 0) return false;
    [this.at, this.key, this.merged] = [this.places[0], this.keys[0], this.results[0]];
    this.swap(0, last);
    for (const list of [this.ranks, this.places, this.keys, this.results]) list.pop();
    for (let i = 0; ; ) {
      const child = 2 * i + 1;
      if (child >= last) return true;
      const smaller = child + 1 < last && this.before(child + 1, child) ? child + 1 : child;
      if (this.before(i, smaller)) return true;
      this.swap(i, smaller);
      i = smaller;
    }
  }

  private before(a: number, b: number): boolean {
    return this.ranks[a] < this.ranks[b] || (this.ranks[a] === this.ranks[b] && this.places[a] < this.places[b]);
  }

  private set(i: number, rank: number, at: number, key: number, merged: number): void {
    this.ranks[i] = rank;
    this.places[i] = at;
    this.keys[i] = key;
    this.results[i] = merged;
  }

  private swap(a: number, b: number): void {
    const { ranks, places, keys, results } = this;
    const [rank, at, key, merged] = [ranks[a], places[a], keys[a], results[a]];
    this.set(a, ranks[b], places[b], keys[b], results[b]);
    this.set(b, rank, at, key, merged);
  }
}
