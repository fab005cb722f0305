/** Where a run of tokens came before, and what followed it there. */

/** Tokens that have to be the same for what followed them to be taken; the longer match first. */
const matches = [3, 2] as const;

export class TokenIndex {
  private tokens: number[] = [];
  /** For each length of match, where the tokens after it began the last time. */
  private readonly followers = matches.map(() => new Map<number, number>());

  /** @param most tokens held; when there are more, it begins anew. */
  constructor(private readonly most = Infinity) {}

  push(id: number): void {
    if (this.tokens.length >= this.most) this.clear();
    const { tokens } = this;
    for (const [i, length] of matches.entries())
      if (tokens.length >= length) this.followers[i].set(keyOf(tokens, length), tokens.length);
    tokens.push(id);
  }

  /** What followed the end of these tokens the last time, in order; empty if they never came. */
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

/** A number for the last tokens. Different ones may share it: what is found is a guess. */
function keyOf(tokens: readonly number[], length: number): number {
  let key = 0;
  for (let i = tokens.length - length; i < tokens.length; i++) key = (Math.imul(key, 0x01000193) ^ tokens[i]) | 0;
  return key;
}

/** Answers of a model lately, as drafts of the next ones: reports repeat one another's sentences. Held in memory only. */
export class RecentAnswers {
  private readonly index: TokenIndex;

  constructor(most = 1 << 16) {
    this.index = new TokenIndex(most);
  }

  /** @param context the prompt and the answer; the answer has this many tokens. */
  add(context: readonly number[], answer: number): void {
    for (const id of context.slice(-answer - matches[0])) this.index.push(id);
  }

  after(tokens: readonly number[]): Generator<number> {
    return this.index.after(tokens);
  }
}
