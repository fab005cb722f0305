/** Confusion matrices and measures derived from them. */
import { invalidInput, requireCases, requireSameLength, undefinedMeasure } from "../input.ts";
import { share } from "../summary.ts";

/** A class label. */
export type Label = string | number | boolean;

/** Counts of cases by true and predicted label. */
export interface ConfusionMatrix<L extends Label = Label> {
  /** Rows and columns in this order. */
  readonly labels: readonly L[];
  /** `counts[truth][predicted]`. */
  readonly counts: readonly (readonly number[])[];
  /** Number of cases per row without a prediction: unparsed answers and refusals. They are wrong, but not a false positive for any label. */
  readonly unanswered: readonly number[];
  /** All cases, the unanswered included. */
  readonly n: number;
}

/**
 * Counts cases by true and predicted label.
 *
 * @param predicted `undefined` where there is no prediction (an answer that could not be parsed).
 * @param labels their order; by default all that occur, sorted. A label outside them is an error, never silently dropped.
 */
export function confusionMatrix<L extends Label>(
  truth: readonly L[],
  predicted: readonly (L | undefined)[],
  labels: readonly L[] = sortedLabels(truth, predicted),
): ConfusionMatrix<L> {
  requireSameLength("confusion matrix", truth, predicted);
  const place = new Map(labels.map((label, i) => [label, i]));
  const placeOf = (label: L, i: number) => {
    const found = place.get(label);
    if (found === undefined)
      throw invalidInput(
        "confusion matrix",
        `case ${i} has a label outside the options`,
        labels.join(", "),
        String(label),
      );
    return found;
  };
  const counts = labels.map(() => labels.map(() => 0));
  const unanswered = labels.map(() => 0);
  for (let i = 0; i < truth.length; i++) {
    const row = placeOf(truth[i], i);
    const found = predicted[i];
    if (found === undefined) unanswered[row]++;
    else counts[row][placeOf(found, i)]++;
  }
  return { labels, counts, unanswered, n: truth.length };
}

function sortedLabels<L extends Label>(truth: readonly L[], predicted: readonly (L | undefined)[]): L[] {
  const all = new Set<L>(truth);
  for (const label of predicted) if (label !== undefined) all.add(label);
  return [...all].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** One label against the rest. */
export interface LabelCounts<L extends Label = Label> {
  readonly label: L;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/** The counts of each label against the rest. An unanswered case is a false negative of its true label. */
export function labelCounts<L extends Label>({ labels, counts, unanswered }: ConfusionMatrix<L>): LabelCounts<L>[] {
  return labels.map((label, i) => {
    const row = counts[i].reduce((a, b) => a + b, 0) + unanswered[i];
    const column = counts.reduce((sum, other) => sum + other[i], 0);
    const own = counts[i][i];
    return { label, truePositives: own, falsePositives: column - own, falseNegatives: row - own };
  });
}

/** Share of cases whose label was predicted, 0 to 1; unanswered cases are wrong. */
export function accuracy(matrix: ConfusionMatrix): number {
  return share(
    "accuracy",
    matrix.counts.reduce((sum, row, i) => sum + row[i], 0),
    matrix.n,
  );
}

/** Accuracy over the answered cases alone, 0 to 1: always to be reported beside the number of unanswered ones. */
export function accuracyOfAnswered(matrix: ConfusionMatrix): number {
  const correct = matrix.counts.reduce((sum, row, i) => sum + row[i], 0);
  return share("accuracy of answered", correct, matrix.n - matrix.unanswered.reduce((a, b) => a + b, 0));
}

/** Mean over the labels that occur in the truth of the share recognised (mean recall), 0 to 1. scikit-learn `balanced_accuracy_score`. */
export function balancedAccuracy(matrix: ConfusionMatrix): number {
  const recalls = labelCounts(matrix)
    .filter(({ truePositives, falseNegatives }) => truePositives + falseNegatives > 0)
    .map(({ truePositives, falseNegatives }) => truePositives / (truePositives + falseNegatives));
  return share(
    "balanced accuracy",
    recalls.reduce((a, b) => a + b, 0),
    recalls.length,
  );
}

/** Mean over conditions (or question categories) of the accuracy within each, 0 to 1: MedGemma's macro-accuracy. */
export function macroAccuracy(correct: readonly boolean[], condition: readonly Label[]): number {
  requireSameLength("macro-accuracy", correct, condition);
  requireCases("macro-accuracy", correct);
  const groups = new Map<Label, { correct: number; n: number }>();
  for (let i = 0; i < correct.length; i++) {
    const group = groups.get(condition[i]) ?? { correct: 0, n: 0 };
    group.n++;
    if (correct[i]) group.correct++;
    groups.set(condition[i], group);
  }
  let sum = 0;
  for (const group of groups.values()) sum += group.correct / group.n;
  return sum / groups.size;
}

/**
 * Matthews' correlation coefficient for two or more labels (Gorodkin 2004), -1 to 1. Undefined when all truths or all predictions are one
 * label (scikit-learn says 0 there). Cases without a prediction count as one more predicted label.
 */
export function matthewsCorrelation({ counts, unanswered, n }: ConfusionMatrix): number {
  const rows = counts.map((row, i) => row.reduce((a, b) => a + b, 0) + unanswered[i]);
  const columns = counts.map((_, i) => counts.reduce((sum, row) => sum + row[i], 0));
  const missing = unanswered.reduce((a, b) => a + b, 0);
  const correct = counts.reduce((sum, row, i) => sum + row[i], 0);
  const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
  const both = n * correct - rows.reduce((sum, value, i) => sum + value * columns[i], 0);
  const truthSpread = n * n - squares(rows);
  const predictedSpread = n * n - squares([...columns, missing]);
  if (truthSpread === 0 || predictedSpread === 0)
    throw undefinedMeasure("Matthews correlation", "all truths or all predictions have one label");
  return both / Math.sqrt(truthSpread * predictedSpread);
}
