/** `polyclinic tx`: properties of molecules, by a model that answers the prompts of the Therapeutics Data Commons. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { PolyclinicError } from "../../../base/errors.ts";
import { requireFree, writeWhole } from "../../../base/files.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import { type MoleculeRecord, readMoleculesCsv, readSdf, readSmiles, summarise } from "../../../molecules/index.ts";
import { notForClinicalUse } from "../../../task/result.ts";
import {
  type Prediction,
  predict,
  type TxMethod,
  taskNamed,
  therapeuticTasks,
} from "../../../task/therapeutics/index.ts";
import { exitCodes } from "../../shared/exit-codes.ts";
import { dim, interrupted, note, print, strong } from "../../shared/terminal.ts";
import { embeddedProperties, type ModelFolder, openProperties, therapeuticsFolderOf } from "../../shared/tx-model.ts";
import { evaluationTable, neighboursSvg, predictionsCsv, predictionText } from "../../shared/tx-text.ts";
import { collect, whole } from "../../shared/values.ts";
import { registerTxAsk } from "./tx-ask.ts";

interface PredictOptions extends ModelFolder {
  task?: string[];
  input?: string[];
  neighbours?: number;
  method?: TxMethod;
  smilesColumn?: string;
  csv?: string;
  saveJson?: string;
  svg?: string;
  json?: boolean;
}

export function registerTx(program: Command): void {
  const tx = program
    .command("tx")
    .description("predict properties of molecules with the evidence, list tasks, evaluate");
  tx.addHelpText("after", '\nExample:\n  $ polyclinic tx predict "CC(=O)Oc1ccccc1C(=O)O" --task BBB_Martins');
  addModel(
    tx
      .command("predict")
      .description("predict a property of a molecule, or of every molecule of a CSV or SD file")
      .argument("<molecule>", "a SMILES, or a .csv or .sdf file")
      .requiredOption("--task <name>", "a task; can be repeated (polyclinic tx tasks lists them)", collect),
  )
    .option("--input <name=text>", "another input of the prompt, e.g. 'Target amino acid sequence=MKV'", collect)
    .option("--neighbours <n>", "number of training molecules shown (3)", whole)
    .addOption(
      new Option("--method <name>", "default: the method that did better on validation molecules").choices([
        "language",
        "kernel",
      ]),
    )
    .option("--smiles-column <name>", "the CSV column with the SMILES, if it is not called smiles", String)
    .option("--csv <file.csv>", "write the predictions as CSV")
    .option("--save-json <file.json>", "write the predictions as JSON")
    .option("--svg <file.svg>", "draw the molecule and its nearest training molecules")
    .option("--json", "print the predictions as JSON")
    .addHelpText("after", '\nExample:\n  $ polyclinic tx predict "CC(=O)Oc1ccccc1C(=O)O" --task BBB_Martins')
    .action(predictCommand);
  registerTxAsk(tx);
  addModel(tx.command("tasks").description("list the tasks the model has prompts for"))
    .option("--all", "all 66 tasks of Tx-LLM and TxGemma, with the reported metric of each")
    .action(tasksCommand);
  addModel(
    tx
      .command("evaluate")
      .description(
        "evaluate the embedded model on the test splits of the MoleculeNet data sets (DeepChem's scaffold split), compared with nearest neighbours",
      )
      .requiredOption("--data <folder>", "folder with BBBP.csv, delaney-processed.csv and the other data sets"),
  )
    .option("--set <name>", "only this data set; can be repeated", collect)
    .addOption(new Option("--part <part>", "part of the split").choices(["valid", "test"]).default("test"))
    .option("--every <n>", "only every n-th molecule of the part, for a quick look", whole)
    .option("--all-methods", "also the language model and kernel regression, for the tasks they support (slower)")
    .option("--save-json <file.json>", "write the rows as JSON")
    .action(evaluateCommand);
}

function addModel(command: Command): Command {
  return command
    .option(
      "-m, --model <name>",
      "a checkpoint folder with tdc_prompts.json (TxGemma or the embedded model), or the address of a server together with --prompts",
      embeddedProperties,
    )
    .option("--prompts <folder>", "the folder of tdc_prompts.json, if it is not in the model's folder")
    .option("--quiet", "no notes on stderr; cautions remain");
}

/** Predictions of one task share the prompt's text but not its molecule: each is asked separately. */
async function predictCommand(given: string, options: PredictOptions): Promise<void> {
  for (const path of [options.csv, options.saveJson, options.svg]) if (path !== undefined) await requireFree(path);
  const records = await recordsOf(given, options);
  const batch = records.length > 1 || isFile(given);
  if (batch && options.svg !== undefined)
    throw new PolyclinicError("usage/outputs", "only one molecule can be drawn", { where: `--svg ${options.svg}` });
  if (!batch && records[0].error !== undefined) throw records[0].error;
  const predictions: Prediction[] = [];
  const bar = progressBar();
  const therapeutics = await openProperties(options);
  try {
    let done = 0;
    for (const { molecule, fields, line, name } of records) {
      for (const task of options.task ?? [])
        if (molecule !== undefined) {
          const text = batch ? name || fields.smiles || `line ${line}` : given.trim();
          const { neighbours, method } = options;
          predictions.push(
            await predict(therapeutics, task, text, molecule, {
              inputs: inputsOf(options.input),
              ...(neighbours !== undefined && { neighbours }),
              ...(method !== undefined && { method }),
              signal: interrupted,
            }),
          );
        }
      bar.onProgress({ stage: "predicting", done: ++done, total: records.length, unit: "molecules" });
    }
  } finally {
    bar.done();
    await therapeutics.model.close();
  }
  await show(predictions, records, batch, options);
}

