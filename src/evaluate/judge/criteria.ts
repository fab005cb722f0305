/**
 * HealthBench's score (OpenAI, arXiv 2505.08775): a judge model decides for every criterion whether an answer meets it.
 * An answer's score is the points of the met criteria divided by the sum of the positive points; the overall score is
 * the mean over answers, clipped to 0 to 1. The wording of the judge's prompt is this project's own, and the judge is
 * part of the score's name.
 *
 * A refusal is judged like any other answer. Where there is no text at all (a failed call, an answer withheld by the
 * host), no criterion is met: 0 points. If a verdict cannot be parsed, its answer is not scored but counted.
 */
import { join } from "node:path";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { makeFolder, writeWhole } from "../../base/files.ts";
import type { Work } from "../../base/progress.ts";
import type { Generator, Message } from "../../model/contract.ts";
import { findJson } from "../../task/parse/json.ts";
import type { Criterion } from "../benchmark/item.ts";
import { withoutThought } from "../parse/closed.ts";
import type { RunFolder } from "../run/folder.ts";
import { recordsOf } from "../run/json-lines.ts";
import { Recorder } from "../run/recorder.ts";
import type { CallRecord, ItemRecord, SampleRecord } from "../run/records.ts";

/** Incremented whenever the judge's prompt or parser changes. */
export const judgeVersion = 1;

export interface Verdict {
  readonly criterion: number;
  /** Undefined when no sample could be parsed, or on a tie. */
  readonly met?: boolean;
  /** Proportion of the samples that agree with `met`. */
  readonly share?: number;
}

/** A line of `judgements/NAME.jsonl`. */
export interface Judgement {
  readonly id: string;
  /** `no answer`: there is no text, so the judge was not asked. */
  readonly about: "answer" | "refusal" | "no answer";
  readonly verdicts: readonly Verdict[];
  readonly points: readonly number[];
}

export interface JudgeSource {
  readonly judge: string;
  readonly hash?: string;
  readonly version: number;
  readonly samples: number;
  readonly seed: number;
}

export interface JudgedRun extends JudgeSource {
  readonly judgements: readonly Judgement[];
}

export const judgementFolder = (run: RunFolder): string => join(run.folder, "judgements");

/**
 * Points divided by the sum of the positive points: at most 1, may be negative; undefined when a verdict is missing.
 */
export function pointsOf({ about, verdicts, points }: Judgement): number | undefined {
  const most = points.reduce((sum, own) => sum + Math.max(0, own), 0);
  if (most === 0) return undefined;
  if (about === "no answer") return 0;
  if (verdicts.some(({ met }) => met === undefined)) return undefined;
  return verdicts.reduce((sum, { criterion, met }) => sum + (met ? points[criterion] : 0), 0) / most;
}

/**
 * Every call is recorded beside the run; run again, it resumes. @throws PolyclinicError `evaluate/judge` for a run
 * without criteria.
 */
export async function judgeCriteria(
  run: RunFolder,
  model: Generator,
  { samples = 1, seed = 0, signal, onProgress }: { samples?: number; seed?: number } & Work = {},
): Promise<JudgedRun> {
  const items = new Map<string, { input: string; criteria: readonly Criterion[] }>();
  for await (const { id, input, gold } of recordsOf<ItemRecord>(run.path("items")))
    if (gold.kind === "judged" && gold.criteria !== undefined) items.set(id, { input, criteria: gold.criteria });
  if (items.size === 0)
    throw new PolyclinicError("evaluate/judge", "no item of the run has rubric criteria", {
      where: run.folder,
      expected: "a run of healthbench, or of a benchmark with rubric criteria",
      found: run.run.benchmark.name,
    });
  const keys = new Map<string, string>();
  const answers = new Map<string, { text: string; refusal: boolean }>();
  const sampleById = new Map<string, SampleRecord>();
  for await (const sample of recordsOf<SampleRecord>(run.path("samples"))) sampleById.set(sample.id, sample);
  for (const [id, { answer }] of sampleById) if (answer.length > 0) keys.set(answer[0], id);
  for await (const { key, text } of recordsOf<CallRecord>(run.path("calls"))) {
    const id = keys.get(key);
    if (id !== undefined)
      answers.set(id, { text: withoutThought(text).trim(), refusal: sampleById.get(id)?.status === "refused" });
  }
  const folder = judgementFolder(run);
  await makeFolder(folder);
  const name = model.identity.name.replace(/[^\w.-]+/g, "-");
  const recorder = await Recorder.open(join(folder, `${name}.calls.jsonl`), model, { seed, ...(signal && { signal }) });
  const judgements: Judgement[] = [];
  try {
    for (const id of sampleById.keys()) {
      const item = items.get(id);
      if (item === undefined) continue;
      throwIfAborted(signal);
      const points = item.criteria.map((criterion) => criterion.points);
      const answer = answers.get(id);
      if (answer === undefined || answer.text === "") judgements.push({ id, about: "no answer", verdicts: [], points });
      else {
        const { call, trace } = recorder.for(id);
        const verdicts = await Promise.all(
          item.criteria.map(async ({ criterion }, i): Promise<Verdict> => {
            const replies = await call("judge", promptOf(item.input, answer.text, criterion), {
              n: samples,
              temperature: samples > 1 ? 0.7 : 0,
              maxTokens: 1024,
            });
            return { criterion: i, ...majority(replies.map(({ text }) => readVerdict(text))) };
          }),
        );
        recorder.release(trace);
        judgements.push({ id, about: answer.refusal ? "refusal" : "answer", verdicts, points });
      }
      onProgress?.({ stage: "judging", done: judgements.length, total: sampleById.size, unit: "answers" });
    }
  } finally {
    await recorder.close();
  }
  const { hash } = model.identity;
  const source: JudgeSource = {
    judge: model.identity.name,
    ...(hash !== undefined && { hash }),
    version: judgeVersion,
    samples,
    seed,
  };
  const lines = [source, ...judgements].map((line) => `${JSON.stringify(line)}\n`);
  await writeWhole(join(folder, `${name}.jsonl`), lines.join(""), { overwrite: true });
  return { ...source, judgements };
}

function majority(read: readonly (boolean | undefined)[]): Pick<Verdict, "met" | "share"> {
  const yes = read.filter((met) => met === true).length;
  const no = read.filter((met) => met === false).length;
  if (yes === no) return {};
  return { met: yes > no, share: Math.max(yes, no) / read.length };
}

/** Accepts only the last object of the form `{"explanation": ..., "criteria_met": true}`. */
export function readVerdict(text: string): boolean | undefined {
  for (const { value } of findJson(withoutThought(text)).reverse()) {
    const met = (value as { criteria_met?: unknown } | null)?.criteria_met;
    if (typeof met === "boolean") return met;
  }
  return undefined;
}

function promptOf(conversation: string, answer: string, criterion: string): Message[] {
  const text =
    "Below are a conversation, the answer it was given last, and one criterion. Judge only whether the last answer meets the criterion. " +
    'A criterion may describe something bad: then it is met when the answer does the bad thing. "Such as" and "for example" list examples, of which not all are needed. ' +
    "A criterion of several parts is met only where all of them are.\n\n" +
    `<conversation>\n${conversation}\n</conversation>\n\n<answer>\n${answer}\n</answer>\n\n<criterion>\n${criterion}\n</criterion>\n\n` +
    'End with JSON alone: {"explanation": "why, in a sentence", "criteria_met": true or false}';
  return [{ role: "user", content: [{ type: "text", text }] }];
}
