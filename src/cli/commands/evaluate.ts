/**
 * `polyclinic evaluate`: runs, rescores, compares, reports and exports benchmarks.
 *
 * Over 300 lines because every sub-command of `evaluate` is declared and carried out here.
 */
import { type Command, Option } from "commander";
import { progressBar } from "../../base/progress-bar.ts";
import { exitCodes } from "../shared/exit-codes.ts";
import { addModelOptions, type ModelOptions } from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { namedStrategy } from "../shared/strategy.ts";
import { interrupted, note, print } from "../shared/terminal.ts";
import { number, whole } from "../shared/values.ts";

interface RunOptions extends ModelOptions {
  output?: string;
  data?: string;
  split?: string;
  limit?: number;
  prompt?: string;
  strategy: string;
  corpus?: string;
  exemplars?: string;
  shots?: number;
  exemplarSeed?: number;
  temperature?: number;
  maxTokens?: number;
  seed?: number;
  budget?: number;
  dryRun?: boolean;
  retryFailed?: boolean;
}

/** Repeated here, so that the command's help does not load `evaluate/`. */
const toolNames = ["chexbert", "radgraph", "green", "radcliq"] as const;

const help = `
A run is an append-only folder: run.json, items.jsonl, calls.jsonl, samples.jsonl, scores/, report.json. Run the same command again to resume
it: recorded items are not asked again.

Examples:
  $ polyclinic evaluate samples-closed -o runs/first
  $ polyclinic evaluate pubmedqa --data PubMedQA/data --model http://localhost:8000/v1#google/medgemma-1.5-4b-it
  $ polyclinic evaluate samples-closed --temperature 1 -o runs/second
  $ polyclinic evaluate compare runs/first runs/second`;

