/** Chance-corrected agreement on categories: Cohen, Fleiss, Randolph. */
import { confusionMatrix, type Label } from "../classification/confusion.ts";
import { invalidInput, requireCases, requireCount, undefinedMeasure } from "../input.ts";

/** Options of `cohenKappa`. Default: unweighted. */
export interface CohenOptions<L extends Label> {
  /** `linear`, `quadratic`: disagreement grows with the distance of the categories in `labels` (or its square); for ordered categories only. */
  readonly weights?: "none" | "linear" | "quadratic";
  /** The categories in order; needed for weights. By default all that occur, sorted. */
  readonly labels?: readonly L[];
}

/** Cohen's kappa of two raters (1960; weighted 1968), -1 to 1. Undefined when both raters gave every item the same category. */
export function cohenKappa<L extends Label>(
  first: readonly L[],
  second: readonly L[],
  { weights = "none", labels }: CohenOptions<L> = {},
): number {
  requireCases("Cohen kappa", first);
  if (weights !== "none" && labels === undefined)
    throw invalidInput(
      "Cohen kappa",
      `${weights} weights need ordered categories`,
      "the option labels, in order",
      "no labels",
    );
  const { counts, n } = confusionMatrix(first, second, labels);
  const rows = counts.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = counts.map((_, i) => counts.reduce((sum, row) => sum + row[i], 0));
  let observed = 0;
  let expected = 0;
  for (let i = 0; i < counts.length; i++)
    for (let j = 0; j < counts.length; j++) {
      const weight = weights === "none" ? Number(i !== j) : weights === "linear" ? Math.abs(i - j) : (i - j) ** 2;
      observed += weight * counts[i][j];
      expected += (weight * rows[i] * columns[j]) / n;
    }
  if (expected === 0) throw undefinedMeasure("Cohen kappa", "both raters gave every item the same category");
  return 1 - observed / expected;
}

/**
 * Kappa of any number of raters from counts `[item][category]`, the same number of ratings (at least two) for every item, up to 1.
 *
 * `fleiss` (1971): chance is the categories' shares in the data. `randolph` (2005): free-marginal, (Po - 1/k) / (1 - 1/k) with k all categories that
 * could be given, which Med-PaLM 2 reports because shares near 0 or 1 make Fleiss' kappa low at high agreement.
 */
export function multiRaterKappa(counts: readonly (readonly number[])[], variant: "fleiss" | "randolph"): number {
  const name = variant === "fleiss" ? "Fleiss kappa" : "Randolph kappa";
  requireCases(name, counts);
  const categories = counts[0].length;
  const raters = counts[0].reduce((a, b) => a + b, 0);
  if (raters < 2) throw undefinedMeasure(name, "items have fewer than two ratings");
  const totals = new Float64Array(categories);
  let agreement = 0;
  for (const [i, row] of counts.entries()) {
    let sum = 0;
    let pairs = 0;
    for (const [k, count] of row.entries()) {
      requireCount(name, `a rating count of item ${i}`, count);
      sum += count;
      pairs += count * (count - 1);
      totals[k] += count;
    }
    if (row.length !== categories || sum !== raters)
      throw invalidInput(
        name,
        `item ${i} has a different number of categories or ratings`,
        `${categories} categories, ${raters} ratings`,
        `${row.length} categories, ${sum} ratings`,
      );
    agreement += pairs / (raters * (raters - 1));
  }
  agreement /= counts.length;
  const all = counts.length * raters;
  const chance = variant === "randolph" ? 1 / categories : totals.reduce((sum, total) => sum + (total / all) ** 2, 0);
  if (chance === 1)
    throw undefinedMeasure(
      name,
      variant === "fleiss" ? "all ratings are in one category" : "there is only one category",
    );
  return (agreement - chance) / (1 - chance);
}

/** Counts `[item][category]` for `multiRaterKappa` from ratings `[item][rater]`. */
export function ratingCounts<L extends Label>(
  ratings: readonly (readonly L[])[],
  categories: readonly L[],
): number[][] {
  const place = new Map(categories.map((category, i) => [category, i]));
  return ratings.map((row, item) => {
    const counts = categories.map(() => 0);
    for (const rating of row) {
      const at = place.get(rating);
      if (at === undefined)
        throw invalidInput(
          "rating counts",
          `item ${item} has a rating outside the categories`,
          categories.join(", "),
          String(rating),
        );
      counts[at]++;
    }
    return counts;
  });
}
