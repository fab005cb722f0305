/** Finds special tokens spelled in a text, the longest one at each position. */

interface Node {
  readonly next: Map<string, Node>;
  id?: number;
}

/** The text before a token, and the token; the last one has only text. */
export interface Split {
  readonly before: string;
  readonly spelling: string;
  readonly id: number | undefined;
}

export class TokenTrie {
  private readonly root: Node = { next: new Map() };

  constructor(tokens: Iterable<readonly [spelling: string, id: number]>) {
    for (const [spelling, id] of tokens) {
      let node = this.root;
      for (const unit of spelling.split("")) {
        let next = node.next.get(unit);
        if (next === undefined) {
          next = { next: new Map() };
          node.next.set(unit, next);
        }
        node = next;
      }
      node.id = id;
    }
  }

  *split(text: string): Generator<Split> {
    let start = 0;
    for (let at = 0; at < text.length; ) {
      const length = this.longest(text, at);
      if (length === 0) {
        at++;
        continue;
      }
      const spelling = text.slice(at, at + length);
      yield { before: text.slice(start, at), spelling, id: this.find(spelling) };
      at += length;
      start = at;
    }
    yield { before: text.slice(start), spelling: "", id: undefined };
  }

  /** Length of the longest token at a position; 0 if no token matches. */
  private longest(text: string, at: number): number {
    let found = 0;
    let node = this.root.next.get(text[at]);
    for (let length = 1; node !== undefined; length++) {
      if (node.id !== undefined) found = length;
      node = node.next.get(text[at + length]);
    }
    return found;
  }

  private find(spelling: string): number | undefined {
    let node: Node | undefined = this.root;
    for (const unit of spelling.split("")) node = node?.next.get(unit);
    return node?.id;
  }
}
