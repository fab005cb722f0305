/** Krippendorff's alpha: any number of raters, missing ratings, four levels of measurement. */
import { invalidInput, undefinedMeasure } from "../input.ts";

/** The distance of two values: nominal (equal or not), ordinal (ranks between them), interval (their difference), ratio (their relative difference). */
export type Level = "nominal" | "ordinal" | "interval" | "ratio";

/**
 * Krippendorff's alpha (2011, "Computing Krippendorff's alpha-reliability"), up to 1: 1 - observed / expected disagreement over the coincidences of
 * values within items. Items with fewer than two ratings do not count. Undefined when no item has two, or when all values are equal.
 *
 * @param ratings `[rater][item]`, `undefined` where a rater did not rate. Categories are numbers (their codes); for `ordinal` their order counts.
 */
export function krippendorffAlpha(ratings: readonly (readonly (number | undefined)[])[], level: Level): number {
  const items = Math.max(0, ...ratings.map((row) => row.length));
  const units: number[][] = [];
  for (let item = 0; item < items; item++) {
    const values = ratings.map((row) => row[item]).filter((value) => value !== undefined);
    for (const value of values)
      if (!Number.isFinite(value) || (level === "ratio" && value < 0))
        throw invalidInput(
          "Krippendorff alpha",
          `item ${item} has an invalid rating`,
          level === "ratio" ? "numbers of at least 0" : "numbers",
          String(value),
        );
    if (values.length >= 2) units.push(values);
  }
  if (units.length === 0) throw undefinedMeasure("Krippendorff alpha", "no item has at least two ratings");
  const values = [...new Set(units.flat())].sort((a, b) => a - b);
  const place = new Map(values.map((value, i) => [value, i]));
  const coincidences = values.map(() => new Float64Array(values.length));
  for (const unit of units) {
    const counts = new Map<number, number>();
    for (const value of unit) counts.set(place.get(value)!, (counts.get(place.get(value)!) ?? 0) + 1);
    for (const [a, countA] of counts)
      for (const [b, countB] of counts)
        coincidences[a][b] += (countA * (countB - (a === b ? 1 : 0))) / (unit.length - 1);
  }
  const margins = coincidences.map((row) => row.reduce((a, b) => a + b, 0));
  const n = margins.reduce((a, b) => a + b, 0);
  const distance = squaredDistance(level, values, margins);
  let observed = 0;
  let expected = 0;
  for (let a = 0; a < values.length; a++)
    for (let b = 0; b < values.length; b++) {
      const d = distance(a, b);
      observed += coincidences[a][b] * d;
      expected += (margins[a] * margins[b] * d) / (n - 1);
    }
  if (expected === 0) throw undefinedMeasure("Krippendorff alpha", "all ratings are equal");
  return 1 - observed / expected;
}

function squaredDistance(
  level: Level,
  values: readonly number[],
  margins: readonly number[],
): (a: number, b: number) => number {
  switch (level) {
    case "nominal":
      return (a, b) => Number(a !== b);
    case "interval":
      return (a, b) => (values[a] - values[b]) ** 2;
    case "ratio":
      return (a, b) => (a === b ? 0 : ((values[a] - values[b]) / (values[a] + values[b])) ** 2);
    case "ordinal": {
      const upTo = [0];
      for (const margin of margins) upTo.push(upTo[upTo.length - 1] + margin);
      return (a, b) => {
        const low = Math.min(a, b);
        const high = Math.max(a, b);
        return (upTo[high + 1] - upTo[low] - (margins[a] + margins[b]) / 2) ** 2;
      };
    }
  }
}
