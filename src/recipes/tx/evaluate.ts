/**
 * Evaluates the embedded therapeutics model on the test parts of its sets: the method that answers, optionally every
 * method, and ten nearest neighbours as a baseline. Tasks of one set are averaged, as in MoleculeNet; intervals are
 * bootstrapped over molecules.
 */
import type { Work } from "../../base/progress.ts";
import { bootstrapInterval } from "../../measure/index.ts";
import { morganFingerprint } from "../../molecules/index.ts";
import { predict, type Therapeutics, type TxMethod } from "../../task/therapeutics/index.ts";
import { metricOf, neighbourMean, scoreOf } from "./score.ts";
import { type Part, readTxSet, type TxMolecule, type TxSet, txSets, txSplit } from "./sets.ts";

export interface TxRow {
  readonly set: string;
  readonly metric: "AUROC" | "RMSE";
  readonly split: string;
  readonly part: Part;
  readonly molecules: number;
  readonly tasks: number;
  /** The method that answers for the set. */
  readonly method: TxMethod;
  readonly model: Estimate;
  readonly language?: Estimate;
  readonly kernel?: Estimate;
  readonly neighbours: Estimate;
}

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface TxEvaluateOptions extends Work {
  /** Folder with MoleculeNet's CSV files. */
  readonly data: string;
  /** Names of sets; default: all. */
  readonly sets?: readonly string[];
  readonly part?: Part;
  /** Use every n-th molecule of the part; default 1. */
  readonly every?: number;
  /** Also evaluate the methods that do not answer. Default false: the language model takes most of the time. */
  readonly allMethods?: boolean;
  readonly onRow?: (row: TxRow) => void;
}

const resamples = 1000;

export async function evaluateTx(therapeutics: Therapeutics, options: TxEvaluateOptions): Promise<TxRow[]> {
  const { data, sets: named, part = "test", every = 1, signal, onProgress, onRow } = options;
  const rows: TxRow[] = [];
  for (const definition of txSets.filter(({ name }) => named === undefined || named.includes(name))) {
    const set = await readTxSet(definition, data);
    const evaluated = set.molecules.filter((each) => each.part === part).filter((_, i) => i % every === 0);
    const labels = evaluated.map((each) => each.labels);
    const fitted = therapeutics.kernel?.setOf(set.tasks[0].name);
    const method = fitted?.method ?? "language";
    const others: readonly TxMethod[] = fitted === undefined ? ["language"] : ["language", "kernel"];
    const estimates: Partial<Record<TxMethod, Estimate>> = {};
    for (const each of options.allMethods ? others : [method]) {
      const predicted: number[][] = [];
      for (const [i, { molecule, smiles }] of evaluated.entries()) {
        onProgress?.({ stage: `${set.name}, ${each}`, done: i, total: evaluated.length, unit: "molecules" });
        const row: number[] = [];
        for (const [t, task] of set.tasks.entries()) {
          if (Number.isNaN(labels[i][t])) {
            row.push(Number.NaN);
            continue;
          }
          // Measured on all molecules, also on those that are refused: the other models of the table answer them too.
          const how = { neighbours: 0, method: each, anyway: true, signal };
          const { probability, value } = await predict(therapeutics, task.name, smiles, molecule, how);
          row.push(probability ?? value!);
        }
        predicted.push(row);
      }
      estimates[each] = estimate(set, labels, predicted);
    }
    const row: TxRow = {
      set: set.name,
      metric: metricOf(set),
      split: txSplit,
      part,
      molecules: evaluated.length,
      tasks: set.tasks.length,
      method,
      model: estimates[method]!,
      ...(options.allMethods && estimates),
      neighbours: estimate(set, labels, neighboursOf(set, evaluated)),
    };
    rows.push(row);
    onRow?.(row);
  }
  return rows;
}

/** Similarity-weighted means of the ten nearest training molecules. */
function neighboursOf(set: TxSet, queries: readonly TxMolecule[]): number[][] {
  const training = set.molecules.filter((each) => each.part === "train");
  const library = training.map(({ molecule }) => morganFingerprint(molecule));
  const byTask = set.tasks.map((_, t) => {
    const measured = training.flatMap(({ labels }, i) => (Number.isNaN(labels[t]) ? [] : [i]));
    return { labels: measured.map((i) => training[i].labels[t]), library: measured.map((i) => library[i]) };
  });
  return queries.map(({ molecule }) => {
    const query = morganFingerprint(molecule);
    return byTask.map((known) => neighbourMean(query, known.library, known.labels));
  });
}

function estimate(
  set: TxSet,
  labels: readonly (readonly number[])[],
  predicted: readonly (readonly number[])[],
): Estimate {
  const {
    estimate: value,
    low,
    high,
  } = bootstrapInterval(labels.length, (indices) => scoreOf(set.tasks, labels, predicted, indices), { resamples });
  return { value, low, high };
}