export function registerEvaluate(program: Command): void {
  const evaluate = program
    .command("evaluate")
    .description("run a benchmark or your own questions, with intervals, paired tests and records that can be rescored")
    .addHelpText("after", help);
  const run = evaluate
    .command("run", { isDefault: true })
    .description("run a benchmark on a model; `polyclinic evaluate BENCH` does the same")
    .argument("<benchmark>", "a name (see list), or the path of a benchmark.yaml, .csv or .jsonl file")
    .option("-o, --output <folder>", "the run's folder (runs/BENCH-MODEL-STRATEGY)")
    .option("--data <folder>", "folder with the benchmark's published files")
    .option("--split <name>", "split to use instead of the benchmark's default")
    .option("--limit <n>", "use only n items, sampled with a fixed seed; a larger limit extends the same sample", whole)
    .option("--prompt <name>", "prompt to use instead of the benchmark's default")
    .option("--strategy <name>", "strategy for asking the model", "direct")
    .option("--corpus <folder>", "documents for the strategy to search")
    .option(
      "--exemplars <file.jsonl>",
      "worked examples for the prompt: question, answer and, where needed, options, context, image",
    )
    .option("--shots <n>", "use only n exemplars, sampled with --exemplar-seed (default: all, in file order)", whole)
    .option("--exemplar-seed <n>", "seed for sampling exemplars (0)", whole)
    .option("--temperature <t>", "sampling temperature (default: the strategy's)", number)
    .option("--max-tokens <n>", "maximum number of tokens per answer (default: the prompt's)", whole)
    .option("--seed <n>", "seed of the sampling (0)", whole)
    .option("--budget <tokens>", "stop when this many tokens have been used; the run can be resumed", whole)
    .option("--concurrency <n>", "number of parallel requests to a server", whole, 4)
    .option("--dry-run", "print the first prompt and the cost; no model is loaded")
    .option("--retry-failed", "ask failed items again");
  addModelOptions(run)
    .addHelpText("after", help)
    .action((name: string) => runCommand(name, run.opts<RunOptions>()));
  evaluate
    .command("score")
    .description("parse and score a run's recorded answers again; no model is loaded")
    .argument("<run>", "folder of the run")
    .option("--labels <files...>", "outputs of your own CheXbert, RadGraph, GREEN or RadCliQ for the run's reports")
    .addOption(
      new Option("--tool <name>", "the tool that wrote the labels, if its columns do not identify it").choices([
        ...toolNames,
      ]),
    )
    .option("--tool-version <text>", "version and weights of the tool, for the report")
    .addHelpText("after", example("score runs/first"))
    .action(score);
  const judge = evaluate
    .command("judge")
    .description(
      "let a judge model decide which criteria the answers of a HealthBench run meet; the report prints the score",
    )
    .argument("<run>", "folder of the run")
    .option("--samples <n>", "number of verdicts per criterion; the majority counts", whole, 1)
    .option(
      "--people <file.csv>",
      "verdicts of people (columns item, criterion from 1, rater, met), to report agreement",
    );
  addModelOptions(judge)
    .addHelpText("after", example("judge runs/health --model http://localhost:8000/v1#judge"))
    .action((folder: string) => judgeRun(folder, judge.opts<ModelOptions & { samples: number; people?: string }>()));
  evaluate
    .command("report")
    .description("write report.html, report.md and report.json into a run's folder")
    .argument("<run>", "folder of the run")
    .option("--json", "also print report.json")
    .addHelpText("after", example("report runs/first"))
    .action(report);
  evaluate
    .command("compare")
    .description("compare two runs on the same items: differences with intervals, and paired tests")
    .argument("<first>", "folder of the first run")
    .argument("<second>", "folder of the second run")
    .option("-o, --output <file>", "also write the comparison as .md, .html or .json")
    .option("--json", "print as JSON")
    .addHelpText("after", example("compare runs/first runs/second"))
    .action(compare);
  evaluate
    .command("list")
    .description("list the benchmarks of the package and the runs in a folder")
    .option("--runs <folder>", "folder that contains the runs", "runs")
    .option("--json", "print as JSON")
    .addHelpText("after", example("list"))
    .action(listAll);
  evaluate
    .command("export")
    .description("export a run as an Inspect AI log or as CSV")
    .argument("<run>", "folder of the run")
    .option("--inspect <file.eval>", "write a log for `inspect view`")
    .option("--csv <file.csv>", "write a table with one row per item")
    .option("--texts <folder>", "write candidates.csv and references.csv for your own labelling tools")
    .addHelpText("after", example("export runs/first --csv first.csv"))
    .action(exportRun);
  evaluate
    .command("overlap")
    .description(
      "find the questions and images of a benchmark that occur in your training data (equal pixels, or a common passage of 512 characters)",
    )
    .argument("<benchmark>", "a benchmark's name, or the path of a definition or table")
    .argument("<training...>", "files and folders of training data: text, JSON Lines, CSV, images")
    .option("--data <folder>", "folder with the benchmark's published files")
    .option("--split <name>", "split to use instead of the benchmark's default")
    .option("--characters <n>", "minimum length of a common passage", whole, 512)
    .addHelpText("after", example("overlap samples-closed samples/cells/train"))
    .action(overlap);
  for (const command of evaluate.commands) command.exitOverride().showHelpAfterError("(add --help for usage)");
}

const example = (words: string) => `\nExample:\n  $ polyclinic evaluate ${words}`;

