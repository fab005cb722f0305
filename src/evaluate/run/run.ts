/**
 * Runs a benchmark on a model: every call is recorded when it ends, the failure of one item does not affect others, and
 * a stopped run resumes where it stopped.
 */
import { setMaxListeners } from "node:events";
import { PolyclinicError } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { runPipeline } from "../../batch/pipeline.ts";
import { isFatal } from "../../batch/run-batch.ts";
import type { Generator, Message } from "../../model/contract.ts";
import type { Item } from "../benchmark/item.ts";
import { answerKey, parseAnswer } from "../parse/parse.ts";
import { createRun, lockRun, type RunFolder } from "./folder.ts";
import { messagesFor } from "./input.ts";
import { LineWriter, recordsOf } from "./json-lines.ts";
import { type RunPlan, runRecordOf } from "./plan.ts";
import { overBudget, Recorder, type Usage } from "./recorder.ts";
import type { ItemRecord, SampleRecord, TraceStep } from "./records.ts";

/** How a run is executed: concurrency, token budget, resuming, progress and cancellation. */
export interface RunWork extends Work {
  /** Items processed concurrently; the model's own limit applies to the calls. Default 1, or 4 for a server. */
  readonly concurrency?: number;
  /** Token budget, including earlier sessions; the run stops cleanly when it is used up. */
  readonly budget?: number;
  /** Retry items that failed before. Default false. */
  readonly retryFailed?: boolean;
  /** Called once with the number of items answered in an earlier session. */
  readonly onResume?: (done: number, total: number) => void;
}

/** The outcome of one session of a run. */
export interface RunSummary {
  readonly folder: RunFolder;
  readonly total: number;
  readonly done: number;
  readonly counts: Readonly<Record<SampleRecord["status"], number>>;
  /** False when stopped by a signal or the budget. */
  readonly finished: boolean;
  readonly overBudget: boolean;
  readonly spent: Usage;
  readonly failures: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  /** Seconds of this session. */
  readonly seconds: number;
}

/**
 * Asks a model every item of a plan and records items, calls and answers in a run folder, from which scores are computed later; resumes an
 * interrupted run.
 *
 * @param folder a new folder, or that of the same run to resume.
 * @param model is not closed.
 * @throws PolyclinicError `evaluate/another-run`, `evaluate/changed-data`, `evaluate/locked`, `evaluate/damaged`,
 * `file/write`, and errors that would affect every item alike (a server that rejects the calls).
 */
export async function runBenchmark(
  plan: RunPlan,
  model: Generator,
  folder: string,
  work: RunWork = {},
): Promise<RunSummary> {
  const began = performance.now();
  const unlock = await lockRun(folder);
  try {
    const run = await createRun(folder, await runRecordOf(plan, model.identity));
    await recordItems(run, plan.records);
    return await answerItems(plan, model, run, work, began);
  } finally {
    await unlock();
  }
}

/** Adds new items; existing ones must be unchanged. */
async function recordItems(run: RunFolder, records: readonly ItemRecord[]): Promise<void> {
  const writer = await LineWriter.open(run.path("items"));
  try {
    const there = new Map<string, string>();
    for await (const { id, hash } of recordsOf<ItemRecord>(run.path("items"))) there.set(id, hash);
    const changed = records.filter(({ id, hash }) => there.has(id) && there.get(id) !== hash);
    if (changed.length > 0)
      throw new PolyclinicError("evaluate/changed-data", "items differ from those at the start of this run", {
        where: run.folder,
        found: `${changed.length}: ${changed
          .slice(0, 3)
          .map(({ id }) => id)
          .join(", ")}`,
        hint: "Start a new run (-o).",
      });
    const fresh = records.filter(({ id }) => !there.has(id));
    if (fresh.length > 0) await writer.add(...fresh);
  } finally {
    await writer.close();
  }
}

interface Prepared {
  readonly messages: Message[];
}

