/** Wilcoxon's signed-rank test of paired values (1945). */
import { invalidInput, requireFinite, requireSameLength, undefinedMeasure } from "../input.ts";
import { normalUpper } from "../special/index.ts";
import { midRanks, tieTerm } from "../summary.ts";
import { type Alternative, pValue, type TestResult } from "./alternative.ts";

/** Options of `wilcoxonSignedRankTest`. Defaults: two-sided, zeros `wilcox`, no continuity correction. */
export interface WilcoxonOptions {
  readonly alternative?: Alternative;
  /**
   * Differences of zero. `wilcox`: dropped; `pratt`: ranked, then dropped (Pratt 1959); `zsplit`: half of their ranks to each side
   * (normal method only).
   */
  readonly zeros?: "wilcox" | "pratt" | "zsplit";
  /** `exact`: over all signs of the observed ranks, right also with ties; the default up to 50 differences. `normal`: with tie correction. */
  readonly method?: "exact" | "normal";
  /** Continuity correction of the normal method. */
  readonly correction?: boolean;
}

/** A Wilcoxon signed-rank test. */
export interface WilcoxonResult extends TestResult {
  /** Two-sided: the smaller rank sum; one-sided: the rank sum of positive differences (as scipy). */
  readonly statistic: number;
  /** Sum of the ranks of the positive and of the negative differences. */
  readonly positiveRanks: number;
  readonly negativeRanks: number;
  /** Differences that are not zero. */
  readonly n: number;
  /** The method that was used. */
  readonly method: "exact" | "normal";
}

const maxExact = 200;

/** Tests whether differences are symmetric about 0. Undefined when all are zero. Ratings that "cannot be rated" are dropped before, in pairs. */
export function wilcoxonSignedRankTest(differences: ArrayLike<number>, options: WilcoxonOptions = {}): WilcoxonResult {
  const { alternative = "two-sided", zeros = "wilcox", correction = false } = options;
  requireFinite("Wilcoxon test", differences);
  const all = Array.from(differences);
  const used = zeros === "wilcox" ? all.filter((d) => d !== 0) : all;
  const n = all.filter((d) => d !== 0).length;
  if (n === 0) throw undefinedMeasure("Wilcoxon test", "all differences are zero");
  const method = options.method ?? (n <= 50 && zeros !== "zsplit" ? "exact" : "normal");
  const { ranks, tieSizes } = midRanks(used.map(Math.abs));
  let positiveRanks = 0;
  let negativeRanks = 0;
  for (let i = 0; i < used.length; i++) {
    if (used[i] > 0) positiveRanks += ranks[i];
    else if (used[i] < 0) negativeRanks += ranks[i];
    else if (zeros === "zsplit") {
      positiveRanks += ranks[i] / 2;
      negativeRanks += ranks[i] / 2;
    }
  }
  const statistic = alternative === "two-sided" ? Math.min(positiveRanks, negativeRanks) : positiveRanks;
  const result = { statistic, positiveRanks, negativeRanks, n, method };
  if (method === "exact") {
    if (zeros === "zsplit")
      throw invalidInput(
        "Wilcoxon test",
        "the exact distribution is not defined for zeros split between the signs",
        '"wilcox" or "pratt"',
        '"zsplit"',
      );
    if (n > maxExact)
      throw invalidInput(
        "Wilcoxon test",
        "the sample is too large for the exact distribution",
        `at most ${maxExact} differences`,
        String(n),
        'Use method "normal".',
      );
    return {
      ...result,
      p: exactP(
        Array.from(ranks).filter((_, i) => used[i] !== 0),
        positiveRanks,
        alternative,
      ),
    };
  }
  const count = used.length;
  let centre = (count * (count + 1)) / 4;
  let spread = count * (count + 1) * (2 * count + 1);
  let ties = tieTerm(tieSizes);
  if (zeros === "pratt") {
    const zero = count - n;
    centre -= (zero * (zero + 1)) / 4;
    spread -= zero * (zero + 1) * (2 * zero + 1);
    ties -= zero ** 3 - zero;
  }
  const error = Math.sqrt((spread - ties / 2) / 24);
  let z = (positiveRanks - centre) / error;
  if (correction)
    z -= ((alternative === "two-sided" ? Math.sign(z) : alternative === "greater" ? 1 : -1) * 0.5) / error;
  return { ...result, p: pValue(alternative, normalUpper(-z), normalUpper(z)) };
}

/** Tails of the rank sum when every sign is a fair coin. Doubled ranks are whole numbers, also with ties. */
function exactP(ranks: readonly number[], positive: number, alternative: Alternative): number {
  const doubled = ranks.map((rank) => Math.round(2 * rank));
  const most = doubled.reduce((a, b) => a + b, 0);
  let chances = new Float64Array(most + 1);
  chances[0] = 1;
  let reached = 0;
  for (const rank of doubled) {
    const next = new Float64Array(most + 1);
    for (let sum = 0; sum <= reached; sum++) {
      const half = chances[sum] / 2;
      next[sum] += half;
      next[sum + rank] += half;
    }
    reached += rank;
    chances = next;
  }
  const observed = Math.round(2 * positive);
  let lower = 0;
  let upper = 0;
  for (let sum = 0; sum <= most; sum++) {
    if (sum <= observed) lower += chances[sum];
    if (sum >= observed) upper += chances[sum];
  }
  return pValue(alternative, lower, upper);
}

/**
 * Differences of two models' metrics over tasks, each divided by the mean of the two values, with the sign reversed if
 * lower is better. Tx-LLM applies Wilcoxon's test to these so that tasks with different units can be combined.
 */
export function normalisedDifferences(
  first: readonly number[],
  second: readonly number[],
  lowerIsBetter: readonly boolean[],
): number[] {
  requireSameLength("normalised differences", first, second);
  requireSameLength("normalised differences", first, lowerIsBetter);
  return first.map((value, i) => {
    const mean = (value + second[i]) / 2;
    if (mean === 0) throw undefinedMeasure("normalised differences", `the values of task ${i} have mean 0`);
    return ((value - second[i]) / mean) * (lowerIsBetter[i] ? -1 : 1);
  });
}
