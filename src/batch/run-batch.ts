/**
 * Runs one task over many studies: one journal line per study, failures do not affect other studies, and a stopped run
 * resumes. The next studies are read while the model works.
 *
 * Over 300 lines because studies answered here and through a server's queue share one plan, one journal and one summary.
 */
import { PolyclinicError } from "../base/errors.ts";
import { requireFolder } from "../base/files.ts";
import type { Work } from "../base/progress.ts";
import { version } from "../base/version.ts";
import type { Generator, ModelIdentity } from "../model/contract.ts";
import { type Strategy, withStrategy } from "../strategy/index.ts";
import type { OpenStudyOptions } from "../study/open/read-part.ts";
import type { Study } from "../study/types.ts";
import type { Task } from "../task/define.ts";
import type { Layout } from "../task/layout.ts";
import { type AnyOptions, checkOptions } from "../task/options.ts";
import { notForClinicalUse, type TaskResult } from "../task/result.ts";
import { aboutQuestion, layoutFor, run, type TaskOptions } from "../task/run.ts";
import { hashOfStudies, Journal, type Line, type Manifest } from "./journal.ts";
import { runPipeline } from "./pipeline.ts";
import { requireOwnCsv, writeResultsCsv } from "./results-csv.ts";
import { type BatchStudy, listStudies } from "./studies.ts";

/** What to run over many studies, and where to write the results. */
export interface BatchRequest {
  readonly task: Task;
  /** A folder whose entries are studies, or a CSV that lists them. */
  readonly source: string;
  /** Output folder. Running again with the same folder resumes. */
  readonly output: string;
  /** The task's own options and those of every task; a row of the CSV may set its own. */
  readonly options: Readonly<Record<string, unknown>> & TaskOptions;
  /** How files are read. */
  readonly open?: OpenStudyOptions;
  /** Every file below the folder is a study. Default: its direct entries. */
  readonly recursive?: boolean;
  /** Retry studies that failed in an earlier run. Default false. */
  readonly retryFailed?: boolean;
  /** Path of a table of the results, written at the end; that of an earlier run is replaced. */
  readonly csv?: string;
  /** Strategy for each question; `budget` limits the replies per study. Default: one call. */
  readonly strategy?: { readonly by: Strategy; readonly budget?: number };
  /** Number of concurrent requests to a model on a server; a model in process answers one at a time. Default 1. */
  readonly concurrency?: number;
}

/** A validated request: only the model and the studies can still fail. */
export interface BatchPlan extends BatchRequest {
  readonly studies: readonly BatchStudy[];
  /** Warnings about the list of studies, for the user. */
  readonly warnings: readonly string[];
}

/** Outcome of a batch, as of the last study that was finished. */
export interface BatchSummary {
  /** Path of `results.jsonl`. */
  readonly path: string;
  /** Number of studies in the batch. */
  readonly total: number;
  readonly counts: Manifest["counts"];
  /** False if the run was stopped before the last study. */
  readonly finished: boolean;
  /** The studies with the status `failed` and their errors. */
  readonly failures: readonly (Line & Required<Pick<Line, "error">>)[];
  /** Fraction of the time in which the model was busy, 0 to 1. */
  readonly modelShare: number;
}

/** Progress and cancellation of a batch. */
export interface BatchWork extends Work {
  /** Called once with the number of studies answered by an earlier run. */
  readonly onResume?: (done: number, total: number) => void;
}

/**
 * Lists the studies and checks the options and the output folder, before a model is opened.
 * @throws PolyclinicError `file/...`, `batch/empty`, `batch/twice`, `batch/columns`, `batch/row`, `batch/cell`, `task/missing`, `task/argument`.
 */
export async function planBatch(request: BatchRequest): Promise<BatchPlan> {
  const { task, source, output, recursive } = request;
  const described: AnyOptions = task.options;
  const listed = await listStudies(source, {
    ...(recursive !== undefined && { recursive }),
    except: output,
    columns: described,
  });
  const { warnings, ownIds } = listed;
  // A file name may be a person's name, so the position in the list is used instead.
  const studies = listed.studies.map((study, i) =>
    request.open?.deidentify && !ownIds.has(study.id) ? { ...study, id: `study-${i + 1}` } : study,
  );
  requireOptionsOfAll(request, studies);
  await requireFolder(output);
  if (request.csv !== undefined) await requireOwnCsv(request.csv);
  return { ...request, studies, warnings };
}

