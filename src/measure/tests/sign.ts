/** The sign test: which of two is better, case by case. */
import { requireFinite, undefinedMeasure } from "../input.ts";
import { binomialLower, binomialUpper } from "../special/index.ts";
import { type Alternative, pValue, type TestResult } from "./alternative.ts";

/** An exact sign test of paired differences. */
export interface SignTestResult extends TestResult {
  /** Differences above 0. */
  readonly statistic: number;
  /** Differences that are not 0. */
  readonly n: number;
}

/** Exact binomial test that a difference is as likely above as below 0; zeros (ties, equal preference) are dropped. Undefined when all are zero. */
export function signTest(differences: ArrayLike<number>, alternative: Alternative = "two-sided"): SignTestResult {
  requireFinite("sign test", differences);
  let above = 0;
  let n = 0;
  for (let i = 0; i < differences.length; i++) {
    if (differences[i] > 0) above++;
    if (differences[i] !== 0) n++;
  }
  if (n === 0) throw undefinedMeasure("sign test", "all differences are zero");
  return { statistic: above, n, p: pValue(alternative, binomialLower(above, n, 0.5), binomialUpper(above, n, 0.5)) };
}
