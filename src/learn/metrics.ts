/** The few measures a run validates with. */

/** Area under the ROC curve: the chance that a positive scores above a negative, ties half (Mann-Whitney). NaN without both kinds. */
export function auroc(scores: readonly number[], positive: readonly boolean[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let rankSum = 0;
  let positives = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && scores[order[end]] === scores[order[i]]) end++;
    // Equal scores share the mean of their ranks (counted from one).
    for (let j = i; j < end; j++)
      if (positive[order[j]]) {
        rankSum += (i + 1 + end) / 2;
        positives++;
      }
    i = end;
  }
  const negatives = order.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** The mean over classes of the share of a class that was recognised. */
export function balancedAccuracy(predicted: readonly string[], truth: readonly string[]): number {
  const classes = [...new Set(truth)];
  const recall = (name: string) => {
    const own = truth.flatMap((label, i) => (label === name ? [predicted[i] === name] : []));
    return own.filter(Boolean).length / own.length;
  };
  return classes.reduce((sum, name) => sum + recall(name), 0) / classes.length;
}

/** The 95 % interval of a share of so many (Wilson 1927), which stays inside 0 to 1 for small numbers. */
export function wilsonInterval(right: number, of: number): [number, number] {
  const z = 1.959964;
  const p = right / of;
  const centre = p + z ** 2 / (2 * of);
  const reach = z * Math.sqrt((p * (1 - p)) / of + z ** 2 / (4 * of ** 2));
  const scale = 1 + z ** 2 / of;
  return [(centre - reach) / scale, (centre + reach) / scale];
}

/** Intersection over union of two boxes `[x0, y0, x1, y1]`. */
export function boxIou(a: readonly number[], b: readonly number[]): number {
  const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]));
  const height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const area = (box: readonly number[]) => Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1]);
  const shared = width * height;
  const union = area(a) + area(b) - shared;
  return union > 0 ? shared / union : 0;
}

export const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