function requireOptionsOfAll({ task, options }: BatchRequest, studies: readonly BatchStudy[]): void {
  const described: AnyOptions = task.options;
  const missing = (expected: string) =>
    new PolyclinicError("task/missing", "a required option is missing", { where: task.name, expected });
  for (const [name, { required }] of Object.entries(described))
    if (required && options[name] === undefined && studies.some((study) => study.options?.[name] === undefined))
      throw missing(`${name} (--${name}), or a column ${name} with a value in every row`);
  if (task.needs.pair && studies.some(({ prior }) => prior === undefined))
    throw missing("a CSV with the columns prior and current");
  for (const study of studies) {
    const all = { ...options, ...study.options };
    checkOptions(described, all);
    task.check?.(all);
  }
}

/**
 * Answers the studies of a plan, one line of `results.jsonl` each; a failed study is recorded, and the same plan run again continues.
 * @throws PolyclinicError `batch/changed`, `batch/in-use`, `batch/damaged`, and faults of every study alike (a server that rejects calls).
 */
export async function runBatch(plan: BatchPlan, model: Generator, work: BatchWork = {}): Promise<BatchSummary> {
  const { task, options, strategy, concurrency = 1 } = plan;
  const { signal } = work;
  const answering = strategy === undefined ? model : withStrategy(model, strategy.by, pickBudget(strategy));
  const atOnce = model.identity.engine.startsWith("remote:") ? concurrency : 1;
  return runStages(plan, model.identity, work, {
    prepare: (study: BatchStudy) => prepare(study, plan, model, signal),
    work: (study, layout) => run(task, layout, answering, { ...options, ...study.options, ...(signal && { signal }) }),
    atOnce,
    ahead: atOnce + 1,
  });
}

/** Maximum number of studies in a server's queue; a group of them is sent, and their answers are fetched, in one request. */
const queued = 500;

/**
 * Like {@link runBatch}, through a server's queue and its workers: studies are uploaded, and their answers fetched.
 *
 * @param queue URL and key of the server; `model` is its name there.
 * @throws PolyclinicError `batch/queue` for a plan that a queue does not support, and as `runBatch`.
 */
export async function runQueued(
  plan: BatchPlan,
  { url, key, model }: { readonly url: string; readonly key: string; readonly model?: string },
  work: BatchWork = {},
): Promise<BatchSummary> {
  const unfit = plan.task.needs.pair
    ? `the task ${plan.task.name}`
    : plan.strategy !== undefined
      ? "a strategy"
      : plan.open !== undefined && Object.values(plan.open).some((value) => value !== undefined && value !== false)
        ? "options for reading files"
        : undefined;
  if (unfit !== undefined)
    throw new PolyclinicError("batch/queue", "this cannot be done through a server's queue", {
      where: "--queue",
      found: unfit,
      hint: "Run the batch without --queue.",
    });
  const { QueueClient } = await import("./queue-client.ts");
  const { signal } = work;
  const client = await QueueClient.open({ url, key, output: plan.output, ...(signal && { signal }) });
  const { view: _, ...options } = plan.options;
  const question = { task: plan.task.name, ...(model !== undefined && { model }) };
  const identity = {
    name: model ?? "default",
    hash: undefined,
    precision: "server",
    engine: `queue:${new URL(url).host}`,
  };
  return runStages(plan, identity, work, {
    prepare: (study) => client.ask(study, { ...question, options: { ...options, ...study.options } }),
    work: (_, job) => client.answer(job),
    atOnce: queued,
    ahead: 4,
  });
}

interface BatchStages<Prepared> {
  readonly prepare: (study: BatchStudy) => Promise<Prepared>;
  readonly work: (study: BatchStudy, prepared: Prepared) => Promise<TaskResult>;
  readonly atOnce: number;
  readonly ahead: number;
}

