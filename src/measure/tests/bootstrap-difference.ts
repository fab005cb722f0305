/** The bootstrap test of a difference, paired. */
import { requireLevel, undefinedMeasure } from "../input.ts";
import { type ResampleOptions, resampledValues } from "../intervals/bootstrap.ts";
import { differenceStatistic, type Statistic } from "../intervals/statistic.ts";
import { quantile } from "../summary.ts";
import { type Alternative, pValue, type TestResult } from "./alternative.ts";

/** Options of `bootstrapDifferenceTest`. Defaults: two-sided, level 0.95, 1,000 resamples, seed 1. */
export interface BootstrapTestOptions extends ResampleOptions {
  readonly alternative?: Alternative;
  /** Confidence level of the interval, above 0 and below 1. */
  readonly level?: number;
}

/** A bootstrap test of a paired difference, with its interval. */
export interface BootstrapTestResult extends TestResult {
  /** The difference of the cases themselves. */
  readonly statistic: number;
  /** The percentile interval of the difference, from the same resamples. */
  readonly low: number;
  readonly high: number;
  /** Number of resamples in which the difference is defined. */
  readonly resamples: number;
  /** Number of resamples in which it is undefined (a single class); they are excluded. */
  readonly undefinedResamples: number;
}

/**
 * Tests whether two statistics of the same cases are equal (Efron and Tibshirani 1993): both are computed on each resample; p is (b + 1) / (B + 1) with b
 * resamples on the other side of 0, doubled for two sides (the level at which the percentile interval touches 0). AMIE: 10,000 resamples, then
 * Benjamini-Hochberg over k. Few cases make it reject too often: below about 50 use a permutation test.
 */
export function bootstrapDifferenceTest(
  n: number,
  first: Statistic,
  second: Statistic,
  options: BootstrapTestOptions = {},
): BootstrapTestResult {
  const { alternative = "two-sided", level = 0.95 } = options;
  requireLevel("bootstrap test", level);
  if (n < 2) throw undefinedMeasure("bootstrap test", `at least two cases are required, found ${n}`);
  const difference = differenceStatistic(first, second);
  const statistic = difference(Int32Array.from({ length: n }, (_, i) => i));
  const { values, undefinedResamples } = resampledValues(n, difference, { resamples: 10_000, ...options });
  if (values.length < 2)
    throw undefinedMeasure("bootstrap test", `the difference is undefined in ${undefinedResamples} of the resamples`);
  let atMost = 0;
  let atLeast = 0;
  for (const value of values) {
    if (value <= 0) atMost++;
    if (value >= 0) atLeast++;
  }
  const of = (count: number) => (count + 1) / (values.length + 1);
  const sorted = values.slice().sort();
  return {
    statistic,
    // The difference is below 0 where few resamples are at least 0.
    p: pValue(alternative, of(atLeast), of(atMost)),
    low: quantile(sorted, (1 - level) / 2),
    high: quantile(sorted, (1 + level) / 2),
    resamples: values.length,
    undefinedResamples,
  };
}
