/** Scores a run from its records alone, without a model or the data folder. */
import { type FileHandle, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder, writeWhole } from "../../base/files.ts";
import type { Gold } from "../benchmark/item.ts";
import { type AnswerValue, answerKey, type ParsedAnswer, parseAnswer, parserVersion } from "../parse/parse.ts";
import type { RunFolder } from "../run/folder.ts";
import { recordsOf } from "../run/json-lines.ts";
import type { CallRecord, ItemRecord, SampleRecord, ScoreRecord } from "../run/records.ts";
import { judge } from "./item-scores.ts";

/** Scorer version, incremented whenever the same parsed answer gets a different score. */
const judgeVersion = 1;

/** An item without its texts, as reports use it. */
export type ScoredItem = ScoreRecord &
  Pick<ItemRecord, "category" | "cluster" | "closed"> & {
    readonly goldKind: Gold["kind"];
    /** For metrics of whole sets; only if the benchmark uses one. */
    readonly texts?: { readonly candidate: string; readonly references: readonly string[] };
    /** Probability per option, if a single answer was scored. */
    readonly probabilities?: Readonly<Record<string, number>>;
  };

/** The scored items of a run. */
export interface Scores {
  /** Parser and scorer version: `letter@1.1`. */
  readonly scorer: string;
  readonly path: string;
  readonly items: readonly ScoredItem[];
  /** Number of items not asked yet; they are not part of any figure. */
  readonly unasked: number;
}

/**
 * Parses every recorded answer again and writes `scores/NAME@VERSION.jsonl`.
 *
 * @throws PolyclinicError `evaluate/damaged`, `file/write`.
 */
export async function scoreRun(run: RunFolder, { texts = false }: { texts?: boolean } = {}): Promise<Scores> {
  const form = run.run.prompt.answer;
  const scorer = `${form}@${parserVersion}.${judgeVersion}`;
  const items = new Map<string, Omit<ItemRecord, "input" | "hash" | "images">>();
  for await (const { input: _, hash: __, images: ___, ...item } of recordsOf<ItemRecord>(run.path("items")))
    items.set(item.id, item);
  const samples = new Map<string, Pick<SampleRecord, "answer" | "status" | "error">>();
  for await (const { id, answer, status, error } of recordsOf<SampleRecord>(run.path("samples")))
    samples.set(id, error === undefined ? { answer, status } : { answer, status, error });
  // The items that use a call: two equal questions share their calls.
  const owners = new Map<string, string | string[]>();
  for (const [id, { answer }] of samples)
    for (const key of answer) {
      const owner = owners.get(key);
      owners.set(key, owner === undefined ? id : [owner, id].flat());
    }
  const read = new Map<string, ParsedAnswer>();
  const weighed = new Map<string, Readonly<Record<string, number>>>();
  for await (const { key, text, unclosedThought, finishReason, probabilities } of recordsOf<CallRecord>(
    run.path("calls"),
  )) {
    const owner = owners.get(key);
    if (owner === undefined) continue;
    if (probabilities !== undefined) weighed.set(key, probabilities);
    const written = { text, finishReason, ...(unclosedThought && { unclosedThought }) };
    for (const id of typeof owner === "string" ? [owner] : owner) {
      const item = items.get(id);
      if (item !== undefined) read.set(answerName(key, id, owner), parseAnswer(form, written, item));
    }
  }
  const wantsTexts = texts || run.run.benchmark.metrics.some((metric) => /bleu|cider|@coco|meteor/.test(metric));
  const scored: ScoredItem[] = [];
  for (const item of items.values()) {
    const sample = samples.get(item.id);
    if (sample === undefined) continue;
    // What is scored is no longer needed: a run of 100,000 calls keeps only its scores.
    items.delete(item.id);
    samples.delete(item.id);
    const { category, cluster, closed } = item;
    const probabilities = sample.answer.length === 1 ? weighed.get(sample.answer[0]) : undefined;
    const { score, text } = scoreOf(item, sample, (key) => read.get(answerName(key, item.id, owners.get(key))));
    scored.push({
      ...score,
      goldKind: item.gold.kind,
      ...(wantsTexts &&
        item.gold.kind === "text" && { texts: { candidate: text ?? "", references: item.gold.references } }),
      ...(probabilities !== undefined && { probabilities }),
      ...(category !== undefined && { category }),
      ...(cluster !== undefined && { cluster }),
      ...(closed !== undefined && { closed }),
    });
  }
  const path = run.scorePath(scorer);
  await writeScores(path, scored);
  return { scorer, path, items: scored, unasked: items.size };
}

