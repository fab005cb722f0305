/** Correlation of two lists of numbers, -1 to 1. Undefined when either is constant. */
import { requireCases, requireFinite, requireSameLength, undefinedMeasure } from "../input.ts";
import { ascendingOrder, mean, midRanks } from "../summary.ts";

/** Pearson's product-moment correlation. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return correlate("Pearson correlation", x, y);
}

/** Spearman's rank correlation: Pearson's of mid-ranks. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  requireFinite("Spearman correlation", x);
  requireFinite("Spearman correlation", y);
  return correlate("Spearman correlation", midRanks(x).ranks, midRanks(y).ranks);
}

function correlate(measure: string, x: ArrayLike<number>, y: ArrayLike<number>): number {
  requireSameLength(measure, x, y);
  requireCases(measure, x, 2);
  requireFinite(measure, x);
  requireFinite(measure, y);
  const mx = mean(x);
  const my = mean(y);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    xx += (x[i] - mx) ** 2;
    yy += (y[i] - my) ** 2;
    xy += (x[i] - mx) * (y[i] - my);
  }
  if (xx === 0 || yy === 0) throw undefinedMeasure(measure, "one of the lists is constant");
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy)));
}

/** Kendall's tau-b, which corrects for ties (Kendall 1945), in n log n steps (Knight 1966). */
export function kendallTauB(x: ArrayLike<number>, y: ArrayLike<number>): number {
  requireSameLength("Kendall tau-b", x, y);
  requireCases("Kendall tau-b", x, 2);
  requireFinite("Kendall tau-b", x);
  requireFinite("Kendall tau-b", y);
  const n = x.length;
  const pairs = (sizes: readonly number[]) => sizes.reduce((sum, t) => sum + (t * (t - 1)) / 2, 0);
  const all = (n * (n - 1)) / 2;
  const tiedX = pairs(midRanks(x).tieSizes);
  const tiedY = pairs(midRanks(y).tieSizes);
  if (tiedX === all || tiedY === all) throw undefinedMeasure("Kendall tau-b", "one of the lists is constant");
  const order = ascendingOrder(x).sort((a, b) => x[a] - x[b] || y[a] - y[b]);
  const sorted = Float64Array.from(order, (i) => y[i]);
  let tiedBoth = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    while (end < n && x[order[end]] === x[order[start]] && sorted[end] === sorted[start]) end++;
    tiedBoth += ((end - start) * (end - start - 1)) / 2;
    start = end;
  }
  const discordant = exchanges(sorted);
  const concordant = all - tiedX - tiedY + tiedBoth - discordant;
  return (concordant - discordant) / Math.sqrt(all - tiedX) / Math.sqrt(all - tiedY);
}

/** Number of discordant pairs, counted while merging (equal values are in order). */
function exchanges(values: Float64Array): number {
  let source = values.slice();
  let target = new Float64Array(values.length);
  let count = 0;
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let left = start;
      let right = middle;
      for (let k = start; k < end; k++) {
        if (left < middle && (right >= end || source[left] <= source[right])) target[k] = source[left++];
        else {
          count += middle - left;
          target[k] = source[right++];
        }
      }
    }
    [source, target] = [target, source];
  }
  return count;
}
