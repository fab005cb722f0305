/** The ROC curve and the area under it. */
import { requireFinite, requireSameLength, undefinedMeasure } from "../input.ts";
import { ascendingOrder } from "../summary.ts";

/**
 * Area under the ROC curve, 0 to 1: the chance that a positive scores above a negative, ties half (Mann and Whitney 1947; Hanley and McNeil
 * 1982). Only the order of scores matters. Undefined without both kinds.
 */
export function auroc(scores: ArrayLike<number>, positive: ArrayLike<boolean>): number {
  return rankedAuroc(scores, positive)();
}

/**
 * AUROC of resamples without sorting each of them: scores are sorted once, and a call counts how often each case was drawn.
 *
 * @returns a function of case indices (all cases by default), in time linear in the number of cases. For `bootstrap`.
 */
export function rankedAuroc(
  scores: ArrayLike<number>,
  positive: ArrayLike<boolean>,
): (indices?: ArrayLike<number>) => number {
  requireSameLength("AUROC", scores, positive);
  requireFinite("AUROC", scores);
  const order = ascendingOrder(scores);
  const n = order.length;
  // Each case's rank among the distinct scores and its class, packed: rank * 2 + positive.
  const place = new Int32Array(n);
  let distinct = 0;
  for (let i = 0; i < n; i++) {
    if (i > 0 && scores[order[i]] !== scores[order[i - 1]]) distinct++;
    place[order[i]] = distinct * 2 + (positive[order[i]] ? 1 : 0);
  }
  const counts = new Int32Array((distinct + 1) * 2);
  return (indices) => {
    counts.fill(0);
    if (indices === undefined) for (let i = 0; i < n; i++) counts[place[i]]++;
    else for (let i = 0; i < indices.length; i++) counts[place[indices[i]]]++;
    let negatives = 0;
    let positives = 0;
    // Twice the number of (negative, positive) pairs in the right order, ties one: a whole number, so no rounding.
    let wins = 0;
    for (let i = 0; i < counts.length; i += 2) {
      wins += counts[i + 1] * (2 * negatives + counts[i]);
      negatives += counts[i];
      positives += counts[i + 1];
    }
    if (positives === 0 || negatives === 0) throw oneClass("AUROC", positives);
    return wins / 2 / positives / negatives;
  };
}

const oneClass = (measure: string, positives: number) =>
  undefinedMeasure(measure, `all cases are ${positives === 0 ? "negative" : "positive"}, both classes are required`);

/** One operating point of a ROC curve. */
export interface RocPoint {
  /** A case is called positive when its score is at least this. The first point, Infinity, calls none positive. */
  readonly threshold: number;
  readonly sensitivity: number;
  /** 1 - specificity. */
  readonly falsePositiveRate: number;
}

/** The ROC curve, one point for each distinct score, from (0, 0) to (1, 1). Undefined without both kinds. */
export function rocCurve(scores: ArrayLike<number>, positive: ArrayLike<boolean>): RocPoint[] {
  requireSameLength("ROC curve", scores, positive);
  requireFinite("ROC curve", scores);
  const order = ascendingOrder(scores).reverse();
  let positives = 0;
  for (let i = 0; i < positive.length; i++) if (positive[i]) positives++;
  const negatives = positive.length - positives;
  if (positives === 0 || negatives === 0) throw oneClass("ROC curve", positives);
  const points: RocPoint[] = [{ threshold: Number.POSITIVE_INFINITY, sensitivity: 0, falsePositiveRate: 0 }];
  let tp = 0;
  for (let i = 0; i < order.length; i++) {
    if (positive[order[i]]) tp++;
    if (i + 1 === order.length || scores[order[i + 1]] !== scores[order[i]])
      points.push({
        threshold: scores[order[i]],
        sensitivity: tp / positives,
        falsePositiveRate: (i + 1 - tp) / negatives,
      });
  }
  return points;
}

/**
 * AUROC of several classes, one against the rest.
 *
 * @param scores `[case][class]`.
 * @param truth the class's index of each case.
 * @param average `macro`: mean over classes; `weighted`: by the number of cases; `micro`: all (case, class) pairs pooled (scores must then be
 * on one scale, such as probabilities).
 */
export function aurocOneVsRest(
  scores: readonly (readonly number[])[],
  truth: readonly number[],
  average: "macro" | "weighted" | "micro",
): number {
  requireSameLength("AUROC one vs rest", scores, truth);
  const classes = scores[0]?.length ?? 0;
  if (average === "micro")
    return auroc(
      scores.flat(),
      scores.flatMap((row, i) => row.map((_, k) => truth[i] === k)),
    );
  let sum = 0;
  let weights = 0;
  for (let k = 0; k < classes; k++) {
    const positive = truth.map((label) => label === k);
    const weight = average === "macro" ? 1 : positive.filter(Boolean).length;
    sum +=
      weight *
      auroc(
        scores.map((row) => row[k]),
        positive,
      );
    weights += weight;
  }
  if (weights === 0) throw undefinedMeasure("AUROC one vs rest", "there are no cases");
  return sum / weights;
}
