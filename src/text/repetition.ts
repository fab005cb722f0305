/**
 * Detects repetition in generated text: the output ends in one phrase repeated over and over. Small or quantised models
 * can fall into such a loop and leave it only when the token limit is reached.
 */

/** Maximum length of a detected phrase, tokens. */
const maxPeriod = 48;
/**
 * The repeated phrase must fill at least this many tokens and occur at least this often: a list may legitimately repeat
 * `normal` a few times.
 */
const minTokens = 32;
const minRepeats = 4;

/** Detects a model that keeps repeating a phrase. */
export class RepetitionGuard<Token> {
  private readonly tokens: Token[] = [];
  /** For each period, the number of tokens at the end that equal the token one period before. */
  private readonly runs = new Int32Array(maxPeriod + 1);

  /** @returns the length of the repeated phrase in tokens; undefined if nothing repeats. */
  push(token: Token): number | undefined {
    const { tokens, runs } = this;
    let found: number | undefined;
    for (let period = 1; period <= maxPeriod && period <= tokens.length; period++) {
      runs[period] = tokens[tokens.length - period] === token ? runs[period] + 1 : 0;
      const length = runs[period] + period;
      if (found === undefined && length >= Math.max(minTokens, minRepeats * period)) found = period;
    }
    tokens.push(token);
    return found;
  }
}

/**
 * Only this many characters and words at the end of a text are examined: several times the repetitions of the longest
 * phrase.
 */
const searchedCharacters = 100_000;
const searchedWords = 4 * minRepeats * maxPeriod;

/** Whether a complete text ends in a loop, by words. */
export function endsInRepetition(text: string): boolean {
  const guard = new RepetitionGuard<string>();
  let looping = false;
  const words = text.trimEnd().slice(-searchedCharacters).trim().split(/\s+/);
  for (const word of words.slice(-searchedWords)) looping = guard.push(word) !== undefined;
  return looping;
}
