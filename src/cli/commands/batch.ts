/** `polyclinic batch`. */
import { type Command, Option } from "commander";
import { progressBar } from "../../base/progress-bar.ts";
import type { BatchSummary } from "../../batch/run-batch.ts";
import type { AnyOptions, OptionDescription } from "../../task/options.ts";
import { taskNamed, tasks } from "../../task/tasks.ts";
import { exitCodeOf, exitCodes } from "../shared/exit-codes.ts";
import {
  type AnswerOptions,
  addAnswerOptions,
  addModelOptions,
  addStudyOptions,
  type ModelOptions,
  openOptions,
  type StudyOptions,
  taskOptions,
} from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { addStrategyOptions, type StrategyOptions, strategyOf } from "../shared/strategy.ts";
import { addTaskOptions, readTaskOptions } from "../shared/task-options.ts";
import { interrupted, note, print, strong } from "../shared/terminal.ts";
import { whole } from "../shared/values.ts";

interface Options extends ModelOptions, StudyOptions, AnswerOptions, StrategyOptions {
  task: string;
  output: string;
  recursive?: boolean;
  retryFailed?: boolean;
  concurrency: number;
  csv?: string;
  queue?: string;
}

/** Maximum number of failed studies listed at the end. */
const shownFailures = 3;

const help = `
The output folder:
  results.jsonl   one line per study, written as each is finished: {id, files, status, result | error}
                  status is answered, unparsed, refused (out of the model's scope), deferred (the strategy gave no answer) or failed; result follows docs/result.schema.json; error is {code, message}
  manifest.json   version, task, options, model, list of studies (sha256), counts, seconds, share of the time spent in the model

A CSV is separated by commas, semicolons or tabs. Several files of one study are given in one cell, separated by semicolons (quoted where the
table is separated by semicolons too). Every row needs as many cells as the header.

Example:
  $ polyclinic batch samples/chest-pair --task locate --object "right lung" -o films/`;

export function registerBatch(program: Command): void {
  const command = program
    .command("batch")
    .description(
      "run one task over many studies; writes results.jsonl and manifest.json, resumes where it stopped, and continues after the failure of a study",
    )
    .argument(
      "<studies>",
      "a folder (each file or folder in it is a study), or a CSV with the columns study or prior,current, and optionally id and any option of the task",
    )
    .requiredOption("-o, --output <folder>", "folder for the results; an existing one is resumed")
    .addOption(
      new Option("-t, --task <task>", "the task").choices(tasks().map(({ name }) => name)).makeOptionMandatory(),
    )
    .option(
      "--queue <url>",
      "use the workers of a server, e.g. http://127.0.0.1:8420 (key: POLYCLINIC_API_KEY); --model is one of its models",
    )
    .option("--csv <file.csv>", "also write a table: id, status, answer, probability, cautions, problems, error, files")
    .option("--recursive", "treat every file in the folder and its subfolders as a study")
    .option("--retry-failed", "run failed studies again")
    .option("--concurrency <n>", "number of parallel requests to a server", whole, 4);
  addTaskOptions(command, optionsOfAll());
  addStrategyOptions(addAnswerOptions(addStudyOptions(addModelOptions(command))))
    .addHelpText("after", help)
    .action((source: string) => batch(source, command.opts<Options & Record<string, unknown>>()));
}

/** The options of all tasks; an option shared by several tasks is one flag, whose help names those tasks. */
function optionsOfAll(): AnyOptions {
  const all = new Map<string, { option: OptionDescription; of: string[] }>();
  for (const task of tasks())
    for (const [name, option] of Object.entries(task.options as AnyOptions)) {
      const known = all.get(name);
      if (known === undefined) all.set(name, { option, of: [task.name] });
      else known.of.push(task.name);
    }
  return Object.fromEntries(
    [...all].map(([name, { option, of }]) => {
      const { last: _, several: __, ...flag } = option;
      return [name, { ...flag, help: `for ${of.join(", ")}: ${option.help}` }];
    }),
  );
}

async function batch(source: string, options: Options & Record<string, unknown>): Promise<void> {
  const began = performance.now();
  const task = taskNamed(options.task);
  const own = await readTaskOptions(task.options, options);
  const strategy = await strategyOf(options);
  const { planBatch, runBatch, runQueued } = await import("../../batch/run-batch.ts");
  const plan = await planBatch({
    task,
    source,
    output: options.output,
    options: { ...taskOptions(options), ...own },
    open: openOptions(options),
    ...(strategy !== undefined && { strategy }),
    recursive: options.recursive ?? false,
    retryFailed: options.retryFailed ?? false,
    concurrency: options.concurrency,
    ...(options.csv !== undefined && { csv: options.csv }),
  });
  for (const warning of plan.warnings) note(`Warning: ${warning}`);
  const model = options.queue === undefined ? await openModel(options) : undefined;
  const bar = progressBar();
  try {
    const work = {
      signal: interrupted,
      onProgress: bar.onProgress,
      onResume: (done: number, total: number) => note(`${done} of ${total} are done already.`),
    };
    const summary =
      model === undefined
        ? await runQueued(
            plan,
            {
              url: options.queue!,
              key: process.env.POLYCLINIC_API_KEY ?? "",
              ...(options.model !== undefined && { model: options.model }),
            },
            work,
          )
        : await runBatch(plan, model, work);
    bar.done();
    summarise(summary, (performance.now() - began) / 1000);
  } finally {
    bar.done();
    await model?.close();
  }
}

function summarise({ path, total, counts, finished, failures, modelShare }: BatchSummary, seconds: number): void {
  const { answered, unparsed, refused, deferred, failed, withCautions, outOfScope } = counts;
  print(path);
  note(
    `${answered} answered, ${unparsed} unparsed, ${refused} refused, ${deferred > 0 ? `${deferred} deferred, ` : ""}${failed} failed of ${total}; ${seconds.toFixed(1)} s, ` +
      `${Math.round(modelShare * 100)} % of the time in the model.`,
  );
  if (withCautions > 0) note(strong(`${withCautions} answers have cautions: read the cautions with the answers.`));
  if (refused > 0) note(`${refused} refused: the reasons are in results.jsonl; see docs/refusals.md.`);
  if (outOfScope > 0) note(strong(`${outOfScope} answers are OUT OF SCOPE and meaningless (--anyway).`));
  if (!finished) {
    note("Stopped. Run the same command again to resume.");
    process.exitCode = exitCodes.interrupted;
  } else if (failed > 0) {
    for (const { id, error } of failures.slice(0, shownFailures))
      note(error.message.includes(id) ? error.message : `${id}: ${error.message}`);
    if (failed > shownFailures) note(`and ${failed - shownFailures} more, in results.jsonl`);
    // If every study failed, the first error determines the exit code.
    process.exitCode = failed === total ? exitCodeOf(failures[0].error.code) : exitCodes.partly;
  } else if (refused === total) process.exitCode = exitCodes.refused;
  else if (deferred === total) process.exitCode = exitCodes.deferred;
}
