/** Input validation of all measures, and the error for values that are not defined for the data. */
import { PolyclinicError } from "../base/errors.ts";

/** A wrong input: lengths that differ, a value that is not a number, a label outside the options. */
export const invalidInput = (measure: string, summary: string, expected: string, found: string, hint?: string) =>
  new PolyclinicError("measure/input", summary, { where: measure, expected, found, hint });

/**
 * The value is not defined for these data (AUROC of a single class, a kappa without variation). Measures throw this error instead of
 * returning NaN, which would propagate silently through sums and tables. Bootstraps omit such resamples and count them.
 */
export const undefinedMeasure = (measure: string, because: string, hint?: string) =>
  new PolyclinicError("measure/undefined", `undefined: ${because}`, { where: measure, hint });

/** The value, or `undefined` where the measure is not defined for the data; other errors pass. */
export function ifDefined<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (PolyclinicError.is(error) && error.code === "measure/undefined") return undefined;
    throw error;
  }
}

export function requireSameLength(measure: string, first: ArrayLike<unknown>, second: ArrayLike<unknown>): void {
  if (first.length !== second.length)
    throw invalidInput(
      measure,
      "the lists have different lengths",
      `${first.length} values`,
      `${second.length} values`,
    );
}

export function requireCases(measure: string, values: ArrayLike<unknown>, least = 1): void {
  if (values.length < least)
    throw undefinedMeasure(
      measure,
      `at least ${least} ${least === 1 ? "case is" : "cases are"} required, found ${values.length}`,
    );
}

export function requireFinite(measure: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw invalidInput(measure, `value ${i} is not a finite number`, "finite numbers", String(values[i]));
}

export function requireProbabilities(measure: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (!(values[i] >= 0 && values[i] <= 1))
      throw invalidInput(measure, `value ${i} is not a probability`, "0 to 1", String(values[i]));
}

export function requireCount(measure: string, name: string, value: number, least = 0): void {
  if (!Number.isInteger(value) || value < least)
    throw invalidInput(measure, `${name} is not a count`, `a whole number of at least ${least}`, String(value));
}

export function requireLevel(measure: string, level: number): void {
  if (!(level > 0 && level < 1))
    throw invalidInput(measure, "the confidence level is out of range", "between 0 and 1, such as 0.95", String(level));
}
