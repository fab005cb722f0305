/**
 * One question of the scoreboard as a run of `evaluate/`: every answer is recorded immediately, so that an interrupted
 * measurement can be resumed, and the model card's rows are computed from the records alone (`polyclinic evaluate
 * report | compare` can read them too).
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AnswerLog,
  type CallRecord,
  type ItemRecord,
  type RecordedAnswer,
  recordsOf,
  reportFiles,
  type ScoredItem,
  scoreRun,
} from "../../../evaluate/index.ts";
import type { NanoFile } from "../train/splits.ts";
import type { NanoTrial } from "./trial.ts";

export interface Question {
  /** The run's folder, relative to that of the precision. */
  readonly name: string;
  readonly title: string;
  /** The parser of `evaluate/` for the answers. */
  readonly form: "label" | "report" | "boxes";
  /** The prompt's wording, as far as it is specific to the question. */
  readonly words: string;
  readonly metrics: readonly string[];
  readonly licence: string;
  readonly split: "val" | "test";
  readonly options?: readonly string[];
  readonly notes?: readonly string[];
}

/** One item to ask about. */
export interface Case<Of = NanoFile> {
  readonly id: string;
  readonly files: readonly NanoFile[];
  readonly gold: ItemRecord["gold"];
  /** Cluster for resampling: a patient. */
  readonly cluster?: string;
  readonly of: Of;
}

export type RecordedReply = Pick<RecordedAnswer, "role" | "text" | "probabilities" | "usage"> & {
  readonly finishReason?: RecordedAnswer["finishReason"];
};

/** An item's score with the generated text. */
export type Read = ScoredItem & { readonly text: string };

export const oneCase = (file: NanoFile, choice: string): Case => ({
  id: file.path,
  files: [file],
  gold: { kind: "choice", choice },
  cluster: file.group,
  of: file,
});

/**
 * The logs of several questions, open together so that one pass over the images answers all of them. Close them before
 * reading.
 */
export class Recorded {
  private constructor(
    private readonly trial: NanoTrial,
    private readonly question: Question,
    private readonly log: AnswerLog,
  ) {}

  static async open(trial: NanoTrial, question: Question, cases: readonly Case<unknown>[]): Promise<Recorded> {
    const { name, title, form, words, metrics, licence, split, notes = [] } = question;
    const goldText = JSON.stringify(cases.map(({ id, gold }) => [id, gold]));
    const log = await AnswerLog.open(join(trial.runs, trial.precision, name), {
      benchmark: {
        name: `nano-${name}`,
        title,
        version: 1,
        split,
        total: cases.length,
        dataHash: sha256(goldText),
        licence,
        metrics,
        references: [],
        notes: [
          "Asked through the tasks, as by a user; the data hash covers the items' names and correct answers.",
          ...notes,
        ],
        warnings: [],
      },
      claim: "benchmark",
      prompt: {
        version: `${name}@1`,
        source: "Polyclinic's own tasks",
        answer: form,
        hash: sha256(words),
        maxTokens: 500,
      },
      strategy: { name: "direct", version: 1, options: {} },
      model: trial.model.identity,
      sampling: { temperature: 0 },
      seed: 0,
    });
    return new Recorded(trial, question, log);
  }

  has({ id }: Case<unknown>): boolean {
    return this.log.has(id);
  }

  async add({ id, files, gold, cluster }: Case<unknown>, reply: RecordedReply, ms: number): Promise<void> {
    const { options, words } = this.question;
    const images = await Promise.all(
      files.map(async ({ path }) => sha256(await readFile(join(this.trial.data, path)))),
    );
    await this.log.add(
      {
        id,
        input: words,
        images,
        gold,
        ...(options !== undefined && { options: options.map((key) => ({ key, text: key })) }),
        ...(cluster !== undefined && { cluster }),
      },
      { ...reply, finishReason: reply.finishReason ?? "stop", ms: Math.round(ms) },
    );
  }

  /** Closes the log, writes the run's report, and returns every case with its score, in the given order. */
  async read<Of>(cases: readonly Case<Of>[]): Promise<(Read & { readonly case: Case<Of> })[]> {
    await this.log.close();
    const { run } = this.log;
    await reportFiles(run);
    const scores = new Map((await scoreRun(run)).items.map((item) => [item.id, item]));
    const texts = new Map<string, string>();
    for await (const { item, text } of recordsOf<CallRecord>(run.path("calls"))) texts.set(item, text);
    return cases.map((one) => ({ ...scores.get(one.id)!, text: texts.get(one.id)!, case: one }));
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
