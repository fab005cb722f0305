/** Calibration of probabilities: Brier score, log loss, reliability, expected calibration error. */
import { invalidInput, requireCases, requireCount, requireProbabilities, requireSameLength } from "../input.ts";
import { quantile } from "../summary.ts";

/** Mean of (probability - outcome)^2, 0 (best) to 1 (Brier 1950, the form for two classes). */
export function brierScore(probabilities: ArrayLike<number>, positive: ArrayLike<boolean>): number {
  check("Brier score", probabilities, positive);
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) sum += (probabilities[i] - (positive[i] ? 1 : 0)) ** 2;
  return sum / probabilities.length;
}

/** Mean over cases of the summed squared differences of all classes, 0 (best) to 2 (Brier 1950, original form). */
export function brierScoreMulticlass(probabilities: readonly (readonly number[])[], truth: readonly number[]): number {
  requireSameLength("Brier score", probabilities, truth);
  requireCases("Brier score", truth);
  let sum = 0;
  for (let i = 0; i < truth.length; i++) {
    requireProbabilities("Brier score", probabilities[i]);
    for (let k = 0; k < probabilities[i].length; k++) sum += (probabilities[i][k] - (truth[i] === k ? 1 : 0)) ** 2;
  }
  return sum / truth.length;
}

/**
 * Mean negative log-likelihood in nats, 0 (best) up. Infinity when an outcome had probability 0: probabilities are not clipped here, because a
 * clip of 1e-15 turns "impossible" into an ordinary number.
 */
export function logLoss(probabilities: ArrayLike<number>, positive: ArrayLike<boolean>): number {
  check("log loss", probabilities, positive);
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++)
    sum -= positive[i] ? Math.log(probabilities[i]) : Math.log1p(-probabilities[i]);
  return sum / probabilities.length;
}

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  /** Edges of the bin, 0 to 1. */
  readonly low: number;
  readonly high: number;
  /** Number of cases in the bin, at least 1: empty bins are left out. */
  readonly n: number;
  /** Mean probability of the bin's cases. */
  readonly meanProbability: number;
  /** Share of the bin's cases that are positive. */
  readonly observed: number;
}

/** How probabilities are binned. Default: 10 bins of equal width. */
export interface BinOptions {
  readonly bins?: number;
  /** `equal-width`: bins of one width on [0, 1]; `equal-mass`: edges at quantiles of the probabilities (equal probabilities stay together). */
  readonly scheme?: "equal-width" | "equal-mass";
}

/**
 * Cases binned by probability; empty bins are left out. A probability on an edge belongs to the lower bin.
 * scikit-learn `calibration_curve` (`uniform`, `quantile`).
 */
export function reliabilityBins(
  probabilities: ArrayLike<number>,
  positive: ArrayLike<boolean>,
  { bins = 10, scheme = "equal-width" }: BinOptions = {},
): ReliabilityBin[] {
  check("reliability bins", probabilities, positive);
  requireCount("reliability bins", "bins", bins, 1);
  const sorted = Float64Array.from(probabilities).sort();
  const edges = Array.from({ length: bins + 1 }, (_, i) =>
    scheme === "equal-width" ? i / bins : quantile(sorted, i / bins),
  );
  const sums = Array.from({ length: bins }, () => ({ n: 0, probability: 0, positives: 0 }));
  for (let i = 0; i < probabilities.length; i++) {
    // Index of the bin: the number of inner edges below the probability.
    let low = 1;
    let high = bins;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle] < probabilities[i]) low = middle + 1;
      else high = middle;
    }
    const bin = sums[low - 1];
    bin.n++;
    bin.probability += probabilities[i];
    if (positive[i]) bin.positives++;
  }
  return sums.flatMap(({ n, probability, positives }, i) =>
    n === 0
      ? []
      : [{ low: edges[i], high: edges[i + 1], n, meanProbability: probability / n, observed: positives / n }],
  );
}

/**
 * Expected calibration error, 0 (best) to 1: the bins' |observed - mean probability|, weighted by their cases (Naeini et al. 2015). For
 * several classes give the top class's probability and whether it was right (Guo et al. 2017). It depends on the bins: name them.
 */
export function expectedCalibrationError(
  probabilities: ArrayLike<number>,
  positive: ArrayLike<boolean>,
  options: BinOptions = {},
): number {
  const bins = reliabilityBins(probabilities, positive, options);
  return (
    bins.reduce((sum, { n, observed, meanProbability }) => sum + n * Math.abs(observed - meanProbability), 0) /
    probabilities.length
  );
}

/** The largest |observed - mean probability| of a bin, 0 (best) to 1 (Naeini et al. 2015). */
export function maximumCalibrationError(
  probabilities: ArrayLike<number>,
  positive: ArrayLike<boolean>,
  options: BinOptions = {},
): number {
  return Math.max(
    ...reliabilityBins(probabilities, positive, options).map(({ observed, meanProbability }) =>
      Math.abs(observed - meanProbability),
    ),
  );
}

function check(measure: string, probabilities: ArrayLike<number>, positive: ArrayLike<boolean>): void {
  requireSameLength(measure, probabilities, positive);
  requireCases(measure, probabilities);
  requireProbabilities(measure, probabilities);
}

/** Softmax of log-likelihoods in nats: option scores as probabilities. */
export function softmax(scores: readonly number[]): number[] {
  if (scores.length === 0) throw invalidInput("softmax", "the case has no class probabilities", "at least one", "none");
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