async function runCommand(name: string, options: RunOptions): Promise<void> {
  const { estimate, planRun, defaultFolder } = await import("../../evaluate/index.ts");
  const { exemplars, shots, exemplarSeed, corpus } = options;
  const strategy = await namedStrategy({ strategy: options.strategy, corpus });
  const plan = await planRun({
    benchmark: name,
    strategy,
    ...(exemplars !== undefined && {
      exemplars: {
        path: exemplars,
        ...(shots !== undefined && { shots }),
        ...(exemplarSeed !== undefined && { seed: exemplarSeed }),
      },
    }),
    sampling: options.temperature === undefined ? {} : { temperature: options.temperature },
    ...pickDefined(options, ["data", "split", "limit", "prompt", "maxTokens", "seed"]),
  });
  for (const warning of plan.loaded.warnings) note(`Warning: ${warning}.`);
  const cost = estimate(plan);
  if (options.dryRun) {
    print(
      `${plan.loaded.definition.title} (${plan.loaded.definition.licence}), split ${plan.loaded.split}: ${cost.items} items of ${plan.loaded.total}\n` +
        `prompt ${plan.prompt.name}@${plan.prompt.version}, strategy ${options.strategy}: at most ${cost.calls} model calls, about ${cost.promptTokens} prompt tokens, ` +
        `at most ${cost.completionTokens} answer tokens`,
    );
    print(`The first prompt:\n${plan.records[0].input}`);
    return;
  }
  const model = await openModel(options);
  const folder = options.output ?? defaultFolder(plan, model.identity.name);
  const bar = progressBar();
  try {
    const { reportFiles, runBenchmark } = await import("../../evaluate/index.ts");
    const summary = await runBenchmark(plan, model, folder, {
      signal: interrupted,
      onProgress: bar.onProgress,
      concurrency: model.identity.engine.startsWith("remote:") ? (options.concurrency ?? 4) : 1,
      onResume: (done, total) => note(`${done} of ${total} are already answered.`),
      ...(options.budget !== undefined && { budget: options.budget }),
      ...(options.retryFailed !== undefined && { retryFailed: options.retryFailed }),
    });
    bar.done();
    const { text } = await reportFiles(summary.folder);
    print(text);
    print(folder);
    for (const { id, message } of summary.failures.slice(0, 3)) note(`${id}: ${message}`);
    if (!summary.finished) {
      const left = summary.total - summary.done;
      note(
        summary.overBudget
          ? `The token budget is used up; ${left} items are left.`
          : `Stopped; ${left} items are left.`,
      );
      note("Run the same command again to resume.");
      process.exitCode = summary.overBudget || !interrupted.aborted ? exitCodes.partly : exitCodes.interrupted;
    } else if (summary.failures.length > 0) process.exitCode = exitCodes.partly;
  } finally {
    bar.done();
    await model.close();
  }
}

async function score(
  folder: string,
  { labels, tool, toolVersion = "" }: { labels?: string[]; tool?: (typeof toolNames)[number]; toolVersion?: string },
): Promise<void> {
  const { addLabels, openRun, scoreRun } = await import("../../evaluate/index.ts");
  const run = await openRun(folder);
  if (labels !== undefined) {
    const joined = await addLabels(run, labels, { version: toolVersion, ...(tool !== undefined && { tool }) });
    note(
      `${joined.items} items have labels from ${joined.tool} (${joined.version}); ${joined.missing.length} have none, and ${joined.strange} rows match no text of this run.`,
    );
    note("`polyclinic evaluate report` prints the results.");
    if (joined.missing.length > 0) process.exitCode = exitCodes.partly;
  }
  const { path, items, unasked } = await scoreRun(run);
  const counts = new Map<string, number>();
  for (const { status } of items) counts.set(status, (counts.get(status) ?? 0) + 1);
  note(`${[...counts].map(([status, n]) => `${n} ${status}`).join(", ")}; ${unasked} not asked.`);
  print(path);
}

async function judgeRun(
  folder: string,
  { samples, people, ...options }: ModelOptions & { samples: number; people?: string },
): Promise<void> {
  const { addPeople, judgeCriteria, openRun, reportFiles } = await import("../../evaluate/index.ts");
  const run = await openRun(folder);
  const model = await openModel(options);
  const bar = progressBar();
  try {
    await judgeCriteria(run, model, { samples, signal: interrupted, onProgress: bar.onProgress });
    bar.done();
    if (people !== undefined) note(`${await addPeople(run, people)} verdicts of people added.`);
    print((await reportFiles(run)).text);
  } finally {
    bar.done();
    await model.close();
  }
}

async function report(folder: string, { json }: { json?: boolean }): Promise<void> {
  const { openRun, reportFiles } = await import("../../evaluate/index.ts");
  const { text, files, report } = await reportFiles(await openRun(folder));
  print(json ? JSON.stringify(report, undefined, 2) : text);
  for (const file of files) note(`Wrote ${file}`);
}

