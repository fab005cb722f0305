/** Precision, recall and F1, by label and averaged. */
import { invalidInput, requireCases, requireSameLength } from "../input.ts";
import type { Label, LabelCounts } from "./confusion.ts";

/** Precision, recall and F1 of one label, each 0 to 1. */
export interface LabelF1<L extends Label = Label> {
  readonly label: L;
  /** True cases of this label. */
  readonly support: number;
  /** 0 where nothing was predicted (0/0 = 0, as scikit-learn's `zero_division=0`). */
  readonly precision: number;
  /** 0 where no case has the label. */
  readonly recall: number;
  /** 2 TP / (2 TP + FP + FN); 0 where the label neither occurs nor is predicted. */
  readonly f1: number;
}

/** F1 of every label and its averages over labels, each 0 to 1. */
export interface F1Scores<L extends Label = Label> {
  readonly labels: readonly LabelF1<L>[];
  /** F1 of the counts pooled over labels (`f1-micro`). */
  readonly micro: number;
  /** Unweighted mean of the labels' F1 (`f1-macro`). */
  readonly macro: number;
  /** Mean weighted by support (`f1-weighted`). */
  readonly weighted: number;
  readonly microPrecision: number;
  readonly microRecall: number;
  readonly macroPrecision: number;
  readonly macroRecall: number;
  /** Labels that neither occur nor are predicted: they count as F1 0 in the macro mean, so their number must be reported with it. */
  readonly emptyLabels: readonly L[];
}

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** F1 scores, 0 to 1, from each label's counts (`labelCounts` of a confusion matrix, or `multiLabelCounts`). */
export function f1Scores<L extends Label>(counts: readonly LabelCounts<L>[]): F1Scores<L> {
  requireCases("F1", counts);
  const labels = counts.map(({ label, truePositives: tp, falsePositives: fp, falseNegatives: fn }) => ({
    label,
    support: tp + fn,
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
  }));
  const pooled = { tp: 0, fp: 0, fn: 0 };
  for (const { truePositives, falsePositives, falseNegatives } of counts) {
    pooled.tp += truePositives;
    pooled.fp += falsePositives;
    pooled.fn += falseNegatives;
  }
  const meanOf = (value: (label: LabelF1<L>) => number) =>
    labels.reduce((sum, label) => sum + value(label), 0) / labels.length;
  return {
    labels,
    micro: ratio(2 * pooled.tp, 2 * pooled.tp + pooled.fp + pooled.fn),
    macro: meanOf(({ f1 }) => f1),
    weighted: ratio(
      labels.reduce((sum, { f1, support }) => sum + f1 * support, 0),
      pooled.tp + pooled.fn,
    ),
    microPrecision: ratio(pooled.tp, pooled.tp + pooled.fp),
    microRecall: ratio(pooled.tp, pooled.tp + pooled.fn),
    macroPrecision: meanOf(({ precision }) => precision),
    macroRecall: meanOf(({ recall }) => recall),
    emptyLabels: counts
      .filter(
        ({ truePositives, falsePositives, falseNegatives }) => truePositives + falsePositives + falseNegatives === 0,
      )
      .map(({ label }) => label),
  };
}

/** Counts a label when each case has any number of labels. `truth[case][label]`, `predicted[case][label]`. */
export function multiLabelCounts<L extends Label>(
  truth: readonly (readonly boolean[])[],
  predicted: readonly (readonly boolean[])[],
  labels: readonly L[],
): LabelCounts<L>[] {
  requireSameLength("multi-label F1", truth, predicted);
  for (const [i, row] of [...truth, ...predicted].entries())
    if (row.length !== labels.length)
      throw invalidInput(
        "multi-label F1",
        `row ${i % truth.length} has a different number of labels`,
        `${labels.length}`,
        `${row.length}`,
      );
  return labels.map((label, k) => {
    let tp = 0;
    let fp = 0;
    let fn = 0;
    for (let i = 0; i < truth.length; i++) {
      if (truth[i][k]) predicted[i][k] ? tp++ : fn++;
      else if (predicted[i][k]) fp++;
    }
    return { label, truePositives: tp, falsePositives: fp, falseNegatives: fn };
  });
}
