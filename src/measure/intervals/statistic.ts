/** Statistics of resamples: functions of case indices that a bootstrap can call thousands of times. */
import { rankedAuroc } from "../classification/roc.ts";
import { requireCases, requireFinite } from "../input.ts";

/**
 * A measure of the cases at these indices (an index may occur several times). It throws `measure/undefined` where it has no value; such resamples are left
 * out and counted.
 */
export interface Statistic {
  (indices: ArrayLike<number>): number;
  /** The values without each case in turn, when there is a faster way than n calls (BCa needs them). */
  readonly leaveOneOut?: () => Float64Array;
}

/** The mean of one number per case: accuracy from 0/1, mean F1, mean IoU, mean absolute error. */
export function meanStatistic(values: ArrayLike<number>): Statistic {
  requireCases("mean", values);
  requireFinite("mean", values);
  const held = Float64Array.from(values);
  const statistic = (indices: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < indices.length; i++) sum += held[indices[i]];
    return sum / indices.length;
  };
  const leaveOneOut = () => {
    requireCases("mean without one case", held, 2);
    let sum = 0;
    for (const value of held) sum += value;
    return held.map((value) => (sum - value) / (held.length - 1));
  };
  return Object.assign(statistic, { leaveOneOut });
}

/** AUROC of resampled cases; scores are sorted only once. */
export const aurocStatistic = (scores: ArrayLike<number>, positive: ArrayLike<boolean>): Statistic =>
  rankedAuroc(scores, positive);

/** The difference of two statistics on the same cases: of two models, paired. */
export function differenceStatistic(first: Statistic, second: Statistic): Statistic {
  const statistic = (indices: ArrayLike<number>) => first(indices) - second(indices);
  const a = first.leaveOneOut;
  const b = second.leaveOneOut;
  if (a === undefined || b === undefined) return statistic;
  return Object.assign(statistic, {
    leaveOneOut: () => {
      const others = b();
      return a().map((value, i) => value - others[i]);
    },
  });
}