async function show(
  predictions: readonly Prediction[],
  records: readonly MoleculeRecord[],
  batch: boolean,
  options: PredictOptions,
): Promise<void> {
  for (const caution of cautionsOf(predictions, batch)) note(strong(`Caution: ${caution}`));
  const broken = records.filter(({ error }) => error !== undefined);
  for (const { error } of broken) note(`Not predicted: ${error!.message}`);
  if (options.json) print(JSON.stringify(predictions, undefined, 2));
  else if (batch) print(predictionsCsv(predictions));
  else print(predictions.map(predictionText).join("\n"));
  const [first] = predictions;
  const outputs: [string | undefined, () => string][] = [
    [options.csv, () => predictionsCsv(predictions)],
    [options.saveJson, () => `${JSON.stringify(predictions, undefined, 2)}\n`],
    [options.svg, () => neighboursSvg(first)],
  ];
  for (const [path, content] of outputs)
    if (path !== undefined) {
      await writeWhole(path, content());
      if (!options.quiet) note(`Wrote ${path}`);
    }
  if (batch) {
    const { read, broken: failed } = summarise(records);
    note(`${read} molecules predicted, ${failed} failed.`);
    if (failed > 0) process.exitCode = read === 0 ? exitCodes.input : exitCodes.partly;
  }
  if (!options.quiet && !options.json) note(dim(first === undefined ? notForClinicalUse : footerOf(first)));
}

/** Each caution of a batch once, with the number of molecules it applies to. */
function cautionsOf(predictions: readonly Prediction[], batch: boolean): string[] {
  if (!batch) return [...new Set(predictions.flatMap(({ cautions }) => cautions))];
  const [general] = predictions[0]?.cautions ?? [];
  const doubtful = predictions.filter(({ cautions }) => cautions.length > 1).length;
  return [
    ...(general === undefined ? [] : [general]),
    ...(doubtful > 0
      ? [`${doubtful} of ${predictions.length} predictions have their own cautions: see the cautions column.`]
      : []),
  ];
}

const footerOf = ({ model, notice }: Prediction) =>
  `${model.name} (${model.precision}${model.hash === undefined ? "" : `, ${model.hash.slice(0, 12)}`})\n${notice}`;

const isFile = (given: string) => /\.(?:csv|sdf|sd|mol)$/i.test(given);

/** The argument is a file if its name ends like one; no SMILES does. */
async function recordsOf(given: string, { smilesColumn }: PredictOptions): Promise<MoleculeRecord[]> {
  if (!isFile(given)) {
    if (existsSync(given))
      throw new PolyclinicError("molecules/file", "has an unsupported file type", {
        where: given,
        expected: ".csv, .sdf or .mol, or a SMILES",
      });
    return [{ line: 1, name: "", fields: {}, molecule: readSmiles(given) }];
  }
  const text = await readFile(given, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new PolyclinicError("molecules/file", `cannot be read (${cause.code})`, { where: given, cause });
  });
  return /\.csv$/i.test(given)
    ? readMoleculesCsv(text, given, smilesColumn === undefined ? {} : { smilesColumn })
    : readSdf(text, given);
}

function inputsOf(given: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf("=");
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new PolyclinicError("usage/input", "is not in the form name=text", {
        where: `--input ${pair}`,
        expected: "name=text",
      });
    }),
  );
}

async function tasksCommand({ all, ...options }: ModelFolder & { all?: boolean }): Promise<void> {
  if (all) {
    const rows = therapeuticTasks.map(({ name, kind, metric, split }) => [name, kind, metric, split ?? ""]);
    print(columns([["task", "kind", "metric", "split"], ...rows]));
    return;
  }
  const { readPromptFile, readLibrary } = await import("../../../task/therapeutics/index.ts");
  const folder = options.prompts ?? therapeuticsFolderOf(options);
  const [prompts, library] = await Promise.all([readPromptFile(folder), readLibrary(folder)]);
  const rows = [...prompts.values()].map(({ task, placeholders }) => {
    const set = library?.sets.find(({ tasks }) => tasks.some(({ name }) => name === task));
    const own = set?.tasks.find(({ name }) => name === task);
    const says = own === undefined ? placeholders.join(", ") : [own.options].flat().join(" / ");
    return [
      task,
      own?.kind ?? taskNamed(task)?.kind ?? "",
      set === undefined ? "" : `${set.smiles.length} of ${set.name}`,
      says,
    ];
  });
  print(columns([["task", "kind", "trained on", library === undefined ? "asks for" : "answers"], ...rows]));
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  return rows
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

async function evaluateCommand(
  options: ModelFolder & {
    data: string;
    set?: string[];
    part: "valid" | "test";
    every?: number;
    allMethods?: boolean;
    saveJson?: string;
  },
) {
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
    const { data, set, part, every, allMethods } = options;
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
