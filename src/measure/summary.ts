/** Basic statistics: mean, variance, quantiles and mid-ranks. */
import { invalidInput, requireCases, undefinedMeasure } from "./input.ts";

/** Arithmetic mean. Undefined for no values. */
export function mean(values: ArrayLike<number>): number {
  requireCases("mean", values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Sample variance with denominator n - 1. Undefined for fewer than two values. */
export function variance(values: ArrayLike<number>): number {
  requireCases("variance", values, 2);
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - centre) ** 2;
  return sum / (values.length - 1);
}

/** Median. */
export const median = (values: ArrayLike<number>): number => quantile(Float64Array.from(values).sort(), 0.5);

/**
 * Quantile of values sorted in ascending order, linear between order statistics (type 7 of Hyndman and Fan 1996, NumPy's default).
 *
 * @param share 0 to 1.
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  requireCases("quantile", sorted);
  if (!(share >= 0 && share <= 1))
    throw invalidInput("quantile", "the quantile's probability is out of range", "0 to 1", String(share));
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** Indices that put the values in ascending order; equal values keep their order. */
export function ascendingOrder(values: ArrayLike<number>): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return order.sort((a, b) => values[a] - values[b] || a - b);
}

/** Ranks from 1; equal values share the mean of their ranks. `tieSizes` holds the size of every group of equal values, 1 included. */
export function midRanks(values: ArrayLike<number>): { ranks: Float64Array; tieSizes: number[] } {
  const order = ascendingOrder(values);
  const ranks = new Float64Array(values.length);
  const tieSizes: number[] = [];
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + 1 + end) / 2;
    tieSizes.push(end - start);
    start = end;
  }
  return { ranks, tieSizes };
}

/** Sum over groups of equal values of t^3 - t, the tie term of rank tests. */
export const tieTerm = (tieSizes: readonly number[]) => tieSizes.reduce((sum, t) => sum + (t ** 3 - t), 0);

/** A share of two counts, undefined for 0/0. */
export function share(measure: string, part: number, whole: number): number {
  if (whole === 0) throw undefinedMeasure(measure, "its denominator is 0 (0/0)");
  return part / whole;
}
