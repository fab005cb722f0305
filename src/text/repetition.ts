/**
 * Detects repetition in generated text: the output ends in one phrase repeated over and over. A small model, or a quantised one, falls into such a loop and leaves it
 * only when its tokens run out.
 */

/** Longest phrase that is looked for, in tokens. */
const longestPeriod = 48;
/** The repeated phrase has to fill at least this many tokens, and to come at least so often: a list may well say `normal` a few times. */
const leastTokens = 32;
const leastRepeats = 4;

/** Detects a model that keeps repeating a phrase. */
export class RepetitionGuard<Token> {
  private readonly tokens: Token[] = [];
  /** For each period, how many tokens at the end equal the one a period before. */
  private readonly runs = new Int32Array(longestPeriod + 1);

  /** @returns the length of the phrase that is being repeated, in tokens; undefined if nothing repeats. */
  push(token: Token): number | undefined {
    const { tokens, runs } = this;
    let found: number | undefined;
    for (let period = 1; period <= longestPeriod && period <= tokens.length; period++) {
      runs[period] = tokens[tokens.length - period] === token ? runs[period] + 1 : 0;
      const length = runs[period] + period;
      if (found === undefined && length >= Math.max(leastTokens, leastRepeats * period)) found = period;
    }
    tokens.push(token);
    return found;
  }
}

/** A loop is looked for in this many characters at the end of a text, and in this many words of them: several times the longest phrase's repeats. */
const searchedCharacters = 100_000;
const searchedWords = 4 * leastRepeats * longestPeriod;

/** Whether a whole text ends in a loop, counted in words. */
export function endsInRepetition(text: string): boolean {
  const guard = new RepetitionGuard<string>();
  let looping = false;
  const words = text.trimEnd().slice(-searchedCharacters).trim().split(/\s+/);
  for (const word of words.slice(-searchedWords)) looping = guard.push(word) !== undefined;
  return looping;
}
