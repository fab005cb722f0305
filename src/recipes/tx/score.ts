/** The score of a set: AUROC or root mean squared error, averaged over its tasks as in MoleculeNet. */
import { auroc, mean } from "../../measure/index.ts";
import { type Fingerprint, nearest } from "../../molecules/index.ts";
import type { TxSetDefinition, TxTask } from "./sets.ts";

export const metricOf = ({ tasks }: Pick<TxSetDefinition, "tasks">) => (tasks[0].kind === "binary" ? "AUROC" : "RMSE");

export function isAhead(set: Pick<TxSetDefinition, "tasks">, value: number, other: number): boolean {
  return metricOf(set) === "AUROC" ? value > other : value < other;
}

/**
 * @param labels one row per molecule, one column per task; NaN where it was not measured.
 * @param indices rows to use, possibly repeated; default: all.
 * @returns the mean over the tasks with both classes; NaN if there is none.
 */
export function scoreOf(
  tasks: readonly TxTask[],
  labels: readonly (readonly number[])[],
  predicted: readonly (readonly number[])[],
  indices: ArrayLike<number> = labels.map((_, i) => i),
): number {
  const values = tasks.flatMap(({ kind }, t) => {
    const known = Array.from(indices).filter((i) => !Number.isNaN(labels[i][t]));
    const truth = known.map((i) => labels[i][t]);
    const scores = known.map((i) => predicted[i][t]);
    if (kind === "regression") return [Math.sqrt(mean(scores.map((score, k) => (score - truth[k]) ** 2)))];
    const positive = truth.map((label) => label === 1);
    return positive.includes(true) && positive.includes(false) ? [auroc(scores, positive)] : [];
  });
  return mean(values);
}

const neighbourCount = 10;

/** Similarity-weighted mean of the labels of the ten nearest molecules. */
export function neighbourMean(query: Fingerprint, library: readonly Fingerprint[], labels: readonly number[]): number {
  const hits = nearest(query, library, neighbourCount);
  const weight = hits.reduce((sum, { similarity }) => sum + similarity, 0);
  // Nothing in common with any training molecule: all that is known is the average.
  if (weight === 0) return mean(labels);
  return hits.reduce((sum, { index, similarity }) => sum + similarity * labels[index], 0) / weight;
}
