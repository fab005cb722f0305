/** Records answers obtained elsewhere (by a task or another program) in the run format, so that they are scored, reported and compared like any other run. */
import { cpus } from "node:os";
import { version } from "../../base/version.ts";
import { canonical, sha256 } from "../../strategy/key.ts";
import { commitOf } from "./commit.ts";
import { createRun, lockRun, type RunFolder } from "./folder.ts";
import { LineWriter, recordsOf } from "./json-lines.ts";
import { type CallRecord, type ItemRecord, type RunRecord, runSchema, type SampleRecord } from "./records.ts";

/** What a run record states about answers that were not produced by `runBenchmark`. */
export type ExternalRun = Pick<
  RunRecord,
  "benchmark" | "claim" | "prompt" | "strategy" | "model" | "sampling" | "seed"
>;

/** One answer to record. */
export interface RecordedAnswer extends Pick<CallRecord, "text" | "finishReason" | "usage" | "ms" | "probabilities"> {
  /** The task: `ask`, `classify`. */
  readonly role: string;
}

/** An open recording; see the top of this file. Close it to release the run's lock. */
export class AnswerLog {
  private constructor(
    readonly run: RunFolder,
    private readonly answered: Set<string>,
    private readonly recorded: Set<string>,
    private readonly writers: readonly [items: LineWriter, calls: LineWriter, samples: LineWriter],
    private readonly unlock: () => Promise<void>,
  ) {}

  /**
   * Starts a run in a new folder, or continues one.
   *
   * @throws PolyclinicError `evaluate/another-run`, `evaluate/locked`, `evaluate/damaged`, `file/write`.
   */
  static async open(folder: string, externalRun: ExternalRun): Promise<AnswerLog> {
    const unlock = await lockRun(folder);
    try {
      const commit = await commitOf();
      const run = await createRun(folder, {
        schema: runSchema,
        id: sha256(canonical({ asked: externalRun, now: Date.now() })).slice(0, 16),
        created: new Date().toISOString(),
        ...externalRun,
        software: {
          version,
          ...(commit !== undefined && { commit }),
          node: process.version,
          processor: cpus()[0]?.model ?? "unknown",
        },
      });
      const writers = [
        await LineWriter.open(run.path("items")),
        await LineWriter.open(run.path("calls")),
        await LineWriter.open(run.path("samples")),
      ] as const;
      const answered = new Set<string>();
      for await (const { id } of recordsOf<SampleRecord>(run.path("samples"))) answered.add(id);
      const recorded = new Set<string>();
      for await (const { id } of recordsOf<ItemRecord>(run.path("items"))) recorded.add(id);
      return new AnswerLog(run, answered, recorded, writers, unlock);
    } catch (error) {
      await unlock();
      throw error;
    }
  }

  has(id: string): boolean {
    return this.answered.has(id);
  }

  /** Adds an item with its answer; an existing item is not changed. */
  async add(item: Omit<ItemRecord, "hash">, answer: RecordedAnswer): Promise<void> {
    if (this.has(item.id)) return;
    this.answered.add(item.id);
    const [items, calls, samples] = this.writers;
    const messages = sha256(canonical({ input: item.input, images: item.images }));
    const { model, seed } = this.run.run;
    const key = sha256(canonical({ model, messages, item: item.id, role: answer.role, seed, sample: 0 }));
    // The sample is written last: an item without one after a crash is asked again, and the last record of a key counts.
    if (!this.recorded.has(item.id)) await items.add({ ...item, hash: sha256(canonical(item)) } satisfies ItemRecord);
    await calls.add({ key, messages, item: item.id, sample: 0, ...answer } satisfies CallRecord);
    await samples.add({
      id: item.id,
      answer: [key],
      trace: [{ role: answer.role, keys: [key] }],
      status: "parsed",
    } satisfies SampleRecord);
  }

  async close(): Promise<void> {
    try {
      for (const writer of this.writers) await writer.close();
    } finally {
      await this.unlock();
    }
  }
}
