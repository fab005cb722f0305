/** Finds earlier occurrences of a sequence of tokens, and what followed. */

/** Number of matching tokens required; the longer match is preferred. */
const matches = [3, 2] as const;

export class TokenIndex {
  private tokens: number[] = [];
  /** For each match length, the position after the most recent occurrence. */
  private readonly followers = matches.map(() => new Map<number, number>());

  /** @param most maximum number of tokens; beyond it the index is restarted. */
  constructor(private readonly most = Infinity) {}

  push(id: number): void {
    if (this.tokens.length >= this.most) this.clear();
    const { tokens } = this;
    for (const [i, length] of matches.entries())
      if (tokens.length >= length) this.followers[i].set(keyOf(tokens, length), tokens.length);
    tokens.push(id);
  }

  /** The tokens that followed the most recent occurrence of the last tokens, in order; empty if there is none. */
  *after(tokens: readonly number[]): Generator<number> {
    for (const [i, length] of matches.entries()) {
      if (tokens.length < length) continue;
      const start = this.followers[i].get(keyOf(tokens, length));
      if (start === undefined) continue;
      for (let at = start; at < this.tokens.length; at++) yield this.tokens[at];
      return;
    }
  }

  private clear(): void {
    this.tokens = [];
    for (const map of this.followers) map.clear();
  }
}

/** A hash of the last tokens. Collisions are acceptable, because the result is only a draft. */
function keyOf(tokens: readonly number[], length: number): number {
  let key = 0;
  for (let i = tokens.length - length; i < tokens.length; i++) key = (Math.imul(key, 0x01000193) ^ tokens[i]) | 0;
  return key;
}

/** A model's recent answers as a source of drafts: reports repeat each other's sentences. Kept in memory only. */
export class RecentAnswers {
  private readonly index: TokenIndex;

  constructor(most = 1 << 16) {
    this.index = new TokenIndex(most);
  }

  /** @param context the prompt and the answer. @param answer length of the answer, tokens. */
  add(context: readonly number[], answer: number): void {
    for (const id of context.slice(-answer - matches[0])) this.index.push(id);
  }

  after(tokens: readonly number[]): Generator<number> {
    return this.index.after(tokens);
  }
}
