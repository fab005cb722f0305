/** Platt scaling (Platt 1999, with smoothed labels): log odds = slope * score + intercept. */

const rounds = 50;
/** Prior that keeps the slope finite for separable classes, and probabilities near 0.5 when there are few cases. */
const prior = 0.01;
/**
 * Used when the validation molecules do not show that a higher score means more likely positive: scores are near 0 and
 * 1, and are used as they are.
 */
const fallback: readonly [number, number] = [4, -2];

export function plattScaling(scores: readonly number[], positive: readonly boolean[]): readonly [number, number] {
  const count = positive.filter(Boolean).length;
  const others = positive.length - count;
  if (count === 0 || others === 0) return fallback;
  const [high, low] = [(count + 1) / (count + 2), 1 / (others + 2)];
  let [slope, intercept] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    // A Newton step on the penalised likelihood.
    let [a, b, aa, ab, bb] = [prior * slope, 0, prior, 0, 1e-9];
    scores.forEach((score, i) => {
      const p = 1 / (1 + Math.exp(-slope * score - intercept));
      const error = p - (positive[i] ? high : low);
      const weight = p * (1 - p);
      a += error * score;
      b += error;
      aa += weight * score * score;
      ab += weight * score;
      bb += weight;
    });
    const determinant = aa * bb - ab * ab;
    slope -= (bb * a - ab * b) / determinant;
    intercept -= (aa * b - ab * a) / determinant;
  }
  return slope > 0 && Number.isFinite(slope) && Number.isFinite(intercept) ? [slope, intercept] : fallback;
}
