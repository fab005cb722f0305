/**
 * Shared by the measurements of the embedded model: held-out splits only, through the same path a user takes (file, study, view, task, model).
 */
import { join } from "node:path";
import { throwIfAborted } from "../../../base/errors.ts";
import type { Work } from "../../../base/progress.ts";
import { mean } from "../../../measure/index.ts";
import type { Generator } from "../../../model/contract.ts";
import type { PromptSubject } from "../../../prompts/index.ts";
import { openStudy, type Study } from "../../../study/index.ts";
import { classify, keepLayout, type Layout, layOut } from "../../../task/index.ts";
import type { NanoFile, NanoSet, Split } from "../train/splits.ts";

export interface NanoTrial extends Work {
  readonly data: string;
  readonly files: readonly NanoFile[];
  readonly model: Generator;
  readonly precision: string;
  /** At most so many cases of a set, evenly spread; for a quick look, not for publication. */
  readonly limit?: number;
}

export const held = ({ files, limit }: NanoTrial, set: NanoSet, split: Split) => {
  const own = files.filter((file) => file.set === set && file.split === split);
  if (limit === undefined || own.length <= limit) return own;
  return Array.from({ length: limit }, (_, i) => own[Math.floor((i * own.length) / limit)]);
};

/** Goes through the files one by one, with progress and the way to stop. */
export async function each<F, T>(
  trial: NanoTrial,
  stage: string,
  cases: readonly F[],
  measure: (file: F) => Promise<T>,
) {
  const results: T[] = [];
  for (const [i, one] of cases.entries()) {
    throwIfAborted(trial.signal);
    results.push(await measure(one));
    trial.onProgress?.({ stage: `${stage} (${trial.precision})`, done: i + 1, total: cases.length, unit: "cases" });
  }
  return results;
}

export const open = ({ data }: NanoTrial, { path }: NanoFile): Promise<Study> => openStudy(join(data, path));

/** Opens a file, encodes its image once, and asks everything that `ask` asks of it. */
export async function asked<T>(
  trial: NanoTrial,
  file: NanoFile,
  subject: PromptSubject,
  ask: (layout: Layout) => Promise<T>,
): Promise<T> {
  await using kept = await keepLayout(await layOut(await open(trial, file), trial.model, { subject }), trial.model);
  return await ask(kept);
}

export async function weighed(trial: NanoTrial, layout: Layout, labels: readonly string[], question?: string) {
  const { answer } = await classify(layout, trial.model, { labels, question, anyway: true, signal: trial.signal });
  return new Map(answer?.probabilities?.map(({ label, probability }) => [label, probability]));
}

export const probabilities = (
  trial: NanoTrial,
  file: NanoFile,
  labels: readonly string[],
  subject: PromptSubject,
  question?: string,
) => asked(trial, file, subject, (layout) => weighed(trial, layout, labels, question));

export const likeliest = (weights: ReadonlyMap<string, number>) =>
  [...weights].reduce((best, next) => (next[1] > best[1] ? next : best), ["", -1] as [string, number])[0];

export const share = (labels: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values()) / labels.length;
};

export interface Answered {
  readonly truth: string;
  readonly said: string;
}
export const accuracy = (cases: readonly Answered[]) => mean(cases.map(({ truth, said }) => (truth === said ? 1 : 0)));
