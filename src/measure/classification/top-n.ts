/** Ranked answers: differential diagnoses, retrieved passages, class scores. */
import { invalidInput, requireCases, requireCount, requireSameLength } from "../input.ts";

/**
 * Top-n accuracy, 0 to 1: share of cases with a match among the first n items.
 *
 * @param firstMatch the place, from 1, of the first item judged a match; `undefined` where none is. Who judges is part of the metric's name.
 */
export function topNAccuracy(firstMatch: readonly (number | undefined)[], n: number): number {
  requireCases("top-n accuracy", firstMatch);
  requireCount("top-n accuracy", "n", n, 1);
  let hits = 0;
  for (const place of firstMatch) {
    if (place === undefined) continue;
    requireCount("top-n accuracy", "a place", place, 1);
    if (place <= n) hits++;
  }
  return hits / firstMatch.length;
}

/** Top-n accuracy for n = 1 to `most`. */
export const topNCurve = (firstMatch: readonly (number | undefined)[], most: number): number[] =>
  Array.from({ length: most }, (_, i) => topNAccuracy(firstMatch, i + 1));

/** Mean of 1 / place of the first match, 0 without one; 0 to 1. */
export function meanReciprocalRank(firstMatch: readonly (number | undefined)[]): number {
  requireCases("mean reciprocal rank", firstMatch);
  return firstMatch.reduce<number>((sum, place) => sum + (place === undefined ? 0 : 1 / place), 0) / firstMatch.length;
}

/**
 * Share of cases whose true class is among the k highest scores, 0 to 1. A class with the same score as the true one counts as above it, so a
 * constant score earns nothing. scikit-learn `top_k_accuracy_score` on scores without ties.
 *
 * @param scores `[case][class]`.
 */
export function topKAccuracy(scores: readonly (readonly number[])[], truth: readonly number[], k: number): number {
  requireSameLength("top-k accuracy", scores, truth);
  return topNAccuracy(
    scores.map((row, i) => {
      const own = row[truth[i]];
      if (own === undefined)
        throw invalidInput(
          "top-k accuracy",
          `case ${i} has no score for its class`,
          `class ${truth[i]}`,
          `${row.length} scores`,
        );
      return 1 + row.filter((score, other) => other !== truth[i] && score >= own).length;
    }),
    k,
  );
}
