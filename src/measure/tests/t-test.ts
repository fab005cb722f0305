/** Student's t tests (1908), paired and unpaired. */
import { requireFinite, requireSameLength, undefinedMeasure } from "../input.ts";
import { tUpper } from "../special/index.ts";
import { mean, variance } from "../summary.ts";
import { type Alternative, pValue, type TestResult } from "./alternative.ts";

/** A Student or Welch t test. */
export interface TTestResult extends TestResult {
  /** t. */
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** Mean of the differences, or difference of the means. */
  readonly difference: number;
}

function result(difference: number, error: number, df: number, alternative: Alternative): TTestResult {
  if (error === 0) throw undefinedMeasure("t test", "the values do not vary");
  const t = difference / error;
  return { statistic: t, degreesOfFreedom: df, difference, p: pValue(alternative, tUpper(-t, df), tUpper(t, df)) };
}

/** Tests whether the mean of paired differences is 0. */
export function pairedTTest(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  alternative: Alternative = "two-sided",
): TTestResult {
  requireSameLength("t test", first, second);
  requireFinite("t test", first);
  requireFinite("t test", second);
  const differences = Float64Array.from(first, (value, i) => value - second[i]);
  return result(mean(differences), Math.sqrt(variance(differences) / first.length), first.length - 1, alternative);
}

/** Tests whether two independent samples have one mean. `welch` (1947) lets their variances differ; `student` pools them. */
export function unpairedTTest(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  variant: "welch" | "student",
  alternative: Alternative = "two-sided",
): TTestResult {
  requireFinite("t test", first);
  requireFinite("t test", second);
  const n1 = first.length;
  const n2 = second.length;
  const difference = mean(first) - mean(second);
  const v1 = variance(first) / n1;
  const v2 = variance(second) / n2;
  if (variant === "welch") {
    if (v1 + v2 === 0) throw undefinedMeasure("t test", "the values do not vary");
    const df = (v1 + v2) ** 2 / (v1 ** 2 / (n1 - 1) + v2 ** 2 / (n2 - 1));
    return result(difference, Math.sqrt(v1 + v2), df, alternative);
  }
  const pooled = (v1 * n1 * (n1 - 1) + v2 * n2 * (n2 - 1)) / (n1 + n2 - 2);
  return result(difference, Math.sqrt(pooled * (1 / n1 + 1 / n2)), n1 + n2 - 2, alternative);
}

/** Tests whether a correlation of n pairs (Pearson's, or Spearman's as an approximation) is 0. Its statistic is t with n - 2 degrees of freedom. */
export function correlationTest(correlation: number, n: number, alternative: Alternative = "two-sided"): TestResult {
  if (n < 3) throw undefinedMeasure("correlation test", `${n} pairs leave no degrees of freedom`);
  const t = correlation * Math.sqrt((n - 2) / ((1 - correlation) * (1 + correlation)));
  return { statistic: t, p: pValue(alternative, tUpper(-t, n - 2), tUpper(t, n - 2)) };
}
