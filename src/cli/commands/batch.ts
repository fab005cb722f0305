/** `polyclinic batch`. */
import { type Command, Option } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import { version } from "../../base/version.ts";
import { hashOfStudies, Journal, type Line, type Manifest } from "../../batch/journal.ts";
import { runPipeline } from "../../batch/pipeline.ts";
import { type BatchStudy, listStudies } from "../../batch/studies.ts";
import { requireText } from "../../task/arguments.ts";
import { exitCodeOf, exitCodes } from "../shared/exit-codes.ts";
import {
  type AnswerOptions,
  addAnswerOptions,
  addModelOptions,
  addStudyOptions,
  list,
  type ModelOptions,
  openOptions,
  pick,
  type StudyOptions,
  taskOptions,
  whole,
} from "../shared/options.ts";
import { requireFolder } from "../shared/output.ts";
import { readQuestion } from "../shared/question.ts";
import { openModel } from "../shared/session.ts";
import { interrupted, note, print, progressBar } from "../shared/terminal.ts";

const tasks = ["ask", "report", "classify", "locate", "compare"] as const;

interface Options extends ModelOptions, StudyOptions, AnswerOptions {
  task: (typeof tasks)[number];
  output: string;
  question?: string;
  choices?: string[];
  labels?: string[];
  multi?: boolean;
  object?: string;
  finding?: string;
  indication?: string;
  recursive?: boolean;
  retryFailed?: boolean;
  concurrency: number;
}

/** Of the studies that failed, these are named at the end. */
const shownFailures = 3;

const help = `
The output folder:
  results.jsonl   one line a study, as each is done: {id, files, status, result | error}
                  status is answered, unparsed or failed; result is as docs/result.schema.json has it; error is {code, message}
  manifest.json   version, task, options, model, list of studies (sha256), counts, seconds, share of them in the model

Example:
  $ polyclinic batch samples/chest-pair --task classify --labels normal,pneumonia -o films/`;

export function registerBatch(program: Command): void {
  const command = program
    .command("batch")
    .description(
      "run one task over many studies; writes results.jsonl and manifest.json, goes on where it stopped, and keeps one study's failure to itself",
    )
    .argument(
      "<studies>",
      "a folder (each file or folder in it is a study), or a CSV with the columns study or prior,current, and optionally id, question",
    )
    .requiredOption("-o, --output <folder>", "where results go; the same folder again goes on")
    .addOption(new Option("-t, --task <task>", "what to do").choices(tasks).makeOptionMandatory())
    .option("-q, --question <text>", "for ask and classify, or @file with it")
    .option("--choices <list>", "for ask: the only answers allowed", list)
    .option("-l, --labels <list>", "for classify", list)
    .option("--multi", "for classify: each label on its own")
    .option("--object <name>", "for locate: what to find")
    .option("--finding <name>", "for compare: what to follow")
    .option("--indication <text>", "for report")
    .option("--recursive", "every file below the folder is a study")
    .option("--retry-failed", "do the failed ones again")
    .option("--concurrency <n>", "requests at a time, for a server", whole, 4);
  addAnswerOptions(addStudyOptions(addModelOptions(command)))
    .addHelpText("after", help)
    .action(batch);
}

