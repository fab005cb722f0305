/** Errors of predicted numbers, in the unit of the numbers (or its square). */
import { requireCases, requireFinite, requireSameLength, undefinedMeasure } from "../input.ts";
import { mean, median } from "../summary.ts";

function check(measure: string, predicted: ArrayLike<number>, truth: ArrayLike<number>): void {
  requireSameLength(measure, predicted, truth);
  requireCases(measure, truth);
  requireFinite(measure, predicted);
  requireFinite(measure, truth);
}

const differences = (predicted: ArrayLike<number>, truth: ArrayLike<number>) =>
  Float64Array.from(predicted, (value, i) => value - truth[i]);

/** Mean of |predicted - truth|. */
export function meanAbsoluteError(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  check("MAE", predicted, truth);
  return mean(differences(predicted, truth).map(Math.abs));
}

/** Median of |predicted - truth|. */
export function medianAbsoluteError(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  check("median absolute error", predicted, truth);
  return median(differences(predicted, truth).map(Math.abs));
}

/** Mean of (predicted - truth)^2. */
export function meanSquaredError(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  check("MSE", predicted, truth);
  return mean(differences(predicted, truth).map((d) => d * d));
}

/** Root of the mean squared error. */
export const rootMeanSquaredError = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number =>
  Math.sqrt(meanSquaredError(predicted, truth));

/** Share of variance explained, 1 - SSE / SST, up to 1 and below 0 for worse than the mean. Undefined for constant truth. */
export function rSquared(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  check("R squared", predicted, truth);
  const centre = mean(truth);
  let error = 0;
  let total = 0;
  for (let i = 0; i < truth.length; i++) {
    error += (predicted[i] - truth[i]) ** 2;
    total += (truth[i] - centre) ** 2;
  }
  if (total === 0) throw undefinedMeasure("R squared", "all true values are equal");
  return 1 - error / total;
}