async function answerItems(
  plan: RunPlan,
  model: Generator,
  run: RunFolder,
  work: RunWork,
  began: number,
): Promise<RunSummary> {
  const { loaded, prompt, maxTokens, request, seed } = plan;
  const { signal, onProgress, onResume, budget, retryFailed = false } = work;
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  // Every concurrent request listens to it.
  setMaxListeners(0, both);
  const samples = await LineWriter.open(run.path("samples"));
  const before = new Map<string, SampleRecord>();
  for await (const sample of recordsOf<SampleRecord>(run.path("samples"))) before.set(sample.id, sample);
  const recorder = await Recorder.open(run.path("calls"), model, {
    seed,
    ...(budget !== undefined && { budget }),
    signal: both,
  });
  const itemIds = new Set(loaded.items.map(({ id }) => id));
  const answered = new Map([...before].filter(([id]) => itemIds.has(id)));
  const waiting = loaded.items.filter(({ id }) => {
    const sample = answered.get(id);
    return sample === undefined || (retryFailed && sample.status === "error");
  });
  for (const { id } of waiting) answered.delete(id);
  const total = loaded.items.length;
  if (answered.size > 0) onResume?.(answered.size, total);
  const remote = model.identity.engine.startsWith("remote:");
  const atOnce = work.concurrency ?? (remote ? 4 : 1);
  let ending: unknown;
  let streak = 0;
  try {
    await runPipeline<Item, Prepared, SampleRecord>(
      waiting,
      {
        prepare: async (item) => ({ messages: await messagesFor(item, prompt, model) }),
        work: async (item, { messages }) => {
          const { call, trace } = recorder.for(item.id);
          const parse = (text: string) => {
            const parsed = parseAnswer(prompt.answer, { text }, item);
            return parsed.status === "parsed" ? answerKey(parsed.answer) : undefined;
          };
          const sampling = { ...request.sampling };
          const { answer } = await request.strategy.run({ messages, maxTokens, sampling, parse }, call);
          recorder.release(trace);
          return sampleOf(item, prompt.answer, answer, trace);
        },
        finish: async (item, outcome) => {
          const ended = outcome.status === "fulfilled" ? { sample: outcome.value } : failed(item, outcome.reason);
          streak = outcome.status === "fulfilled" ? 0 : streak + 1;
          if ("stop" in ended) {
            if (ended.stop !== "passing" || streak >= maxConsecutiveFailures) {
              ending ??= outcome.status === "rejected" ? outcome.reason : undefined;
              stop.abort();
            }
            return;
          }
          const { sample } = ended;
          await samples.add(sample);
          answered.set(item.id, sample);
          onProgress?.({ stage: "answering", done: answered.size, total, unit: "items" });
        },
      },
      { atOnce, ahead: atOnce + 1, signal: both },
    );
  } finally {
    await recorder.close();
    await samples.close();
  }
  const exhausted = PolyclinicError.is(ending) && ending.code === overBudget;
  if (ending !== undefined && !exhausted) throw ending;
  const counts = { parsed: 0, unparsed: 0, refused: 0, error: 0 };
  for (const { status } of answered.values()) counts[status]++;
  return {
    folder: run,
    total,
    done: answered.size,
    counts,
    finished: answered.size === total,
    overBudget: exhausted,
    spent: recorder.spent,
    failures: [...answered.values()].flatMap(({ id, error }) => (error === undefined ? [] : [{ id, ...error }])),
    seconds: (performance.now() - began) / 1000,
  };
}

function sampleOf(
  item: Item,
  form: Parameters<typeof parseAnswer>[0],
  answer: readonly { key: string; text: string; unclosedThought: boolean; finishReason: string }[],
  trace: readonly TraceStep[],
): SampleRecord {
  const keys = answer.map(({ key }) => key);
  if (answer.length !== 1) return { id: item.id, answer: keys, trace, status: "parsed" };
  const parsed = parseAnswer(form, answer[0], item);
  return {
    id: item.id,
    answer: keys,
    trace,
    status: parsed.status,
    ...(parsed.status === "parsed" && { read: answerKey(parsed.answer) }),
  };
}

/** Number of consecutive transient failures (such as an unreachable server) after which the run stops; running it again resumes it. */
const maxConsecutiveFailures = 8;

/** Records a permanent failure of this item; transient failures are not recorded, so that resuming retries them. */
function failed({ id }: Item, error: unknown): { sample: SampleRecord } | { stop: "budget" | "fatal" | "passing" } {
  if (!PolyclinicError.is(error)) return { stop: "fatal" };
  if (error.code === overBudget) return { stop: "budget" };
  if (isFatal(error) || error.code.startsWith("file/write")) return { stop: "fatal" };
  if (error.retryable) return { stop: "passing" };
  // A withheld answer (content filter) is a refusal, not a failure.
  if (error.code === "remote/finish" && error.found === "content_filter")
    return { sample: { id, answer: [], trace: [], status: "refused" } };
  return {
    sample: { id, answer: [], trace: [], status: "error", error: { code: error.code, message: error.message } },
  };
}
