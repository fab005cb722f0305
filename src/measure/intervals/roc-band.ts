/** A ROC curve with the uncertainty of its sensitivity: pointwise at fixed false positive rates (Fawcett 2006's vertical averaging), by bootstrap. */
import { invalidInput, requireFinite, requireLevel, requireSameLength, undefinedMeasure } from "../input.ts";
import { ascendingOrder, quantile } from "../summary.ts";
import { type ResampleOptions, resampledValues } from "./bootstrap.ts";

/**
 * A ROC curve on a fixed grid of false positive rates, with pointwise bootstrap intervals. All arrays have one entry per grid point; all
 * values are 0 to 1.
 */
export interface RocBand {
  /** The grid on which the band is computed: `points` steps from 0 to 1. */
  readonly falsePositiveRate: readonly number[];
  /** Highest sensitivity at a false positive rate of at most this value, for the original cases. */
  readonly sensitivity: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Number of resamples used; those with a single class are excluded. */
  readonly resamples: number;
}

/**
 * The intervals are pointwise: a whole curve lies inside all of them less often than `level` says.
 *
 * @param options resampling by case, cluster or stratum; `points` of the grid (51), `level` (.95).
 * @throws PolyclinicError `measure/undefined` without both classes.
 */
export function rocBand(
  scores: ArrayLike<number>,
  positive: ArrayLike<boolean>,
  options: ResampleOptions & { readonly points?: number; readonly level?: number } = {},
): RocBand {
  const { points = 51, level = 0.95 } = options;
  requireLevel("ROC band", level);
  requireSameLength("ROC band", scores, positive);
  requireFinite("ROC band", scores);
  if (!Number.isInteger(points) || points < 2)
    throw invalidInput("ROC band", "the number of points is out of range", "a whole number from 2", String(points));
  const grid = Array.from({ length: points }, (_, i) => i / (points - 1));
  const curve = sensitivities(scores, positive, grid);
  const n = scores.length;
  const sensitivity = curve(Int32Array.from({ length: n }, (_, i) => i));
  if (sensitivity === undefined)
    throw undefinedMeasure("ROC band", `all ${n} cases are in one class; both classes are required`);
  const drawn: Float64Array[] = [];
  resampledValues(
    n,
    (indices) => {
      const resample = curve(indices);
      if (resample !== undefined) drawn.push(resample);
      return 0;
    },
    options,
  );
  const tail = (1 - level) / 2;
  const column = new Float64Array(drawn.length);
  const [low, high]: [number[], number[]] = [[], []];
  for (let p = 0; p < points; p++) {
    for (let r = 0; r < drawn.length; r++) column[r] = drawn[r][p];
    const sorted = Float64Array.from(column).sort();
    low.push(quantile(sorted, tail));
    high.push(quantile(sorted, 1 - tail));
  }
  return { falsePositiveRate: grid, sensitivity: [...sensitivity], low, high, resamples: drawn.length };
}

/**
 * The step curve of resampled cases on the grid, in time linear in the number of cases; undefined if they are of one
 * class.
 */
function sensitivities(scores: ArrayLike<number>, positive: ArrayLike<boolean>, grid: readonly number[]) {
  const order = ascendingOrder(scores).reverse();
  const place = new Int32Array(order.length);
  let distinct = 0;
  for (let i = 0; i < order.length; i++) {
    if (i > 0 && scores[order[i]] !== scores[order[i - 1]]) distinct++;
    place[order[i]] = distinct * 2 + (positive[order[i]] ? 1 : 0);
  }
  const counts = new Int32Array((distinct + 1) * 2);
  return (indices: ArrayLike<number>): Float64Array | undefined => {
    counts.fill(0);
    let positives = 0;
    for (let i = 0; i < indices.length; i++) {
      counts[place[indices[i]]]++;
      positives += place[indices[i]] & 1;
    }
    const negatives = indices.length - positives;
    if (positives === 0 || negatives === 0) return undefined;
    const reached = new Float64Array(grid.length);
    let [fp, tp, at] = [0, 0, 0];
    for (let i = 0; i < counts.length; i += 2) {
      // A threshold among tied scores includes all of them or none.
      const next = fp + counts[i];
      while (at < grid.length && next / negatives > grid[at] + 1e-12) reached[at++] = tp / positives;
      fp = next;
      tp += counts[i + 1];
    }
    while (at < grid.length) reached[at++] = tp / positives;
    return reached;
  };
}