/** Options differ between items, so a shared call is parsed once for each. */
const answerName = (key: string, id: string, owner: string | string[] | undefined) =>
  typeof owner === "string" ? key : `${key} ${id}`;

/** Lines per write: all of a large run at once would be a string of tens of megabytes, and its bytes beside it. */
const linesAtOnce = 1000;

async function writeScores(path: string, items: readonly ScoredItem[]): Promise<void> {
  await makeFolder(dirname(path));
  const overwrite = (await stat(path).catch(() => undefined)) !== undefined;
  const write = async (file: FileHandle) => {
    for (let from = 0; from < items.length; from += linesAtOnce) {
      const lines = items
        .slice(from, from + linesAtOnce)
        .map(
          ({ category: _, cluster: __, closed: ___, goldKind: ____, texts: _____, probabilities: ______, ...score }) =>
            `${JSON.stringify(score)}\n`,
        );
      await file.writeFile(lines.join(""));
    }
  };
  await writeWhole(path, write, { overwrite });
}

function scoreOf(
  { id, gold }: Pick<ItemRecord, "id" | "gold">,
  sample: Pick<SampleRecord, "answer" | "status" | "error">,
  read: (key: string) => ParsedAnswer | undefined,
): { readonly score: ScoreRecord; readonly text?: string } {
  const truth = goldKey(gold);
  const base = { id, ...(truth !== undefined && { gold: truth }) };
  if (sample.status === "error")
    return { score: { ...base, status: "error", why: sample.error?.message ?? "the call failed" } };
  if (sample.status === "refused" && sample.answer.length === 0)
    return { score: { ...base, status: "refused", why: "the server withheld the answer" } };
  const replies = sample.answer.map(
    (key): ParsedAnswer => read(key) ?? { status: "unparsed", why: "the run's log has no call for this item" },
  );
  const voted = vote(replies);
  if ("failure" in voted) {
    const { failure } = voted;
    return { score: { ...base, status: failure.status, ...(failure.status === "unparsed" && { why: failure.why }) } };
  }
  const { correct, values } = judge(voted.answer, gold);
  const score: ScoreRecord = {
    ...base,
    status: correct === undefined ? "scored" : correct ? "correct" : "incorrect",
    answer: shown(voted.answer),
    ...(replies.length > 1 && { confidence: voted.votes / replies.length }),
    ...(values !== undefined && { values }),
  };
  return { score, ...(voted.answer.kind === "text" && { text: voted.answer.text }) };
}

/**
 * Plurality vote. An unparsed reply has no vote but counts in the denominator of the confidence; in a tie, the answer sampled first wins.
 */
export function vote(
  replies: readonly ParsedAnswer[],
):
  | { readonly answer: AnswerValue; readonly votes: number }
  | { readonly failure: Exclude<ParsedAnswer, { status: "parsed" }> } {
  const counts = new Map<string, { answer: AnswerValue; votes: number }>();
  for (const reply of replies) {
    if (reply.status !== "parsed") continue;
    const key = answerKey(reply.answer);
    const entry = counts.get(key);
    if (entry === undefined) counts.set(key, { answer: reply.answer, votes: 1 });
    else entry.votes++;
  }
  let best: { answer: AnswerValue; votes: number } | undefined;
  for (const entry of counts.values()) if (best === undefined || entry.votes > best.votes) best = entry;
  if (best !== undefined) return best;
  const failure = replies.find(({ status }) => status === "refused") ??
    replies[0] ?? { status: "unparsed", why: "nothing was asked" };
  return { failure: failure as Exclude<ParsedAnswer, { status: "parsed" }> };
}

const maxShownLength = 200;

function shown(answer: AnswerValue): string {
  const text = answer.kind === "text" ? answer.text : answerKey(answer);
  return text.length <= maxShownLength ? text : `${text.slice(0, maxShownLength)}...`;
}

function goldKey(gold: Gold): string | undefined {
  switch (gold.kind) {
    case "choice":
      return gold.choice;
    case "number":
      return String(gold.value);
    case "text":
      return gold.references[0].slice(0, maxShownLength);
    case "boxes":
      return JSON.stringify(gold.boxes);
    case "span":
      return `${gold.from}-${gold.to}`;
    default:
      return undefined;
  }
}
