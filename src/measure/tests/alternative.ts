/** The alternative hypothesis. `greater`: the first is larger than the second (or than the null value). */
export type Alternative = "two-sided" | "less" | "greater";

/** The p-value from the two tails, each including the value observed. */
export function pValue(alternative: Alternative, lower: number, upper: number): number {
  if (alternative === "less") return Math.min(1, lower);
  if (alternative === "greater") return Math.min(1, upper);
  return Math.min(1, 2 * Math.min(lower, upper));
}

/** The fields common to all test results. */
export interface TestResult {
  readonly statistic: number;
  /** 0 to 1. */
  readonly p: number;
}
