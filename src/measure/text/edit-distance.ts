/** Levenshtein distance, and the error rates of transcription built on it. */
import { requireSameLength, undefinedMeasure } from "../input.ts";
import { words } from "./tokens.ts";

/** The least number of insertions, deletions and substitutions (Levenshtein 1966) between two lists; for text, give its code points. */
export function editDistance(a: readonly unknown[], b: readonly unknown[]): number {
  const row = Int32Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0];
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j];
      row[j] = Math.min(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] === b[j - 1] ? 0 : 1));
      diagonal = above;
    }
  }
  return row[b.length];
}

/**
 * Errors over reference units, summed over items (not a mean of rates), 0 up, above 1 when much is inserted. `words`: word error rate; `characters`:
 * character error rate by code point. Texts are compared as given.
 */
export function errorRate(
  predicted: readonly string[],
  references: readonly string[],
  unit: "words" | "characters",
): number {
  requireSameLength("error rate", predicted, references);
  const split = (text: string) => (unit === "words" ? words(text) : [...text]);
  let errors = 0;
  let units = 0;
  for (let i = 0; i < references.length; i++) {
    const referenceUnits = split(references[i]);
    errors += editDistance(split(predicted[i]), referenceUnits);
    units += referenceUnits.length;
  }
  if (units === 0) throw undefinedMeasure("error rate", "the references are empty");
  return errors / units;
}
