/** The metric that each of the 66 tasks is reported by (Tx-LLM, tables A.7 and A.8), of any choice of cases. */
import { auroc, averagePrecision, meanAbsoluteError, pearson, spearman } from "../../measure/index.ts";
import type { TaskMetric } from "./tasks.ts";

/** Metrics of which a lower value is better. */
export const lowerIsBetter: ReadonlySet<TaskMetric> = new Set(["mae", "mse"]);

/**
 * @param truth 0 or 1 for a binary task, else the measured value.
 * @param predicted probability of the positive class, or the value.
 * @param indices the cases that count. Default: all.
 * @throws the measure's own error where it is not defined (one class alone). RangeError for `set-accuracy`, which is of texts.
 */
export function taskScore(
  metric: TaskMetric,
  truth: readonly number[],
  predicted: readonly number[],
  indices: ArrayLike<number> = truth.map((_, i) => i),
): number {
  const t = Array.from(indices, (i) => truth[i]);
  const p = Array.from(indices, (i) => predicted[i]);
  const positive = () => t.map((label) => label === 1);
  switch (metric) {
    case "auroc":
      return auroc(p, positive());
    case "auprc":
      return averagePrecision(p, positive());
    case "accuracy":
      return t.filter((label, i) => label === Number(p[i] >= 0.5)).length / t.length;
    case "mae":
      return meanAbsoluteError(p, t);
    case "mse":
      return p.reduce((sum, value, i) => sum + (value - t[i]) ** 2, 0) / p.length;
    case "spearman":
      return spearman(p, t);
    case "pearson":
      return pearson(p, t);
    case "set-accuracy":
      throw new RangeError("set-accuracy compares texts");
  }
}
