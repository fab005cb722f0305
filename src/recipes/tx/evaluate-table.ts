/**
 * Any task of the Therapeutics Data Commons on a user's CSV: the metric that the task is reported by, with a bootstrap over molecules, and beside it the
 * training molecules' nearest neighbours where a training CSV is given.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { bootstrapInterval } from "../../measure/index.ts";
import { canonicalSmiles, type Molecule, morganFingerprint, readMoleculesCsv } from "../../molecules/index.ts";
import { predict, type TaskMetric, type Therapeutics, taskNamed, taskScore } from "../../task/therapeutics/index.ts";
import type { Estimate } from "./evaluate.ts";
import { neighbourMean } from "./score.ts";

export interface TaskTable {
  /** For errors. */
  readonly name: string;
  /** CSV with `Drug` and `Y`, and with a column for each other input that the task's prompt names. */
  readonly text: string;
}

export interface TaskRow {
  readonly task: string;
  readonly metric: TaskMetric;
  readonly molecules: number;
  /** Rows that are not counted, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly model: Estimate;
  readonly neighbours?: Estimate;
  /** Molecules of the test table that the model was trained on, where its training molecules are known. */
  readonly seen?: number;
  /** Molecules of the test table that the training table holds too, in canonical form. */
  readonly overlap?: number;
}

export interface TaskEvaluateOptions extends Work {
  readonly task: string;
  readonly test: TaskTable;
  readonly train?: TaskTable;
}

interface Row {
  readonly molecule: Molecule;
  readonly given: string;
  readonly label: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** @throws PolyclinicError `therapeutics/task`, `therapeutics/table` naming file and line, and the errors of `predict`. */
export async function evaluateTaskTable(
  therapeutics: Therapeutics,
  { task: name, test, train, signal, onProgress }: TaskEvaluateOptions,
): Promise<TaskRow> {
  const task = taskNamed(name);
  if (task === undefined || task.metric === "set-accuracy")
    throw new PolyclinicError("therapeutics/task", "cannot be evaluated on a table", {
      where: name,
      expected: "a binary task or a regression (polyclinic tx tasks --all)",
      found: task === undefined ? "no task with this name" : "a task whose answers are reactants",
    });
  const { kind, metric } = task;
  const { rows, refused } = readTable(test, kind === "binary");
  const training = train && readTable(train, kind === "binary").rows;
  const span = training?.reduce(
    ([low, high], { label }) => [Math.min(low, label), Math.max(high, label)],
    [Infinity, -Infinity],
  );
  const evaluated =
    [...therapeutics.prompts.values()].find((template) => template.task.toLowerCase() === name.toLowerCase())
      ?.placeholders ?? [];
  let seen = 0;
  const predicted: number[] = [];
  for (const [i, { given, molecule, fields }] of rows.entries()) {
    onProgress?.({ stage: name, done: i, total: rows.length, unit: "molecules" });
    const prediction = await predict(therapeutics, name, given, molecule, {
      inputs: otherInputs(fields, evaluated),
      neighbours: 3,
      anyway: true,
      signal,
    });
    if (prediction.neighbours.some(({ smiles }) => smiles === prediction.smiles)) seen++;
    if (kind === "binary" && prediction.probability === undefined)
      throw new PolyclinicError(
        "therapeutics/table",
        `the metric ${metric} needs probabilities, which this model does not return`,
        {
          where: name,
          expected: "a model in process, or a server that returns log-probabilities of a prompt",
          found: prediction.model.engine,
        },
      );
    const value = prediction.probability ?? prediction.value ?? scaled(prediction.rank, span, metric, test.name);
    predicted.push(value);
  }
  const truth = rows.map(({ label }) => label);
  const own = (values: readonly number[]): Estimate => {
    const { estimate, low, high } = bootstrapInterval(
      rows.length,
      (indices) => taskScore(metric, truth, values, indices),
      { resamples: 1000, seed: 101 },
    );
    return { value: estimate, low, high };
  };
  const known = training?.map(({ molecule }) => morganFingerprint(molecule));
  const trained = training && new Set(training.map(({ molecule }) => canonicalSmiles(molecule)));
  const labels = training?.map(({ label }) => label);
  return {
    task: name,
    metric,
    molecules: rows.length,
    refused,
    model: own(predicted),
    ...(therapeutics.neighbours && { seen }),
    ...(known && {
      neighbours: own(rows.map(({ molecule }) => neighbourMean(morganFingerprint(molecule), known, labels!))),
      overlap: rows.filter(({ molecule }) => trained!.has(canonicalSmiles(molecule))).length,
    }),
  };
}

/** Columns that are called as the prompt's placeholders, beside the molecule itself. */
const otherInputs = (fields: Readonly<Record<string, string>>, placeholders: readonly string[]) =>
  Object.fromEntries(
    Object.entries(fields).filter(([column]) => column !== "Drug SMILES" && placeholders.includes(column)),
  );

/** A rank in thousandths as a value: by the span of the training labels, or as it is for a metric that does not care. */
function scaled(
  rank: number | undefined,
  span: readonly number[] | undefined,
  metric: TaskMetric,
  where: string,
): number {
  if (rank !== undefined && span !== undefined) return span[0] + (rank / 1000) * (span[1] - span[0]);
  if (rank !== undefined && (metric === "spearman" || metric === "pearson")) return rank;
  throw new PolyclinicError(
    "therapeutics/table",
    `the metric ${metric} needs the minimum and maximum of the training labels`,
    {
      where,
      found: rank === undefined ? "an answer without a number" : "ranks from 000 to 1000",
      expected: "--train with the task's training table",
    },
  );
}

function readTable({ name, text }: TaskTable, binary: boolean): { rows: Row[]; refused: Record<string, number> } {
  const refused: Record<string, number> = {};
  const rows: Row[] = [];
  for (const { molecule, fields, error, line } of readMoleculesCsv(text, name)) {
    const column = Object.keys(fields).find((field) => field.toLowerCase() === "y");
    if (column === undefined)
      throw new PolyclinicError("therapeutics/table", "has no label column", {
        where: name,
        expected: "Y",
        found: Object.keys(fields).join(", "),
      });
    const label = Number(fields[column]);
    if (fields[column].trim() === "" || !Number.isFinite(label) || (binary && label !== 0 && label !== 1))
      throw new PolyclinicError("therapeutics/table", "is not a valid label", {
        where: `${name}, line ${line}`,
        expected: binary ? "0 or 1 in the column Y" : "a number in the column Y",
        found: fields[column],
      });
    if (molecule === undefined) refused[error!.code] = (refused[error!.code] ?? 0) + 1;
    else rows.push({ molecule, given: smilesOf(fields), label, fields });
  }
  if (rows.length < 2)
    throw new PolyclinicError("therapeutics/table", "contains too few molecules", {
      where: name,
      expected: "at least 2 valid molecules",
      found: String(rows.length),
    });
  return { rows, refused };
}

const smilesOf = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields).find(([name]) => /^(?:smiles|mol|canonical_smiles|structure|drug)$/i.test(name))?.[1] ?? "";
