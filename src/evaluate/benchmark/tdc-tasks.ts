/**
 * The tasks of the Therapeutics Data Commons as benchmarks, `tdc-herg` and the others, from the one table of tasks: 65 files that differ by a name would say no more.
 */
import { type TaskMetric, therapeuticTasks } from "../../task/therapeutics/index.ts";
import type { Benchmark, Suite } from "./definition.ts";
import { parseDefinition } from "./definition.ts";

/** `tdc-bbb-martins`. */
const nameOf = (task: string) => `tdc-${task.toLowerCase().replaceAll("_", "-")}`;

/** MAE and MSE need the limits of the training labels, which are not published: correlations hold without them. */
const metricsOf: Readonly<Record<Exclude<TaskMetric, "set-accuracy">, readonly string[]>> = {
  auroc: ["auroc-macro", "accuracy", "accuracy-of-answered"],
  auprc: ["auprc of B", "auroc-macro", "accuracy"],
  accuracy: ["accuracy", "accuracy-of-answered"],
  mae: ["spearman", "pearson"],
  mse: ["pearson", "spearman"],
  spearman: ["spearman", "pearson"],
  pearson: ["pearson", "spearman"],
};

/** The definition of a task; undefined for any other name. */
export function tdcBenchmark(name: string): Benchmark | undefined {
  const task = therapeuticTasks.find((one) => nameOf(one.name) === name);
  if (task === undefined || task.metric === "set-accuracy") return undefined;
  const binary = task.kind === "binary";
  const notes = [
    `Give the ${task.split ?? "published"} split of TDC as test.csv, and tdc_prompts.json from the weights' folder. The split decides the number.`,
    ...(task.name === "BBB_Martins" ? ["At least two labels of its test part are suspect (TDC issue 383)."] : []),
    ...(task.metric === "mae" || task.metric === "mse"
      ? [
          `Reported by ${task.metric.toUpperCase()}, which needs the training limits: polyclinic tx evaluate --task ${task.name} --csv test.csv --train train.csv.`,
        ]
      : []),
  ];
  const definition = {
    name,
    title: `TDC ${task.name}`,
    licence: "that of the data set (TDC); terms of TxGemma for its prompts",
    source: "https://tdcommons.ai/",
    reader: "tdc",
    splits: { test: { file: [`${task.name}_test.csv`, "test.csv"] } },
    split: "test",
    options: { task: task.name, kind: binary ? "classification" : "regression" },
    prompt: binary ? "verbatim" : "verbatim-number",
    metrics: metricsOf[task.metric],
    notes,
  };
  // JSON is YAML: the same checks as those of a file.
  return parseDefinition(JSON.stringify(definition), name) as Benchmark;
}

/** All of them as one suite, `tdc`. */
export function tdcSuite(): Suite {
  return parseDefinition(
    JSON.stringify({
      name: "tdc",
      title: "The 66 tasks of Tx-LLM and TxGemma",
      licence: "that of each task",
      source: "https://arxiv.org/abs/2406.06316",
      suite: therapeuticTasks.map(({ name, metric }) => ({
        task: `${name}: ${metric}`,
        ...(metric === "set-accuracy"
          ? { missing: "its answers are reactants, which must be compared as sets of molecules" }
          : { benchmark: nameOf(name) }),
      })),
    }),
    "tdc",
  ) as Suite;
}
