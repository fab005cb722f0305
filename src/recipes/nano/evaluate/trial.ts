/**
 * Shared by the measurements of the embedded model: held-out splits only, through the same path as a user's question
 * (file, study, view, task, model).
 */
import { join } from "node:path";
import { throwIfAborted } from "../../../base/errors.ts";
import type { Work } from "../../../base/progress.ts";
import { expectedCalibrationError, mean } from "../../../measure/index.ts";
import type { Generator } from "../../../model/contract.ts";
import type { PromptSubject } from "../../../prompts/index.ts";
import { openStudy, type Study } from "../../../study/index.ts";
import { classify, type Layout, layOut, prefillLayout } from "../../../task/index.ts";
import type { NanoFile, NanoSet, Split } from "../train/splits.ts";
import { type Case, type Question, type Read, Recorded, type RecordedReply } from "./recorded.ts";

export interface NanoTrial extends Work {
  readonly data: string;
  readonly files: readonly NanoFile[];
  readonly model: Generator;
  readonly precision: string;
  /** The folder of the recorded runs, one per precision and question. */
  readonly runs: string;
  /** Maximum number of cases per set, evenly spaced; for a quick look, not for publication. */
  readonly limit?: number;
}

export const held = ({ files, limit }: NanoTrial, set: NanoSet, split: Split) => {
  const own = files.filter((file) => file.set === set && file.split === split);
  if (limit === undefined || own.length <= limit) return own;
  return Array.from({ length: limit }, (_, i) => own[Math.floor((i * own.length) / limit)]);
};

/**
 * Asks the cases that are not recorded yet, one after another, with progress and abort signal; then reads all of them
 * from the record.
 */
export async function recorded<Of>(
  trial: NanoTrial,
  question: Question,
  cases: readonly Case<Of>[],
  ask: (one: Case<Of>) => Promise<RecordedReply>,
) {
  const log = await Recorded.open(trial, question, cases);
  try {
    await each(trial, question.title, cases, async (one) => {
      if (log.has(one)) return;
      const began = performance.now();
      await log.add(one, await ask(one), performance.now() - began);
    });
  } catch (error) {
    await log.close();
    throw error;
  }
  return log.read(cases);
}

export async function each<C>(trial: NanoTrial, stage: string, cases: readonly C[], work: (one: C) => Promise<void>) {
  for (const [i, one] of cases.entries()) {
    throwIfAborted(trial.signal);
    await work(one);
    trial.onProgress?.({ stage: `${stage} (${trial.precision})`, done: i + 1, total: cases.length, unit: "cases" });
  }
}

export const open = ({ data }: NanoTrial, { path }: NanoFile): Promise<Study> => openStudy(join(data, path));

/** Opens a file, encodes its image once, and asks all questions of `ask`. */
export async function withPrefilled<T>(
  trial: NanoTrial,
  file: NanoFile,
  subject: PromptSubject,
  ask: (layout: Layout) => Promise<T>,
): Promise<T> {
  await using prefilled = await prefillLayout(
    await layOut(await open(trial, file), trial.model, { subject }),
    trial.model,
  );
  return await ask(prefilled);
}

/** The most likely label and the probability of each label. */
export async function labelProbabilities(
  trial: NanoTrial,
  layout: Layout,
  labels: readonly string[],
  question?: string,
): Promise<RecordedReply> {
  const { answer, usage } = await classify(layout, trial.model, {
    labels,
    question,
    anyway: true,
    signal: trial.signal,
  });
  const all = answer?.probabilities ?? [];
  const likeliest = all.reduce((best, next) => (next.probability > best.probability ? next : best), all[0]);
  return {
    role: "classify",
    text: likeliest?.label ?? "",
    probabilities: Object.fromEntries(all.map(({ label, probability }) => [label, probability])),
    usage,
  };
}

export const askForProbabilities = (
  trial: NanoTrial,
  { of }: Case,
  labels: readonly string[],
  subject: PromptSubject,
  question?: string,
) => withPrefilled(trial, of, subject, (layout) => labelProbabilities(trial, layout, labels, question));

export const share = (labels: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values()) / labels.length;
};

export interface Answered {
  readonly truth: string;
  readonly predicted: string;
}

/** An answer chosen by scoring options. */
export interface ScoredAnswer extends Answered {
  readonly probability: number;
}

export const answerOf = ({ gold, answer = "unparsed" }: Read): Answered => ({ truth: gold!, predicted: answer });

export const scoredAnswerOf = (read: Read): ScoredAnswer => ({
  ...answerOf(read),
  probability: read.probabilities?.[read.answer ?? ""] ?? 0,
});

/** Expected calibration error of the chosen answer (Guo et al. 2017): ten bins of equal width. */
export const topLabelError = (cases: readonly ScoredAnswer[]) =>
  expectedCalibrationError(
    cases.map(({ probability }) => probability),
    cases.map(({ truth, predicted }) => truth === predicted),
  );

export const accuracy = (cases: readonly Answered[]) =>
  mean(cases.map(({ truth, predicted }) => (truth === predicted ? 1 : 0)));
