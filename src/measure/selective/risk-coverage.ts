/** Selective prediction: risk and coverage (El-Yaniv and Wiener 2010; Geifman et al. 2019). */
import { invalidInput, requireCases, requireFinite, requireSameLength, undefinedMeasure } from "../input.ts";
import { ascendingOrder } from "../summary.ts";

/** One point of a risk-coverage curve. */
export interface RiskCoveragePoint {
  /** Cases with at least this confidence are answered. */
  readonly threshold: number;
  /** Share of cases answered, 0 to 1; 1 - coverage is deferred. */
  readonly coverage: number;
  /** Share of the answered that are wrong, 0 to 1. */
  readonly risk: number;
}

/** One point for each distinct confidence, from the most confident. Cases of one confidence enter together. */
export function riskCoverage(confidence: ArrayLike<number>, correct: ArrayLike<boolean>): RiskCoveragePoint[] {
  requireSameLength("risk-coverage", confidence, correct);
  requireCases("risk-coverage", confidence);
  requireFinite("risk-coverage", confidence);
  const order = ascendingOrder(confidence).reverse();
  const points: RiskCoveragePoint[] = [];
  let wrong = 0;
  for (let i = 0; i < order.length; i++) {
    if (!correct[order[i]]) wrong++;
    if (i + 1 === order.length || confidence[order[i + 1]] !== confidence[order[i]])
      points.push({ threshold: confidence[order[i]], coverage: (i + 1) / order.length, risk: wrong / (i + 1) });
  }
  return points;
}

/**
 * AURC, 0 (best) to 1: mean over k = 1..n of the risk among the k most confident cases (Geifman et al. 2019). Cases of one confidence are in no
 * order, so inside them the expected number of errors is used.
 */
export function areaUnderRiskCoverage(confidence: ArrayLike<number>, correct: ArrayLike<boolean>): number {
  const n = confidence.length;
  let sum = 0;
  let k = 0;
  let wrong = 0;
  for (const { coverage, risk } of riskCoverage(confidence, correct)) {
    const end = Math.round(coverage * n);
    const wrongAtEnd = Math.round(risk * end);
    for (let i = k + 1; i <= end; i++) sum += (wrong + ((wrongAtEnd - wrong) * (i - k)) / (end - k)) / i;
    k = end;
    wrong = wrongAtEnd;
  }
  return sum / n;
}

/** Excess AURC, 0 (best) up: AURC minus that of a confidence that puts every right case first, at the same accuracy. */
export function excessAreaUnderRiskCoverage(confidence: ArrayLike<number>, correct: ArrayLike<boolean>): number {
  return (
    areaUnderRiskCoverage(confidence, correct) -
    areaUnderRiskCoverage(
      Array.from(correct, (value) => (value ? 1 : 0)).map((value, i) => value * 2 * correct.length + (value ? 0 : -i)),
      correct,
    )
  );
}

/**
 * Accuracy, 0 to 1, when the least confident share `deferral` of the cases is withheld (Med-PaLM's selective prediction: .45 deferred). Whole confidence
 * levels are withheld, so the coverage reached, which is returned, is at most 1 - deferral.
 */
export function selectiveAccuracy(
  confidence: ArrayLike<number>,
  correct: ArrayLike<boolean>,
  deferral: number,
): { accuracy: number; coverage: number; threshold: number } {
  if (!(deferral >= 0 && deferral < 1))
    throw invalidInput(
      "selective accuracy",
      "the deferral rate is out of range",
      "at least 0 and below 1",
      String(deferral),
    );
  const point = riskCoverage(confidence, correct).findLast(({ coverage }) => coverage <= 1 - deferral + 1e-12);
  if (point === undefined)
    throw undefinedMeasure(
      "selective accuracy",
      "more cases share the highest confidence than this deferral rate allows to be answered",
    );
  return { accuracy: 1 - point.risk, coverage: point.coverage, threshold: point.threshold };
}

/** Shannon entropy of answer shares in nats, 0 up: how far samples of one question disagree (Med-Gemini's uncertainty). */
export function answerEntropy(counts: readonly number[]): number {
  const n = counts.reduce((a, b) => a + b, 0);
  if (n === 0) throw undefinedMeasure("answer entropy", "there are no answers");
  return counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / n) * Math.log(count / n)), 0);
}
