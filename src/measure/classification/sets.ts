/** Answers that are sets: reactants, variant calls, extracted fields. */
import { requireCases, requireSameLength } from "../input.ts";

/** Precision, recall and F1 of predicted sets, from counts pooled over all cases. */
export interface SetScores {
  readonly precision: number;
  readonly recall: number;
  /** 2 TP / (2 TP + FP + FN), 0 to 1; 0/0 = 0. */
  readonly f1: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/**
 * F1 of items pooled over cases: for variant calls (SNP-F1, Indel-F1) give normalised variants as strings (`chr:pos:ref:alt`) and one case a
 * sample. Items are compared as given; the way they were normalised is part of the metric's name.
 */
export function setF1(predicted: readonly Iterable<string>[], gold: readonly Iterable<string>[]): SetScores {
  requireSameLength("set F1", predicted, gold);
  let tp = 0;
  let fp = 0;
  let fn = 0;
  for (let i = 0; i < gold.length; i++) {
    const truth = new Set(gold[i]);
    const predictedSet = new Set(predicted[i]);
    let shared = 0;
    for (const item of predictedSet) if (truth.has(item)) shared++;
    tp += shared;
    fp += predictedSet.size - shared;
    fn += truth.size - shared;
  }
  const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return {
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    truePositives: tp,
    falsePositives: fp,
    falseNegatives: fn,
  };
}

/** Share of cases whose predicted set equals the gold set, 0 to 1 (USPTO retrosynthesis; canonical strings). */
export function setAccuracy(predicted: readonly Iterable<string>[], gold: readonly Iterable<string>[]): number {
  requireSameLength("set accuracy", predicted, gold);
  requireCases("set accuracy", gold);
  let correct = 0;
  for (let i = 0; i < gold.length; i++) {
    const truth = new Set(gold[i]);
    const predictedSet = new Set(predicted[i]);
    if (truth.size === predictedSet.size && [...predictedSet].every((item) => truth.has(item))) correct++;
  }
  return correct / gold.length;
}
