/**
 * Few-shot examples: the training entries most similar to the query, by Tanimoto similarity of Morgan fingerprints for molecules and by identity
 * after alignment for sequences (Tx-LLM aligned with Clustal Omega; here a global pairwise alignment). Also measures how far a query is from the
 * training set.
 */

import { Random } from "../../base/random.ts";
import type { Fingerprint } from "../../molecules/index.ts";
import { nearest, type SimilarityHit } from "../../molecules/index.ts";

/** Below this similarity to everything it was trained on, a model extrapolates (BBBP's mean nearest similarity on a scaffold split is about .5). */
export const familiarSimilarity = 0.3;

/**
 * @param library entries of the training part; for queries from the test part, of training and validation.
 * @param exclude entries that must not be shown, such as the query itself.
 * @returns most similar first.
 */
export function nearestShots(
  query: Fingerprint,
  library: readonly Fingerprint[],
  count: number,
  exclude: ReadonlySet<number> = new Set(),
): SimilarityHit[] {
  return nearest(query, library, count + exclude.size)
    .filter((hit) => !exclude.has(hit.index))
    .slice(0, count);
}

/** As `nearestShots`, for amino acids or nucleotides. */
export function nearestSequences(
  query: string,
  library: readonly string[],
  count: number,
  exclude: ReadonlySet<number> = new Set(),
): SimilarityHit[] {
  return library
    .flatMap((sequence, index) =>
      exclude.has(index) ? [] : [{ index, similarity: sequenceIdentity(query, sequence) }],
    )
    .sort((x, y) => y.similarity - x.similarity || x.index - y.index)
    .slice(0, count);
}

/** Distinct entries drawn at random, as in training. */
export function randomShots(
  size: number,
  count: number,
  seed: number,
  exclude: ReadonlySet<number> = new Set(),
): number[] {
  const all = Array.from({ length: size }, (_, i) => i).filter((i) => !exclude.has(i));
  return new Random(seed).shuffle(all).slice(0, count);
}

/**
 * Equal letters over columns of the best global alignment (Needleman and Wunsch 1970; match 1, mismatch -1, gap -1), 0 to 1; 1 for two empty ones.
 * Among alignments with the best score, the one with most matches counts. Case-insensitive. Time is proportional to the product of the lengths.
 */
export function sequenceIdentity(first: string, second: string): number {
  const [a, b] = [first.toUpperCase(), second.toUpperCase()];
  if (a.length === 0 && b.length === 0) return 1;
  // Each cell: best sum, equal letters, columns.
  let row = Array.from({ length: b.length + 1 }, (_, j): [number, number, number] => [-j, 0, j]);
  for (let i = 1; i <= a.length; i++) {
    const next: [number, number, number][] = [[-i, 0, i]];
    for (let j = 1; j <= b.length; j++) {
      const equal = a[i - 1] === b[j - 1] ? 1 : 0;
      let best = step(row[j - 1], equal === 1 ? 1 : -1, equal);
      for (const other of [step(row[j], -1, 0), step(next[j - 1], -1, 0)])
        if (other[0] > best[0] || (other[0] === best[0] && other[1] > best[1])) best = other;
      next.push(best);
    }
    row = next;
  }
  const [, equal, columns] = row[b.length];
  return equal / columns;
}

function step(
  [sum, equal, columns]: readonly [number, number, number],
  score: number,
  match: number,
): [number, number, number] {
  return [sum + score, equal + match, columns + 1];
}

/** Times as many atoms as the most similar training molecules from which size is said. */
const muchLarger = 2;

/**
 * A caution if a molecule is much larger than the training molecules it resembles. A fingerprint of bits says which
 * environments occur, not how often: a chain of 5,000 carbons equals heptane.
 *
 * @param near of the most similar training molecules, atoms without hydrogen.
 */
export function sizeCaution(atoms: number, near: readonly number[], task?: string): string | undefined {
  const largest = Math.max(0, ...near);
  if (near.length === 0 || atoms <= muchLarger * largest) return undefined;
  return `The molecule has ${atoms} atoms without hydrogen, the most similar training molecules${task === undefined ? "" : ` of ${task}`} at most ${largest}: similarity does not see size, and the prediction is an extrapolation.`;
}

/**
 * A caution if no training entry is similar to the query; undefined otherwise.
 *
 * @param task whose training molecules were compared: the same molecule may be near those of another task.
 */
export function domainCaution(hits: readonly SimilarityHit[], task?: string): string | undefined {
  const best = hits[0]?.similarity ?? 0;
  if (best >= familiarSimilarity) return undefined;
  return `No training molecule${task === undefined ? "" : ` of ${task}`} is close to this one (nearest Tanimoto similarity ${best.toFixed(2)}, below ${familiarSimilarity}): the prediction is an extrapolation.`;
}
