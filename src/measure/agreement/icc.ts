/** Intraclass correlations of ratings on a scale (Shrout and Fleiss 1979; McGraw and Wong 1996). */
import { invalidInput, requireCases, requireFinite, requireLevel, undefinedMeasure } from "../input.ts";
import { fQuantile, fUpper } from "../special/index.ts";
import { mean } from "../summary.ts";

/**
 * `icc1`: each item has its own raters. `icc2`: the raters are a sample, absolute agreement. `icc3`: these raters only, consistency. With `k`: of the mean of
 * the k raters instead of a single one.
 */
export type IccForm = "icc1" | "icc2" | "icc3" | "icc1k" | "icc2k" | "icc3k";

/** An intraclass correlation with its confidence interval and F test (Shrout and Fleiss 1979; McGraw and Wong 1996). */
export interface Icc {
  /** Up to 1; negative when raters disagree more than items differ. */
  readonly value: number;
  /** Lower and upper bound of the interval at the requested level. */
  readonly low: number;
  readonly high: number;
  /** F statistic of the test of ICC = 0. */
  readonly f: number;
  /** Of the numerator and of the denominator of F. */
  readonly degreesOfFreedom: readonly [number, number];
  /** One-sided p-value of the F test. */
  readonly p: number;
}

/**
 * An intraclass correlation with its interval (McGraw and Wong 1996, table 7).
 *
 * @param ratings `[item][rater]`, complete.
 */
export function intraclassCorrelation(ratings: readonly (readonly number[])[], form: IccForm, level = 0.95): Icc {
  requireLevel("ICC", level);
  requireCases("ICC", ratings, 2);
  const n = ratings.length;
  const k = ratings[0].length;
  if (k < 2) throw undefinedMeasure("ICC", "there are fewer than two raters");
  for (const [i, row] of ratings.entries()) {
    requireFinite("ICC", row);
    if (row.length !== k)
      throw invalidInput("ICC", `item ${i} has a different number of ratings`, String(k), String(row.length));
  }
  const grand = mean(ratings.flat());
  const items = ratings.map(mean);
  const raters = ratings[0].map((_, j) => mean(ratings.map((row) => row[j])));
  const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + (value - grand) ** 2, 0);
  const betweenItems = k * squares(items);
  const betweenRaters = n * squares(raters);
  const total = squares(ratings.flat());
  const itemSquare = betweenItems / (n - 1);
  const raterSquare = betweenRaters / (k - 1);
  const withinSquare = (total - betweenItems) / (n * (k - 1));
  const errorDf = (n - 1) * (k - 1);
  // Residuals are summed individually: a difference of sums would leave rounding errors when raters agree exactly.
  let residual = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < k; j++) residual += (ratings[i][j] - items[i] - raters[j] + grand) ** 2;
  const errorSquare = residual / errorDf;
  if (itemSquare === 0) throw undefinedMeasure("ICC", "all items have the same mean rating");
  const single = form.startsWith("icc1") ? withinSquare : errorSquare;
  if (single <= 1e-14 * itemSquare || (form.startsWith("icc2") && errorSquare <= 1e-14 * itemSquare))
    throw undefinedMeasure("ICC", "the raters agree exactly, so the error variance is 0");
  const f = itemSquare / single;
  const df: [number, number] = [n - 1, form.startsWith("icc1") ? n * (k - 1) : errorDf];
  const tail = (1 - level) / 2;
  const p = fUpper(f, ...df);
  // Spearman-Brown: from one rater to the mean of k.
  const averaged = (value: number) => (k * value) / (1 + (k - 1) * value);
  const average = form.endsWith("k");
  if (form.startsWith("icc2")) {
    const value =
      (itemSquare - errorSquare) / (itemSquare + (k - 1) * errorSquare + (k * (raterSquare - errorSquare)) / n);
    const ratio = raterSquare / errorSquare;
    const v =
      (errorDf * (k * value * ratio + n * (1 + (k - 1) * value) - k * value) ** 2) /
      ((n - 1) * k ** 2 * value ** 2 * ratio ** 2 + (n * (1 + (k - 1) * value) - k * value) ** 2);
    const fLow = fQuantile(1 - tail, n - 1, v);
    const fHigh = fQuantile(1 - tail, v, n - 1);
    const spread = k * raterSquare + (n * k - k - n) * errorSquare;
    const low = (n * (itemSquare - fLow * errorSquare)) / (fLow * spread + n * itemSquare);
    const high = (n * (fHigh * itemSquare - errorSquare)) / (spread + n * fHigh * itemSquare);
    return average
      ? {
          value: (itemSquare - errorSquare) / (itemSquare + (raterSquare - errorSquare) / n),
          low: averaged(low),
          high: averaged(high),
          f,
          degreesOfFreedom: df,
          p,
        }
      : { value, low, high, f, degreesOfFreedom: df, p };
  }
  const fLow = f / fQuantile(1 - tail, df[0], df[1]);
  const fHigh = f * fQuantile(1 - tail, df[1], df[0]);
  const of = (ratio: number) => (average ? 1 - 1 / ratio : (ratio - 1) / (ratio + k - 1));
  return { value: of(f), low: of(fLow), high: of(fHigh), f, degreesOfFreedom: df, p };
}
