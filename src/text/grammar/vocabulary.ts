/**
 * A tokenizer's vocabulary as a byte trie, stored flat in depth-first order, so that a grammar can be run over it in
 * one loop.
 */
import type { Tokenizer } from "../tokenizer.ts";

/** The trie of a vocabulary; see the top of this file. */
export class Vocabulary {
  /**
   * Per node, in depth-first order: its byte, its depth, the index after its subtree, and its first token in `tokens`.
   * Node 0 is the root, at depth 0, without a byte.
   */
  readonly byte: Uint8Array;
  readonly depth: Uint16Array;
  readonly skip: Uint32Array;
  readonly firstToken: Uint32Array;
  readonly tokens: Uint32Array;
  private readonly bytesOf: readonly (Uint8Array | undefined)[];

  /** @param pieces the bytes of each id; undefined for ids that never occur in an answer's text. */
  constructor(pieces: readonly (Uint8Array | undefined)[]) {
    this.bytesOf = pieces;
    const entries = pieces.flatMap((bytes, id) =>
      bytes === undefined || bytes.length === 0 ? [] : [{ key: String.fromCharCode(...bytes), id }],
    );
    entries.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id - b.id));
    const [byte, depth, skip, firstToken]: number[][] = [[0], [0], [0], [0]];
    const open: number[] = [];
    let previous = "";
    for (const [order, { key }] of entries.entries()) {
      let shared = 0;
      while (shared < previous.length && shared < key.length && previous[shared] === key[shared]) shared++;
      while (open.length > shared) skip[open.pop()!] = byte.length;
      for (let i = shared; i < key.length; i++) {
        open.push(byte.length);
        byte.push(key.charCodeAt(i));
        depth.push(i + 1);
        firstToken.push(order);
      }
      previous = key;
    }
    for (const node of [0, ...open]) skip[node] = byte.length;
    this.byte = Uint8Array.from(byte);
    this.depth = Uint16Array.from(depth);
    this.skip = Uint32Array.from(skip);
    // The entry that created a node is the first with its prefix. If it is longer, it also created the next node and
    // this one has no token; otherwise it and its equals end here. In both cases a node's tokens end where the next
    // node's begin.
    this.firstToken = Uint32Array.from([...firstToken, entries.length]);
    this.tokens = Uint32Array.from(entries, ({ id }) => id);
  }

  static of(tokenizer: Tokenizer): Vocabulary {
    const encoder = new TextEncoder();
    const pieces = Array.from({ length: tokenizer.size }, (_, id) => {
      if (tokenizer.isControl(id) || tokenizer.piece(id) === undefined) return undefined;
      const piece = tokenizer.decodablePiece(id);
      return typeof piece === "number" ? Uint8Array.of(piece) : encoder.encode(piece);
    });
    return new Vocabulary(pieces);
  }

  /** One more than the largest id. */
  get size(): number {
    return this.bytesOf.length;
  }

  bytes(id: number): Uint8Array | undefined {
    return this.bytesOf[id];
  }
}
