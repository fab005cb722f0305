/** `polyclinic tx evaluate`: MoleculeNet's sets, or a user's table of a task. */
import { type Command, Option } from "commander";
import { PolyclinicError } from "../../../base/errors.ts";
import { requireFree, writeWhole } from "../../../base/files.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import { notForClinicalUse } from "../../../task/result.ts";
import { dim, interrupted, note, print, strong } from "../../shared/terminal.ts";
import { type ModelFolder, openProperties, readText } from "../../shared/tx-model.ts";
import { evaluationTable, taskTable } from "../../shared/tx-text.ts";
import { collect, whole } from "../../shared/values.ts";

/** @param addModel adds the options that choose the model. */
export function registerTxEvaluate(tx: Command, addModel: (command: Command) => Command): void {
  addModel(
    tx
      .command("evaluate")
      .description(
        "evaluate a model on the test splits of the MoleculeNet data sets (DeepChem's scaffold split), or on your table of a task of the Therapeutics Data Commons, compared with nearest neighbours",
      )
      .option("--data <folder>", "folder with BBBP.csv, delaney-processed.csv and the other MoleculeNet data sets"),
  )
    .option("--task <name>", "with --csv: the task (polyclinic tx tasks --all)")
    .option("--csv <test.csv>", "a table with the columns Drug and Y, as TDC has them")
    .option(
      "--train <train.csv>",
      "the task's training table, for the nearest neighbours and the limits of a regression",
    )
    .option("--set <name>", "only this data set; can be repeated", collect)
    .addOption(new Option("--part <part>", "part of the split").choices(["valid", "test"]).default("test"))
    .option("--every <n>", "only every n-th molecule of the part, for a quick look", whole)
    .option("--all-methods", "also the language model and kernel regression, for the tasks they support (slower)")
    .option("--save-json <file.json>", "write the rows as JSON")
    .addHelpText("after", "\nExample:\n  $ polyclinic tx evaluate --task BBB_Martins --csv samples/bbb.csv")
    .action((options) => (options.csv === undefined ? evaluateCommand(options) : evaluateTable(options)));
}

async function evaluateCommand(
  options: ModelFolder & {
    data?: string;
    set?: string[];
    part: "valid" | "test";
    every?: number;
    allMethods?: boolean;
    saveJson?: string;
  },
) {
  const { data } = options;
  if (data === undefined)
    throw new PolyclinicError("usage/data", "nothing to measure on is named", {
      where: "tx evaluate",
      expected: "--data FOLDER, or --task NAME --csv TEST.csv",
    });
  if (options.saveJson !== undefined) await requireFree(options.saveJson);
  const { evaluateTx } = await import("../../../recipes/tx/evaluate.ts");
  const { txSets } = await import("../../../recipes/tx/sets.ts");
  const names = txSets.map(({ name }) => name);
  const unknown = options.set?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new PolyclinicError("usage/set", "is not a data set", {
      where: `--set ${unknown}`,
      expected: names.join(", "),
    });
  const therapeutics = await openProperties(options);
  const bar = progressBar();
  try {
    const { set, part, every, allMethods } = options;
    const rows = await evaluateTx(therapeutics, {
      data,
      part,
      ...(set !== undefined && { sets: set }),
      ...(allMethods && { allMethods }),
      ...(every !== undefined && { every: Math.max(1, every) }),
      signal: interrupted,
      onProgress: bar.onProgress,
    });
    bar.done();
    note(
      strong(
        "Caution: Research only: MoleculeNet's labels contain errors and the test splits are small; consider the intervals.",
      ),
    );
    print(evaluationTable(rows));
    if (options.saveJson !== undefined) {
      await writeWhole(
        options.saveJson,
        `${JSON.stringify({ model: therapeutics.model.identity.hash, kernel: therapeutics.kernel?.hash, rows }, undefined, 2)}\n`,
      );
      if (!options.quiet) note(`Wrote ${options.saveJson}`);
    }
    if (!options.quiet) note(dim(notForClinicalUse));
  } finally {
    bar.done();
    await therapeutics.model.close();
  }
}

interface TableOptions extends ModelFolder {
  task?: string;
  csv: string;
  train?: string;
  saveJson?: string;
}

async function evaluateTable({ task, csv, train, saveJson, ...options }: TableOptions): Promise<void> {
  if (task === undefined)
    throw new PolyclinicError("usage/task", "the table's task is not named", {
      where: `--csv ${csv}`,
      expected: "--task NAME (polyclinic tx tasks --all)",
    });
  if (saveJson !== undefined) await requireFree(saveJson);
  const tableOf = async (path: string) => ({ name: path, text: await readText(path) });
  const [test, training] = [await tableOf(csv), train === undefined ? undefined : await tableOf(train)];
  const { evaluateTaskTable } = await import("../../../recipes/tx/evaluate-table.ts");
  const therapeutics = await openProperties(options);
  const bar = progressBar();
  try {
    const row = await evaluateTaskTable(therapeutics, {
      task,
      test,
      ...(training && { train: training }),
      signal: interrupted,
      onProgress: bar.onProgress,
    });
    bar.done();
    note(strong("Caution: Research only: the split decides the figure, and small tables have wide intervals."));
    for (const [code, count] of Object.entries(row.refused)) note(`Not counted: ${count} molecules, ${code}.`);
    if (row.seen)
      note(strong(`Caution: the model was trained on ${row.seen} of these molecules: for them this measures memory.`));
    if (row.overlap) note(strong(`Caution: ${row.overlap} test molecules are in the training table too.`));
    print(taskTable(row));
    if (saveJson !== undefined) {
      const content = { checkpoint: therapeutics.model.identity.hash, ...row, notice: notForClinicalUse };
      await writeWhole(saveJson, `${JSON.stringify(content, undefined, 2)}\n`);
      if (!options.quiet) note(`Wrote ${saveJson}`);
    }
    if (!options.quiet) note(dim(notForClinicalUse));
  } finally {
    bar.done();
    await therapeutics.model.close();
  }
}
