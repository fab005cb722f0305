/** Mann and Whitney's test of two independent samples (1947). */
import { invalidInput, requireCases, requireFinite, undefinedMeasure } from "../input.ts";
import { normalUpper } from "../special/index.ts";
import { midRanks, tieTerm } from "../summary.ts";
import { type Alternative, pValue, type TestResult } from "./alternative.ts";

/** Options of `mannWhitneyTest`. Default: two-sided. */
export interface MannWhitneyOptions {
  readonly alternative?: Alternative;
  /** `exact` needs values without ties; the default where the smaller sample has at most 8 values and nothing is tied. `normal`: with tie and continuity correction. */
  readonly method?: "exact" | "normal";
}

/** A Mann-Whitney U test (Wilcoxon's rank-sum test). */
export interface MannWhitneyResult extends TestResult {
  /** U of the first sample: pairs in which its value is the larger, ties half. */
  readonly statistic: number;
  /** U / (n1 n2), the chance that a value of the first is the larger: AUROC. */
  readonly commonLanguage: number;
  /** The method that was used. */
  readonly method: "exact" | "normal";
}

const maxExact = 10_000;

/**
 * Tests whether values of `first` tend to be larger or smaller than those of `second`. @throws PolyclinicError for an
 * empty or non-finite sample.
 */
export function mannWhitneyTest(
  first: readonly number[],
  second: readonly number[],
  options: MannWhitneyOptions = {},
): MannWhitneyResult {
  const { alternative = "two-sided" } = options;
  const name = "Mann-Whitney test";
  requireCases(name, first);
  requireCases(name, second);
  const all = [...first, ...second];
  requireFinite(name, all);
  const n1 = first.length;
  const n2 = second.length;
  const n = n1 + n2;
  const { ranks, tieSizes } = midRanks(all);
  const tied = tieSizes.length < n;
  let rankSum = 0;
  for (let i = 0; i < n1; i++) rankSum += ranks[i];
  const u = rankSum - (n1 * (n1 + 1)) / 2;
  const method = options.method ?? (!tied && Math.min(n1, n2) <= 8 && n1 * n2 <= maxExact ? "exact" : "normal");
  const result = { statistic: u, commonLanguage: u / (n1 * n2), method };
  if (method === "exact") {
    if (tied)
      throw invalidInput(
        name,
        "values are tied",
        "no ties, which the exact method requires",
        `${n - tieSizes.length} ties`,
        'Use method "normal".',
      );
    if (n1 * n2 > maxExact)
      throw invalidInput(
        name,
        "the samples are too large for the exact distribution",
        `n1 * n2 of at most ${maxExact}`,
        String(n1 * n2),
        'Use method "normal".',
      );
    const chances = distribution(n1, n2);
    const sum = (from: number, to: number) => {
      let total = 0;
      for (let i = from; i <= to; i++) total += chances[i];
      return total;
    };
    return { ...result, p: pValue(alternative, sum(0, u), sum(u, n1 * n2)) };
  }
  const error = Math.sqrt(((n1 * n2) / 12) * (n + 1 - tieTerm(tieSizes) / (n * (n - 1))));
  if (error === 0) throw undefinedMeasure(name, "all values are equal");
  const z = (of: number) => (of - (n1 * n2) / 2 - 0.5) / error;
  return { ...result, p: pValue(alternative, normalUpper(z(n1 * n2 - u)), normalUpper(z(u))) };
}

/**
 * Probabilities of U = 0 to n1 n2, by counting for each value of the first sample how many values of the second are
 * smaller.
 */
function distribution(n1: number, n2: number): Float64Array {
  const most = n1 * n2;
  // Gaussian binomial coefficient as a product of (1 - q^(n2+i)) / (1 - q^i), normalised to probabilities along the
  // way.
  const chances = new Float64Array(most + 1);
  chances[0] = 1;
  for (let i = 1; i <= n1; i++) {
    for (let at = most; at >= n2 + i; at--) chances[at] -= chances[at - n2 - i];
    for (let at = i; at <= most; at++) chances[at] += chances[at - i];
    const scale = i / (n2 + i);
    for (let at = 0; at <= most; at++) chances[at] *= scale;
  }
  return chances;
}
