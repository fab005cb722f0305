import { PolyclinicError } from "../../base/errors.ts";
import { type Fingerprint, populationCount } from "./morgan.ts";

/**
 * Tanimoto similarity: common bits over all set bits, 0 to 1; 1 for two empty fingerprints.
 *
 * @throws PolyclinicError `molecules/fingerprint` when they have different sizes.
 */
export function tanimoto(a: Fingerprint, b: Fingerprint): number {
  if (a.bits !== b.bits)
    throw new PolyclinicError("molecules/fingerprint", "fingerprints of different sizes cannot be compared", {
      expected: `${a.bits} bits`,
      found: `${b.bits} bits`,
    });
  let common = 0;
  for (let i = 0; i < a.words.length; i++) common += populationCount(a.words[i] & b.words[i]);
  const all = a.count + b.count - common;
  return all === 0 ? 1 : common / all;
}

/** A search result: index into the searched list and Tanimoto similarity, 0 to 1. */
export interface SimilarityHit {
  index: number;
  similarity: number;
}

/** The `count` most similar entries, most similar first; ties in the given order. */
export function nearest(query: Fingerprint, library: readonly Fingerprint[], count: number): SimilarityHit[] {
  return library
    .map((fingerprint, index) => ({ index, similarity: tanimoto(query, fingerprint) }))
    .sort((x, y) => y.similarity - x.similarity || x.index - y.index)
    .slice(0, count);
}
