/**
 * Exports a run as a log of Inspect AI (`.eval`, version 2): a zip of JSON files that `inspect view` opens. Fields that its schema requires are written
 * even if its reader does not need them. The format is described in Inspect's documentation (log files).
 */
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import yazl from "yazl";
import { requireFree } from "../../base/files.ts";
import { version } from "../../base/version.ts";
import { sha256 } from "../../strategy/key.ts";
import { reportRun } from "../report/report.ts";
import type { RunFolder } from "../run/folder.ts";
import { recordsOf } from "../run/json-lines.ts";
import type { CallRecord, ItemRecord, SampleRecord } from "../run/records.ts";
import type { ScoredItem } from "../score/score.ts";

/** Inspect's letters for correct and incorrect; unparsed answers have no score. */
const letters: Readonly<Partial<Record<ScoredItem["status"], string>>> = { correct: "C", incorrect: "I" };

/**
 * Writes a run as a log of Inspect AI (`.eval`).
 *
 * @param file a new file ending in `.eval`.
 * @throws PolyclinicError `file/exists`, `evaluate/damaged`.
 */
export async function exportInspect(run: RunFolder, file: string): Promise<void> {
  await requireFree(file);
  const { report, items } = await reportRun(run);
  const scores = new Map(items.map((item) => [item.id, item]));
  const names = archiveIds(items.map(({ id }) => id));
  const { model, strategy, benchmark, prompt, created, id: runId, seed } = run.run;
  const usageOf = (calls: readonly CallRecord[]) => {
    const input_tokens = calls.reduce((sum, { usage }) => sum + usage.promptTokens, 0);
    const output_tokens = calls.reduce((sum, { usage }) => sum + usage.completionTokens, 0);
    return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
  };
  const samples = new Map<string, SampleRecord>();
  for await (const sample of recordsOf<SampleRecord>(run.path("samples"))) samples.set(sample.id, sample);
  // Only answers are exported in full; a strategy's other calls are listed by key.
  const answerKeys = new Set(
    [...samples.values()].flatMap(({ answer, trace }) => [...answer, ...trace.flatMap(({ keys }) => keys)]),
  );
  const calls = new Map<string, CallRecord>();
  for await (const call of recordsOf<CallRecord>(run.path("calls")))
    if (answerKeys.has(call.key)) calls.set(call.key, call);
  const modelName = `${model.engine.split(":")[0]}/${model.name}`;
  const plan = {
    name: "plan",
    steps: [{ solver: strategy.name, params: strategy.options, params_passed: strategy.options }],
    config: {},
  };
  const spec = {
    eval_id: sha256(runId).slice(0, 22),
    run_id: runId,
    created,
    task: benchmark.name,
    task_id: sha256(`${runId} task`).slice(0, 22),
    task_version: benchmark.version,
    task_attribs: {},
    task_args: { split: benchmark.split, prompt: prompt.version, seed },
    task_args_passed: {},
    dataset: {
      name: benchmark.title,
      location: benchmark.source ?? null,
      samples: items.length,
      sample_ids: [...names.values()],
      shuffled: false,
    },
    model: modelName,
    model_generate_config: { max_tokens: prompt.maxTokens, seed },
    model_args: {},
    config: { epochs: 1 },
    packages: { polyclinic: version },
    metadata: {
      licence: benchmark.licence,
      data_sha256: benchmark.dataHash,
      prompt_sha256: prompt.hash,
      model_sha256: model.hash ?? null,
      claim: run.run.claim,
    },
    tags: [],
  };
  const zip = new yazl.ZipFile();
  const writing = pipeline(zip.outputStream, createWriteStream(file, { flags: "wx" }));
  const add = (name: string, value: unknown) =>
    zip.addBuffer(Buffer.from(JSON.stringify(value)), name, { mtime: new Date(created) });
  add("_journal/start.json", { version: 2, eval: spec, plan });
  const summaries: unknown[] = [];
  const scored: { id: string; letter: string }[] = [];
  for await (const item of recordsOf<ItemRecord>(run.path("items"))) {
    const sample = samples.get(item.id);
    if (sample === undefined) continue;
    const id = names.get(item.id)!;
    const score = scores.get(item.id);
    const letter = score && letters[score.status];
    if (letter !== undefined) scored.push({ id, letter });
    const own = sample.trace.flatMap(({ keys }) => keys.flatMap((key) => calls.get(key) ?? []));
    const final = sample.answer.flatMap((key) => calls.get(key) ?? []);
    const scoreValue =
      letter === undefined
        ? undefined
        : {
            value: letter,
            answer: score?.answer ?? null,
            explanation: score?.why ?? final[0]?.text ?? null,
            metadata: score?.values ?? null,
            history: [],
          };
    const target = score?.gold ?? "";
    const base = {
      id,
      epoch: 1,
      input: item.input,
      target,
      metadata: { category: item.category ?? null, status: score?.status ?? "not asked", trace: sample.trace },
    };
    const model_usage = own.length === 0 ? {} : { [modelName]: usageOf(own) };
    add(`samples/${id}_epoch_1.json`, {
      ...base,
      choices: item.options?.map(({ text }) => text) ?? null,
      sandbox: null,
      files: null,
      setup: null,
      messages: [
        { id: sha256(`${item.id} user`).slice(0, 22), role: "user", source: "input", content: item.input },
        ...final.map(({ key, text }) => ({
          id: key.slice(0, 22),
          role: "assistant",
          source: "generate",
          model: modelName,
          content: text,
        })),
      ],
      output: {
        model: modelName,
        choices: final.map(({ key, text, finishReason }) => ({
          message: { id: key.slice(0, 22), role: "assistant", source: "generate", model: modelName, content: text },
          stop_reason: finishReason === "length" ? "max_tokens" : "stop",
        })),
        completion: final[0]?.text ?? "",
        usage: usageOf(final),
        ...(sample.error !== undefined && { error: sample.error.message }),
      },
      scores: scoreValue === undefined ? {} : { [report.scorer]: scoreValue },
      store: {},
      events: [],
      model_usage,
      role_usage: {},
      attachments: {},
      error: sample.error === undefined ? null : { message: sample.error.message, traceback: "", traceback_ansi: "" },
      error_retries: [],
      invalidated: false,
      limit: null,
    });
    summaries.push({
      ...base,
      input: item.input.slice(0, 1000),
      scores: scoreValue === undefined ? {} : { [report.scorer]: { value: letter, answer: score?.answer ?? null } },
      model_usage,
      role_usage: {},
      ...(sample.error !== undefined && { error: sample.error.message }),
      completed: true,
      message_count: 1 + final.length,
    });
  }
  const metrics = Object.fromEntries(
    report.estimates.map(({ metric, value, low, high, n }) => [
      metric,
      { name: metric, value, params: {}, metadata: { low: low ?? null, high: high ?? null, n } },
    ]),
  );
  const results = {
    total_samples: items.length,
    completed_samples: items.filter(({ status }) => status !== "error").length,
    scores: [
      {
        name: report.scorer,
        scorer: report.scorer,
        reducer: null,
        scored_samples: scored.length,
        unscored_samples: items.length - scored.length,
        params: {},
        metrics,
        metadata: {},
      },
    ],
    metadata: { counts: report.counts },
  };
  const status = report.unasked === 0 ? "success" : "cancelled";
  const stats = {
    started_at: created,
    completed_at: created,
    model_usage: {
      [modelName]: {
        input_tokens: report.cost.promptTokens,
        output_tokens: report.cost.completionTokens,
        total_tokens: report.cost.promptTokens + report.cost.completionTokens,
      },
    },
    role_usage: {},
    connection_limit_history: [],
  };
  add("_journal/summaries/1.json", summaries);
  add("summaries.json", summaries);
  add("reductions.json", [
    {
      scorer: report.scorer,
      reducer: null,
      samples: scored.map(({ id, letter }) => ({ sample_id: id, value: letter, history: [] })),
    },
  ]);
  add("header.json", {
    version: 2,
    status,
    eval: spec,
    plan,
    results,
    stats,
    invalidated: false,
    tags: [],
    metadata: {},
  });
  zip.end();
  await writing;
}

/** Inspect looks up samples by id as a file name: ids are kept except for characters not allowed in an archive, and stay unique. */
function archiveIds(ids: readonly string[]): Map<string, string> {
  const used = new Set<string>();
  return new Map(
    ids.map((id) => {
      const plain = id
        .replace(/[\\\p{Cc}]/gu, "_")
        .replace(/(^|\/)\.{1,2}(?=\/|$)/g, "$1_")
        .replace(/^(?:\/|[a-z]:)/i, "_");
      const name = used.has(plain) ? `${plain} ${sha256(id).slice(0, 8)}` : plain;
      used.add(name);
      return [id, name];
    }),
  );
}
