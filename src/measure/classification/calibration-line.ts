/** Calibration intercept and slope by logistic recalibration (Cox 1958). */
import { invalidInput, requireSameLength, undefinedMeasure } from "../input.ts";

/** Result of `calibrationLine`: a perfectly calibrated model has intercept 0 and slope 1. */
export interface CalibrationLine {
  /** Calibration in the large: the intercept with the slope held at 1. Below 0: probabilities are too high. */
  readonly intercept: number;
  /** Below 1: probabilities are too extreme. */
  readonly slope: number;
}

/**
 * Fits logit P(positive) = a + b logit(probability) (slope b), and with b = 1 (intercept a), by maximum likelihood.
 *
 * @param probabilities strictly between 0 and 1.
 */
export function calibrationLine(probabilities: ArrayLike<number>, positive: ArrayLike<boolean>): CalibrationLine {
  requireSameLength("calibration line", probabilities, positive);
  const logits = Float64Array.from(probabilities, (p, i) => {
    if (!(p > 0 && p < 1))
      throw invalidInput("calibration line", `value ${i} has no logit`, "strictly between 0 and 1", String(p));
    return Math.log(p / (1 - p));
  });
  const fitted = maximumLikelihood(logits, positive, true);
  return { intercept: maximumLikelihood(logits, positive, false).a, slope: fitted.b };
}

function maximumLikelihood(
  x: Float64Array,
  positive: ArrayLike<boolean>,
  freeSlope: boolean,
): { a: number; b: number } {
  let a = 0;
  let b = freeSlope ? 0 : 1;
  for (let round = 0; round < 100; round++) {
    let ga = 0;
    let gb = 0;
    let haa = 0;
    let hab = 0;
    let hbb = 0;
    for (let i = 0; i < x.length; i++) {
      const p = 1 / (1 + Math.exp(-(a + b * x[i])));
      const missing = (positive[i] ? 1 : 0) - p;
      const weight = p * (1 - p);
      ga += missing;
      gb += missing * x[i];
      haa += weight;
      hab += weight * x[i];
      hbb += weight * x[i] * x[i];
    }
    const determinant = freeSlope ? haa * hbb - hab * hab : haa;
    if (!(determinant > 1e-12)) break;
    const stepA = freeSlope ? (hbb * ga - hab * gb) / determinant : ga / haa;
    const stepB = freeSlope ? (haa * gb - hab * ga) / determinant : 0;
    a += stepA;
    b += stepB;
    if (Math.abs(stepA) + Math.abs(stepB) < 1e-13 * (1 + Math.abs(a) + Math.abs(b))) return { a, b };
  }
  throw undefinedMeasure(
    "calibration line",
    "the likelihood has no maximum (a single class, a single probability, or perfectly separated classes)",
  );
}
