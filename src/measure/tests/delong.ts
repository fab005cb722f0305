/** DeLong's variance of AUROC and test of two AUROCs (DeLong et al. 1988), by mid-ranks (Sun and Xu 2014) in n log n steps. */
import { requireFinite, requireLevel, requireSameLength, undefinedMeasure } from "../input.ts";
import { normalQuantile, normalUpper } from "../special/index.ts";
import { mean, midRanks } from "../summary.ts";
import { type Alternative, pValue, type TestResult } from "./alternative.ts";

interface Components {
  readonly auroc: number;
  /** For each positive: the proportion of negatives with a lower score. */
  readonly positives: Float64Array;
  /** For each negative: the proportion of positives with a higher score. */
  readonly negatives: Float64Array;
}

function components(scores: ArrayLike<number>, positive: ArrayLike<boolean>): Components {
  requireSameLength("DeLong", scores, positive);
  requireFinite("DeLong", scores);
  const of = (kind: boolean) => Array.from(scores).filter((_, i) => Boolean(positive[i]) === kind);
  const own = of(true);
  const others = of(false);
  if (own.length < 2 || others.length < 2)
    throw undefinedMeasure(
      "DeLong",
      `${own.length} positives and ${others.length} negatives: at least two of each are required`,
    );
  const all = midRanks([...own, ...others]).ranks;
  const amongOwn = midRanks(own).ranks;
  const amongOthers = midRanks(others).ranks;
  const positives = amongOwn.map((rank, i) => (all[i] - rank) / others.length);
  const negatives = amongOthers.map((rank, i) => 1 - (all[own.length + i] - rank) / own.length);
  return { auroc: mean(positives), positives, negatives };
}

function covariance(a: Float64Array, b: Float64Array): number {
  const ma = mean(a);
  const mb = mean(b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - ma) * (b[i] - mb);
  return sum / (a.length - 1);
}

const covarianceOf = (a: Components, b: Components) =>
  covariance(a.positives, b.positives) / a.positives.length + covariance(a.negatives, b.negatives) / a.negatives.length;

/** AUROC with its standard error and confidence interval (DeLong et al. 1988). */
export interface DeLongInterval {
  readonly auroc: number;
  readonly standardError: number;
  /** Normal approximation, clipped to 0 and 1. */
  readonly low: number;
  readonly high: number;
}

/** AUROC with DeLong's interval. Undefined when positives and negatives separate completely: the estimated variance is 0 then, which would look like certainty. */
export function delongInterval(scores: ArrayLike<number>, positive: ArrayLike<boolean>, level = 0.95): DeLongInterval {
  requireLevel("DeLong", level);
  const own = components(scores, positive);
  const variance = covarianceOf(own, own);
  if (variance <= 0)
    throw undefinedMeasure(
      "DeLong interval",
      `the AUROC is ${own.auroc} and its estimated variance 0`,
      "Report the AUROC with the numbers of positives and negatives.",
    );
  const standardError = Math.sqrt(variance);
  const reach = -normalQuantile((1 - level) / 2) * standardError;
  return { auroc: own.auroc, standardError, low: Math.max(0, own.auroc - reach), high: Math.min(1, own.auroc + reach) };
}

/** Comparison of two AUROCs on the same cases (DeLong et al. 1988). */
export interface DeLongTestResult extends TestResult {
  /** z. */
  readonly statistic: number;
  /** AUROC of the first and of the second score; `difference` is first minus second. */
  readonly first: number;
  readonly second: number;
  readonly difference: number;
  readonly standardError: number;
}

/** Tests whether two scores of the same cases have one AUROC. Undefined when the difference does not vary (the same order of cases, or both separate completely). */
export function delongTest(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  positive: ArrayLike<boolean>,
  alternative: Alternative = "two-sided",
): DeLongTestResult {
  const a = components(first, positive);
  const b = components(second, positive);
  const variance = covarianceOf(a, a) + covarianceOf(b, b) - 2 * covarianceOf(a, b);
  if (variance <= 1e-15) throw undefinedMeasure("DeLong test", "the difference of the AUROCs has no variance");
  const standardError = Math.sqrt(variance);
  const difference = a.auroc - b.auroc;
  const z = difference / standardError;
  return {
    statistic: z,
    p: pValue(alternative, normalUpper(-z), normalUpper(z)),
    first: a.auroc,
    second: b.auroc,
    difference,
    standardError,
  };
}