async function compare(
  first: string,
  second: string,
  { output, json }: { output?: string; json?: boolean },
): Promise<void> {
  const { compareRuns, comparisonHtml, comparisonMarkdown, comparisonText, openRun } = await import(
    "../../evaluate/index.ts"
  );
  const comparison = await compareRuns(await openRun(first), await openRun(second));
  print(json ? JSON.stringify(comparison, undefined, 2) : comparisonText(comparison));
  if (output === undefined) return;
  const { writeWhole } = await import("../../base/files.ts");
  const text = /\.html?$/i.test(output)
    ? comparisonHtml(comparison)
    : /\.json$/i.test(output)
      ? JSON.stringify(comparison, undefined, 2)
      : comparisonMarkdown(comparison);
  await writeWhole(output, text);
  note(`Wrote ${output}`);
}

async function listAll({ runs, json }: { runs: string; json?: boolean }): Promise<void> {
  const { listBenchmarks, openRun } = await import("../../evaluate/index.ts");
  const { readdir } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const benchmarks = await listBenchmarks();
  const found = [];
  for (const name of await readdir(runs).catch(() => [])) {
    const run = await openRun(join(runs, name)).catch(() => undefined);
    if (run !== undefined) found.push(run);
  }
  if (json) {
    print(JSON.stringify({ benchmarks, runs: found.map(({ folder, run }) => ({ folder, ...run })) }, undefined, 2));
    return;
  }
  const width = Math.max(...benchmarks.map(({ name }) => name.length));
  for (const { name, title, licence, ...more } of benchmarks)
    print(
      `${name.padEnd(width)}  ${title}${"data" in more && more.data !== undefined ? " [in the package]" : ""} (${licence})`,
    );
  if (found.length > 0) print("");
  for (const { folder, run } of found)
    print(
      `${folder}  ${run.benchmark.name} ${run.benchmark.split}, ${run.model.name}, ${run.strategy.name}, ${run.created.slice(0, 16)}`,
    );
}

async function exportRun(
  folder: string,
  { inspect, csv, texts }: { inspect?: string; csv?: string; texts?: string },
): Promise<void> {
  const { csvOf, exportInspect, openRun, textsFor } = await import("../../evaluate/index.ts");
  const { PolyclinicError } = await import("../../base/errors.ts");
  if (inspect === undefined && csv === undefined && texts === undefined)
    throw new PolyclinicError("usage/export", "no output was requested", {
      expected: "--inspect FILE.eval, --csv FILE.csv or --texts FOLDER",
    });
  const run = await openRun(folder);
  if (inspect !== undefined) {
    await exportInspect(run, inspect);
    note(`Wrote ${inspect}`);
  }
  if (texts !== undefined) for (const file of await textsFor(run, texts)) note(`Wrote ${file}`);
  if (csv !== undefined) {
    const { writeWhole } = await import("../../base/files.ts");
    await writeWhole(csv, await csvOf(run));
    note(`Wrote ${csv}`);
  }
}

async function overlap(
  name: string,
  training: string[],
  { data, split, characters }: { data?: string; split?: string; characters: number },
): Promise<void> {
  const { findOverlap, loadBenchmark } = await import("../../evaluate/index.ts");
  const { items } = await loadBenchmark(name, {
    ...(data !== undefined && { data }),
    ...(split !== undefined && { split }),
  });
  const found = await findOverlap(items, training, { characters });
  print(
    `${found.texts.length} of ${items.length} questions and ${found.images.length} images occur in the training data.`,
  );
  for (const { id, file, characters: length } of found.texts.slice(0, 20))
    print(`${id}: ${length} characters in ${file}`);
  for (const { id, file } of found.images.slice(0, 20)) print(`${id}: identical to ${file}`);
  if (found.texts.length + found.images.length > 0) process.exitCode = exitCodes.partly;
}

function pickDefined<T extends object, Name extends keyof T>(
  options: T,
  names: readonly Name[],
): Partial<Pick<T, Name>> {
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Partial<Pick<T, Name>>;
}
