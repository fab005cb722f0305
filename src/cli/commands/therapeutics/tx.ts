/** `polyclinic tx`: properties of molecules, by a model that answers the prompts of the Therapeutics Data Commons. */
import { existsSync } from "node:fs";
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
import {
  embeddedProperties,
  type ModelFolder,
  openProperties,
  readText,
  therapeuticsFolderOf,
} from "../../shared/tx-model.ts";
import { neighboursSvg, predictionsCsv, predictionText } from "../../shared/tx-text.ts";
import { collect, whole } from "../../shared/values.ts";
import { registerTxAsk } from "./tx-ask.ts";
import { registerTxEvaluate } from "./tx-evaluate.ts";

interface PredictOptions extends ModelFolder {
  task?: string[];
  input?: string[];
  neighbours?: number;
  method?: TxMethod;
  anyway?: boolean;
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
    .option("--anyway", "answer even molecules unlike all training molecules; the answer is marked as out of scope")
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
  registerTxEvaluate(tx, addModel);
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
              anyway: options.anyway === true,
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
  const unlike = predictions.filter(({ refusal }) => refusal !== undefined).length;
  const refused = predictions.filter(({ status }) => status === "refused").length;
  if (refused > 0 && refused === predictions.length) process.exitCode = exitCodes.refused;
  if (batch) {
    const { read, broken: failed } = summarise(records);
    note(`${read} molecules read, ${failed} failed; ${predictions.length - refused} predictions, ${refused} refused.`);
    if (unlike > refused) note(strong(`${unlike - refused} answers are OUT OF SCOPE and meaningless (--anyway).`));
    if (failed > 0) process.exitCode = read === 0 ? exitCodes.input : exitCodes.partly;
  }
  if (!options.quiet && !options.json) note(dim(first === undefined ? notForClinicalUse : footerOf(first)));
}

/** Each caution of a batch once, with the number of molecules it applies to. */
function cautionsOf(predictions: readonly Prediction[], batch: boolean): string[] {
  if (!batch) return [...new Set(predictions.flatMap(({ cautions }) => cautions))];
  const general = predictions[0]?.cautions.filter((caution) => caution.startsWith("Research only")) ?? [];
  const doubtful = predictions.filter(({ cautions, status }) => cautions.length > 1 && status === "answered").length;
  return [
    ...general,
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
  const text = await readText(given);
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
    const answerOptions = own === undefined ? placeholders.join(", ") : [own.options].flat().join(" / ");
    return [
      task,
      own?.kind ?? taskNamed(task)?.kind ?? "",
      set === undefined ? "" : `${set.smiles.length} of ${set.name}`,
      answerOptions,
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