async function batch(source: string, options: Options): Promise<void> {
  const began = performance.now();
  if (options.question !== undefined) options.question = await readQuestion(options.question);
  const studies = await listStudies(source, { recursive: options.recursive, except: options.output });
  requireTaskOptions(options, studies);
  await requireFolder(options.output);
  const model = await openModel(options);
  const own = ["question", "choices", "labels", "multi", "object", "finding", "indication"] as const;
  const shaping = { ...taskOptions(options), ...openOptions(options), ...pick(options, own) };
  // Through JSON, as it will be read again from the manifest.
  const plan = {
    task: options.task,
    options: JSON.parse(JSON.stringify(shaping)) as Record<string, unknown>,
    model: model.identity,
    studiesSha256: hashOfStudies(studies),
  };
  const { answerStudy, openStudies } = await import("../../batch/answer.ts");
  let journal: Journal | undefined;
  const bar = progressBar();
  try {
    journal = await Journal.open(options.output, plan);
    const book = journal;
    const { notForClinicalUse } = await import("../../task/result.ts");
    const manifest = (workMs: number, totalMs: number, finished: boolean): Manifest => ({
      schema: "polyclinic.batch/1",
      version,
      ...plan,
      studies: studies.length,
      counts: book.counts(),
      finished,
      seconds: Math.round(totalMs) / 1000,
      modelShare: totalMs === 0 ? 0 : Math.round((workMs / totalMs) * 1000) / 1000,
      notice: notForClinicalUse,
    });
    const waiting = studies.filter(({ id }) => !book.has(id, options.retryFailed ?? false));
    if (waiting.length < studies.length)
      note(`${studies.length - waiting.length} of ${studies.length} are done already.`);
    await book.writeManifest(manifest(0, 0, waiting.length === 0));
    const onServer = model.identity.engine.startsWith("remote:");
    const atOnce = onServer ? options.concurrency : 1;
    let done = studies.length - waiting.length;
    const busy = await runPipeline(
      waiting,
      {
        prepare: (study) => openStudies(study, model, options, shaping),
        work: (study, opened) => answerStudy(study, opened, model, options.task, shaping),
        finish: async (study, outcome) => {
          await book.add(lineOf(study, outcome));
          bar.onProgress({ stage: "answering", done: ++done, total: studies.length, unit: "studies" });
        },
      },
      { atOnce, ahead: atOnce + 1, signal: interrupted },
    );
    bar.done();
    const finished = done === studies.length;
    await book.writeManifest(manifest(busy.workMs, busy.totalMs, finished));
    summarise(book, studies.length, finished, (performance.now() - began) / 1000, busy.workMs / busy.totalMs);
  } finally {
    bar.done();
    await journal?.close();
    await model.close();
  }
}

function lineOf(study: BatchStudy, outcome: PromiseSettledResult<NonNullable<Line["result"]>>): Line {
  const { id, files } = study;
  if (outcome.status === "fulfilled")
    return {
      id,
      files,
      status: outcome.value.parse.status === "parsed" ? "answered" : "unparsed",
      result: outcome.value,
    };
  const error: unknown = outcome.reason;
  // What would fail for every study alike ends the batch: the model is gone, the disk is full.
  if (
    PolyclinicError.is(error) &&
    /^(?:remote\/(?:unauthorised|not-found|no-vision|images-ignored|option)|usage\/)/.test(error.code)
  )
    throw error;
  const code = PolyclinicError.is(error) ? error.code : "internal";
  return { id, files, status: "failed", error: { code, message: (error as Error).message } };
}

function summarise(journal: Journal, total: number, finished: boolean, seconds: number, share: number): void {
  const { answered, unparsed, failed } = journal.counts();
  print(journal.path);
  note(
    `${answered} answered, ${unparsed} unparsed, ${failed} failed of ${total}; ${seconds.toFixed(1)} s, ` +
      `${Number.isNaN(share) ? 0 : Math.round(share * 100)} % of it in the model.`,
  );
  if (!finished) {
    note("Stopped. The same command goes on where it stopped.");
    process.exitCode = exitCodes.interrupted;
  } else if (failed > 0) {
    const failures = journal.failures();
    for (const { id, error } of failures.slice(0, shownFailures))
      note(error.message.includes(id) ? error.message : `${id}: ${error.message}`);
    if (failed > shownFailures) note(`and ${failed - shownFailures} more, in results.jsonl`);
    // Where nothing came of it at all, the first reason is the reason.
    process.exitCode = failed === total ? exitCodeOf(failures[0].error.code) : exitCodes.partly;
  }
}

function requireTaskOptions({ task, question, labels, object }: Options, studies: readonly BatchStudy[]): void {
  if (question !== undefined) requireText("--question", question);
  if (object !== undefined) requireText("--object", object);
  const missing =
    task === "ask" && question === undefined && studies.some((study) => study.question === undefined)
      ? "--question, or a question in every row"
      : task === "classify" && labels === undefined
        ? "--labels"
        : task === "locate" && object === undefined
          ? "--object"
          : task === "compare" && studies.some(({ prior }) => prior === undefined)
            ? "a CSV with the columns prior and current"
            : undefined;
  if (missing !== undefined)
    throw new PolyclinicError("usage/missing", "the task needs more to go on", { where: task, expected: missing });
}
