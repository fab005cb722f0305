/** Measures of a yes/no decision. */
import { requireSameLength } from "../input.ts";

/** The four cells of a 2 x 2 table of decisions: non-negative whole numbers. */
export interface BinaryCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/** Counts cases of a yes/no decision. @throws PolyclinicError when the lists differ in length. */
export function binaryCounts(truth: readonly boolean[], predicted: readonly boolean[]): BinaryCounts {
  requireSameLength("binary counts", truth, predicted);
  let tp = 0;
  let fp = 0;
  let tn = 0;
  let fn = 0;
  for (let i = 0; i < truth.length; i++) {
    if (truth[i]) predicted[i] ? tp++ : fn++;
    else predicted[i] ? fp++ : tn++;
  }
  return { truePositives: tp, falsePositives: fp, trueNegatives: tn, falseNegatives: fn };
}

/** Each is `undefined` where its denominator is 0 (no positives, nothing predicted positive, ...). */
export interface BinaryMeasures {
  readonly n: number;
  /** Share of cases that are positive, 0 to 1. */
  readonly prevalence?: number;
  readonly accuracy?: number;
  /** TP / (TP + FN), recall. */
  readonly sensitivity?: number;
  /** TN / (TN + FP). */
  readonly specificity?: number;
  /** TP / (TP + FP), precision. It depends on the prevalence. */
  readonly positivePredictiveValue?: number;
  /** TN / (TN + FN). */
  readonly negativePredictiveValue?: number;
  readonly f1?: number;
  /** Sensitivity + specificity - 1 (Youden 1950), -1 to 1. */
  readonly youden?: number;
  /** Sensitivity / (1 - specificity), 0 up. */
  readonly positiveLikelihoodRatio?: number;
  /** (1 - sensitivity) / specificity, 0 up. */
  readonly negativeLikelihoodRatio?: number;
  /** Phi coefficient (Matthews 1975), -1 to 1. */
  readonly matthews?: number;
}

const ratio = (part: number | undefined, whole: number | undefined) =>
  part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;

/** Measures derived from the counts; see `BinaryMeasures` for those that can be undefined. */
export function binaryMeasures(counts: BinaryCounts): BinaryMeasures {
  const { truePositives: tp, falsePositives: fp, trueNegatives: tn, falseNegatives: fn } = counts;
  const n = tp + fp + tn + fn;
  const sensitivity = ratio(tp, tp + fn);
  const specificity = ratio(tn, tn + fp);
  return {
    n,
    prevalence: ratio(tp + fn, n),
    accuracy: ratio(tp + tn, n),
    sensitivity,
    specificity,
    positivePredictiveValue: ratio(tp, tp + fp),
    negativePredictiveValue: ratio(tn, tn + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    youden: sensitivity === undefined || specificity === undefined ? undefined : sensitivity + specificity - 1,
    // From the counts: 1 - specificity would lose digits, and hide an exact 0.
    positiveLikelihoodRatio: ratio(sensitivity, ratio(fp, tn + fp)),
    negativeLikelihoodRatio: ratio(ratio(fn, tp + fn), specificity),
    matthews: ratio(tp * tn - fp * fn, Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))),
  };
}

/**
 * F-beta, 0 to 1: (1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP) (van Rijsbergen 1979). `undefined` when nothing is positive, neither in truth nor
 * predicted.
 */
export function fBeta({ truePositives: tp, falsePositives: fp, falseNegatives: fn }: BinaryCounts, beta: number) {
  const b = beta * beta;
  return ratio((1 + b) * tp, (1 + b) * tp + b * fn + fp);
}
