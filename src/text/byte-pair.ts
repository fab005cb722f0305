/**
 * Byte-pair merging (Sennrich et al. 2016) of one long text in n log n: pieces in a linked list, candidate merges in a heap by rank, then by
 * place. The family's tokenizers do not split text into words first, so a whole record is one sequence of a hundred thousand pieces.
 */

/** What `tokenizer.json` calls its model. */
export interface BytePairModel {
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly (string | readonly [string, string])[];
  readonly unk_token?: string | null;
}

export class BytePair {
  private readonly ids: Map<string, number>;
  /** left id * 2^21 + right id -> rank * 2^21 + merged id; below 2^53 as long as there are fewer than 2^21 pieces and merges. */
  private readonly merges = new Map<number, number>();
  private readonly byteIds: readonly (number | undefined)[];
  private readonly unknown: number | undefined;

  constructor({ vocab, merges, unk_token: unknown }: BytePairModel) {
    this.ids = new Map(Object.entries(vocab));
    for (const [rank, merge] of merges.entries()) {
      const at = typeof merge === "string" ? merge.indexOf(" ", 1) : 0;
      const [left, right] = typeof merge === "string" ? [merge.slice(0, at), merge.slice(at + 1)] : merge;
      const merged = this.ids.get(left + right);
      const key = pair(this.ids.get(left)!, this.ids.get(right)!);
      if (merged !== undefined && !this.merges.has(key)) this.merges.set(key, rank * span + merged);
    }
    this.byteIds = Array.from({ length: 256 }, (_, byte) =>
      this.ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
    );
    this.unknown = unknown == null ? undefined : this.ids.get(unknown);
  }

  /** The ids of a text, merged as one sequence. */
  encode(text: string): number[] {
    const piece: number[] = this.characters(text);
    const count = piece.length;
    // The list: left and right neighbours; a merged-away piece becomes -1.
    const left = Int32Array.from({ length: count }, (_, i) => i - 1);
    const right = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
    const heap = new Heap();
    const propose = (at: number) => {
      const next = at < 0 ? -1 : right[at];
      if (next < 0) return;
      const found = this.merges.get(pair(piece[at], piece[next]));
      if (found !== undefined) heap.push(Math.floor(found / span), at, pair(piece[at], piece[next]), found % span);
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

  /** One piece a character, or a piece a byte where the vocabulary lacks the character. */
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

const span = 2 ** 21;
const pair = (left: number, right: number) => left * span + right;
const encoder = new TextEncoder();

/** Candidate merges, the lowest rank first and of equal ranks the leftmost. */
class Heap {
  /** The candidate that `pop` took. */
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