async function runStages<Prepared>(
  plan: BatchPlan,
  model: ModelIdentity,
  { signal, onProgress, onResume }: BatchWork,
  { atOnce, ahead, ...stages }: BatchStages<Prepared>,
): Promise<BatchSummary> {
  const { task, studies, options, open, output, csv, strategy, retryFailed = false } = plan;
  // A round trip through JSON, for comparison with the manifest.
  const identity = {
    version,
    task: task.name,
    options: JSON.parse(
      JSON.stringify({ ...options, ...open, ...(strategy && { strategy: named(strategy) }) }),
    ) as Record<string, unknown>,
    model,
    studiesSha256: hashOfStudies(studies),
  };
  const journal = await Journal.open(output, identity, studies, { retryFailed });
  try {
    const manifest = (workMs: number, totalMs: number, finished: boolean): Manifest => ({
      schema: "polyclinic.batch/1",
      ...identity,
      studies: studies.length,
      counts: journal.counts(),
      finished,
      seconds: Math.round(totalMs) / 1000,
      modelShare: share(workMs, totalMs),
      notice: notForClinicalUse,
    });
    const waiting = studies.filter(({ id }) => !journal.has(id));
    let done = studies.length - waiting.length;
    if (done > 0) onResume?.(done, studies.length);
    await journal.writeManifest(manifest(0, 0, waiting.length === 0));
    const busy = await runPipeline(
      waiting,
      {
        ...stages,
        finish: async (study, outcome) => {
          await journal.add(lineOf(study, outcome, open?.deidentify === true));
          done++;
          onProgress?.({ stage: "answering", done, total: studies.length, unit: "studies" });
        },
      },
      { atOnce, ahead, ...(signal && { signal }) },
    );
    const finished = done === studies.length;
    await journal.writeManifest(manifest(busy.workMs, busy.totalMs, finished));
    if (csv !== undefined) await writeResultsCsv(csv, task, rowsOf(journal, studies, open?.deidentify === true));
    return {
      path: journal.path,
      total: studies.length,
      counts: journal.counts(),
      finished,
      failures: journal.failures(),
      modelShare: share(busy.workMs, busy.totalMs),
    };
  } finally {
    await journal.close();
  }
}

/** The result of each study, in the order of the list. */
async function* rowsOf(journal: Journal, studies: readonly BatchStudy[], deidentify: boolean) {
  let next = 0;
  for await (const line of journal.results(studies.map(({ id }) => id))) {
    const { id, files } = studies[next++];
    yield line ?? { id, files: deidentify ? [] : files };
  }
}

const pickBudget = ({ budget }: { budget?: number }) => (budget === undefined ? {} : { budget });
const named = ({ by: { name, version, options }, budget }: NonNullable<BatchRequest["strategy"]>) => ({
  name,
  version,
  options,
  ...pickBudget({ budget }),
});

const share = (workMs: number, totalMs: number) => (totalMs === 0 ? 0 : Math.round((workMs / totalMs) * 1000) / 1000);

/** Reads and lays out a study while the model processes an earlier one. Files a study holds open are closed again. */
async function prepare(
  study: BatchStudy,
  { task, options, open }: BatchPlan,
  model: Generator,
  signal: AbortSignal | undefined,
): Promise<Layout> {
  // Imported lazily: a batch with nothing left to do loads no readers.
  const { openStudy } = await import("../study/open/open.ts");
  const reading: OpenStudyOptions = { ...open, ...(signal && { signal }) };
  const opened: Study[] = [];
  try {
    for (const files of study.prior === undefined ? [study.files] : [study.prior, study.files])
      opened.push(await openStudy(files, reading));
    const [first, second] = opened;
    const input = second === undefined ? first : { prior: first, current: second };
    const all = aboutQuestion({ ...options, ...study.options, ...(signal && { signal }) });
    return await layoutFor(task, input, model, all);
  } finally {
    for (const one of opened) await one.close();
  }
}

/** Errors of the server or of the request rather than of a study: every further study would fail alike. */
const fatal = /^(?:remote\/(?:unauthorised|not-found|no-vision|images-ignored|option)|usage\/)/;
export const isFatal = (error: unknown): boolean => PolyclinicError.is(error) && fatal.test(error.code);

function lineOf(study: BatchStudy, outcome: PromiseSettledResult<TaskResult>, deidentify: boolean): Line {
  const { id } = study;
  const files = deidentify ? [] : study.files;
  if (outcome.status === "fulfilled") {
    const { value: result } = outcome;
    const { status } = result.parse;
    return { id, files, status: status === "parsed" ? "answered" : status, result };
  }
  const error: unknown = outcome.reason;
  if (isFatal(error)) throw error;
  const code = PolyclinicError.is(error) ? error.code : "internal";
  // Location and found value can contain names of files and people.
  const message = deidentify && PolyclinicError.is(error) ? error.summary : (error as Error).message;
  return { id, files, status: "failed", error: { code, message: deidentify && code === "internal" ? code : message } };
}
