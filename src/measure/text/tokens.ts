/** Splitting and counting of words, shared by the text metrics. */

/** White space as Python's `str.split()` sees it, which the reference implementations use. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the four separators of ASCII are white space in Python
const space = /[\s\x1c-\x1f\x85]+/u;

/** Words between white space; none for an empty text. */
export const words = (text: string): string[] => text.split(space).filter((word) => word !== "");

/** How often each run of n tokens occurs; runs are joined with a space. */
export function countRuns(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    let run = tokens[i];
    for (let j = 1; j < n; j++) run += ` ${tokens[i + j]}`;
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
}

/** Sum over keys of the smaller count. */
export function sharedCount(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [key, count] of a) sum += Math.min(count, b.get(key) ?? 0);
  return sum;
}

/** Length of the longest common subsequence, in time |a| |b|. */
export function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  const ids = new Map<string, number>();
  const numbered = (tokens: readonly string[]) =>
    Int32Array.from(tokens, (token) => {
      const known = ids.get(token);
      if (known !== undefined) return known;
      ids.set(token, ids.size);
      return ids.size - 1;
    });
  const left = numbered(a);
  const right = numbered(b);
  const row = new Int32Array(right.length + 1);
  for (let i = 0; i < left.length; i++) {
    let diagonal = 0;
    for (let j = 1; j <= right.length; j++) {
      const above = row[j];
      if (left[i] === right[j - 1]) row[j] = diagonal + 1;
      else if (row[j - 1] > above) row[j] = row[j - 1];
      diagonal = above;
    }
  }
  return row[right.length];
}

/** Precision, recall and F, each 0 to 1. */
export interface PrecisionRecallF {
  readonly precision: number;
  readonly recall: number;
  readonly f: number;
}

/** Precision, recall and their harmonic mean from a count of matches; 0 where nothing matches. */
export function harmonic(matches: number, candidate: number, reference: number): PrecisionRecallF {
  const precision = candidate === 0 ? 0 : matches / candidate;
  const recall = reference === 0 ? 0 : matches / reference;
  return { precision, recall, f: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0 };
}
