/** Tests of counts: chi-square, two shares, Fisher's exact test. */
import { invalidInput, requireCount, requireSameLength, undefinedMeasure } from "../input.ts";
import { chiSquareUpper, hypergeometricProbability, normalUpper } from "../special/index.ts";
import { type Alternative, pValue, type TestResult } from "./alternative.ts";

/** A chi-square test: `statistic` is chi-square. */
export interface ChiSquareResult extends TestResult {
  readonly degreesOfFreedom: number;
}

/**
 * Pearson's chi-square test of independence (1900) of a table `[row][column]`.
 *
 * @param correction Yates' (1934), for 2 x 2 tables only.
 */
export function chiSquareTest(table: readonly (readonly number[])[], { correction = false } = {}): ChiSquareResult {
  const { rows, columns, n } = margins(table);
  const df = (rows.length - 1) * (columns.length - 1);
  if (df === 0) throw undefinedMeasure("chi-square test", "the table has a single row or column");
  if (rows.includes(0) || columns.includes(0))
    throw undefinedMeasure("chi-square test", "a row or column of the table is empty");
  let statistic = 0;
  for (const [i, row] of table.entries())
    for (const [j, count] of row.entries()) {
      const expected = (rows[i] * columns[j]) / n;
      const difference = Math.abs(count - expected);
      statistic += (difference - (correction && df === 1 ? Math.min(0.5, difference) : 0)) ** 2 / expected;
    }
  return { statistic, degreesOfFreedom: df, p: chiSquareUpper(statistic, df) };
}

/** Chi-square test of counts against expected counts of the same sum. */
export function goodnessOfFitTest(observed: readonly number[], expected: readonly number[]): ChiSquareResult {
  requireSameLength("goodness of fit", observed, expected);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  if (Math.abs(sum(observed) - sum(expected)) > 1e-8 * sum(observed))
    throw invalidInput(
      "goodness of fit",
      "observed and expected counts have different sums",
      String(sum(observed)),
      String(sum(expected)),
    );
  if (observed.length < 2) throw undefinedMeasure("goodness of fit", "there is a single category");
  if (expected.some((value) => !(value > 0))) throw undefinedMeasure("goodness of fit", "an expected count is 0");
  const statistic = observed.reduce((total, count, i) => total + (count - expected[i]) ** 2 / expected[i], 0);
  return { statistic, degreesOfFreedom: observed.length - 1, p: chiSquareUpper(statistic, observed.length - 1) };
}

/**
 * Pooled z test of two proportions: z^2 is the 2 x 2 chi-square without correction, and its one-sided form is the
 * one-sided chi-square of Flamingo-CXR.
 */
export function twoProportionTest(
  first: { readonly correct: number; readonly n: number },
  second: { readonly correct: number; readonly n: number },
  alternative: Alternative = "two-sided",
): TestResult {
  for (const { correct, n } of [first, second]) {
    requireCount("two-proportion test", "a count", correct);
    requireCount("two-proportion test", "n", n, 1);
    if (correct > n)
      throw invalidInput("two-proportion test", "there are more successes than cases", `at most ${n}`, String(correct));
  }
  const pooled = (first.correct + second.correct) / (first.n + second.n);
  if (pooled === 0 || pooled === 1) throw undefinedMeasure("two-proportion test", "all cases have the same outcome");
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / first.n + 1 / second.n));
  const z = (first.correct / first.n - second.correct / second.n) / error;
  return { statistic: z, p: pValue(alternative, normalUpper(-z), normalUpper(z)) };
}

/**
 * Fisher's exact test of a 2 x 2 table (1922). Two-sided: sums the tables that are at most as likely as the observed
 * one. The statistic is the sample odds ratio, Infinity if its denominator is 0.
 */
export function fisherExactTest(
  table: readonly [readonly [number, number], readonly [number, number]],
  alternative: Alternative = "two-sided",
): TestResult {
  const { rows, columns } = margins(table);
  const [[a, b], [c, d]] = table;
  if (rows.includes(0) || columns.includes(0))
    throw undefinedMeasure("Fisher test", "a row or column of the table is empty");
  const chance = (k: number) => hypergeometricProbability(k, rows[0], rows[1], columns[0]);
  const least = Math.max(0, columns[0] - rows[1]);
  const most = Math.min(rows[0], columns[0]);
  const own = chance(a);
  let lower = 0;
  let upper = 0;
  let unlikely = 0;
  for (let k = least; k <= most; k++) {
    const p = chance(k);
    if (k <= a) lower += p;
    if (k >= a) upper += p;
    // The tolerance covers rounding differences between equally likely tables.
    if (p <= own * (1 + 1e-10)) unlikely += p;
  }
  const p = alternative === "two-sided" ? Math.min(1, unlikely) : pValue(alternative, lower, upper);
  return { statistic: (a * d) / (b * c), p };
}

function margins(table: readonly (readonly number[])[]): { rows: number[]; columns: number[]; n: number } {
  const width = table[0]?.length ?? 0;
  for (const [i, row] of table.entries()) {
    if (row.length !== width)
      throw invalidInput("contingency table", `row ${i} has a different length`, `${width}`, `${row.length}`);
    for (const count of row) requireCount("contingency table", "a count", count);
  }
  const rows = table.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = Array.from({ length: width }, (_, j) => table.reduce((sum, row) => sum + row[j], 0));
  return { rows, columns, n: rows.reduce((a, b) => a + b, 0) };
}
