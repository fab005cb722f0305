/** The precision-recall curve and average precision. */
import { requireFinite, requireSameLength, undefinedMeasure } from "../input.ts";
import { ascendingOrder } from "../summary.ts";

/** One point of a precision-recall curve; precision and recall are 0 to 1. */
export interface PrecisionRecallPoint {
  /** A case is called positive when its score is at least this. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
}

/** One point for each distinct score, by descending threshold. Undefined without a positive. */
export function precisionRecallCurve(scores: ArrayLike<number>, positive: ArrayLike<boolean>): PrecisionRecallPoint[] {
  requireSameLength("precision-recall curve", scores, positive);
  requireFinite("precision-recall curve", scores);
  const order = ascendingOrder(scores).reverse();
  let positives = 0;
  for (let i = 0; i < positive.length; i++) if (positive[i]) positives++;
  if (positives === 0) throw undefinedMeasure("precision-recall curve", "no case is positive");
  const points: PrecisionRecallPoint[] = [];
  let tp = 0;
  for (let i = 0; i < order.length; i++) {
    if (positive[order[i]]) tp++;
    if (i + 1 === order.length || scores[order[i + 1]] !== scores[order[i]])
      points.push({ threshold: scores[order[i]], precision: tp / (i + 1), recall: tp / positives });
  }
  return points;
}

/**
 * Average precision, 0 to 1: the sum over thresholds of precision times the step in recall (AUPRC, step-wise, not by trapezoids). Its
 * value for random scores is the prevalence. scikit-learn `average_precision_score`.
 */
export function averagePrecision(scores: ArrayLike<number>, positive: ArrayLike<boolean>): number {
  let sum = 0;
  let before = 0;
  for (const { precision, recall } of precisionRecallCurve(scores, positive)) {
    sum += precision * (recall - before);
    before = recall;
  }
  return sum;
}
