/**
 * Records every call when it ends, and answers repeated calls from the record. Resuming and caching use the same mechanism: a call's key contains
 * the sample index, so that different samples of a prompt are never confused.
 */
import { open } from "node:fs/promises";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { linesOf } from "../../bytes/lines.ts";
import type { GenerateOptions, GenerationResult, Generator } from "../../model/contract.ts";
import type { Call, CallOptions, Reply } from "../../strategy/index.ts";
import { callKey, messagesHash } from "../../strategy/key.ts";
import { LineWriter, parseLine } from "./json-lines.ts";
import type { CallRecord, TraceStep } from "./records.ts";

export interface Usage {
  calls: number;
  promptTokens: number;
  completionTokens: number;
  /** Number of calls answered from the record in this session. */
  fromRecord: number;
}

/** Error code when the budget is used up; no further calls are started. */
export const overBudget = "evaluate/budget";

export class Recorder {
  readonly spent: Usage = { calls: 0, promptTokens: 0, completionTokens: 0, fromRecord: 0 };
  /** Position of each recorded call in the file. */
  private readonly places = new Map<string, { offset: number; length: number }>();
  /** Calls of this session whose item is not finished; kept in memory. */
  private readonly recent = new Map<string, CallRecord>();
  /** Pending calls: equal prompts of two items are sent only once, even concurrently. */
  private readonly underway = new Map<string, Promise<unknown>>();

  private constructor(
    private readonly path: string,
    private readonly writer: LineWriter,
    private readonly model: Generator,
    private readonly options: { readonly seed: number; readonly budget?: number; readonly signal?: AbortSignal },
  ) {}

  /** Reads the existing record. @throws PolyclinicError `evaluate/damaged`. */
  static async open(
    path: string,
    model: Generator,
    options: { readonly seed: number; readonly budget?: number; readonly signal?: AbortSignal },
  ): Promise<Recorder> {
    const recorder = new Recorder(path, await LineWriter.open(path), model, options);
    let number = 0;
    for await (const { text, offset, length } of linesOf(path)) {
      if (length === 0) continue;
      const { key, usage } = parseLine<CallRecord>(text, path, ++number);
      recorder.places.set(key, { offset, length });
      recorder.count(usage);
    }
    return recorder;
  }

  /** @returns the call function of one item, and the trace it fills. */
  for(item: string): { call: Call; trace: TraceStep[] } {
    const trace: TraceStep[] = [];
    const call: Call = async (role, messages, callOptions = {}) => {
      const replies = await this.call(item, role, messages, callOptions);
      trace.push({ role, keys: replies.map(({ key }) => key) });
      return replies;
    };
    return { call, trace };
  }

  /** Frees the texts of a finished item; they remain in the file. */
  release(trace: readonly TraceStep[]): void {
    for (const { keys } of trace) for (const key of keys) this.recent.delete(key);
  }

  close(): Promise<void> {
    return this.writer.close();
  }

  private async call(
    item: string,
    role: string,
    messages: Parameters<Call>[1],
    { n = 1, seed, ...rest }: CallOptions,
  ): Promise<Reply[]> {
    if (!Number.isInteger(n) || n < 1)
      throw new PolyclinicError("strategy/samples", "is out of range", {
        where: "n",
        expected: "a whole number from 1",
        found: String(n),
      });
    const base = seed ?? this.options.seed;
    const hash = messagesHash(messages);
    const keys = Array.from({ length: n }, (_, sample) => callKey(this.model.identity, hash, rest, base, sample));
    // A pending call with the same key is awaited instead of repeated; it reports its own failure.
    for (const key of keys) await this.underway.get(key)?.catch(() => undefined);
    const missing = keys.flatMap((key, sample) => (this.places.has(key) ? [] : [sample]));
    this.spent.fromRecord += n - missing.length;
    if (missing.length > 0) {
      const asking = this.ask(item, role, messages, hash, { ...rest, seed: base }, missing, n, keys);
      for (const sample of missing) this.underway.set(keys[sample], asking);
      try {
        await asking;
      } finally {
        for (const sample of missing) this.underway.delete(keys[sample]);
      }
    }
    return Promise.all(keys.map((key) => this.read(key)));
  }

  private async ask(
    item: string,
    role: string,
    messages: Parameters<Call>[1],
    hash: string,
    { seed, ...sampling }: GenerateOptions & { seed: number },
    missing: readonly number[],
    n: number,
    keys: readonly string[],
  ): Promise<void> {
    this.requireBudget();
    throwIfAborted(this.options.signal);
    const began = performance.now();
    const options = { ...sampling, signal: this.options.signal };
    const record = async (sample: number, result: GenerationResult) => {
      // An aborted reply is not an answer; the next run makes the call again.
      if (result.finishReason === "abort") throwIfAborted(this.options.signal);
      const { text, thought, unclosedThought, finishReason, usage } = result;
      const line: CallRecord = {
        key: keys[sample],
        messages: hash,
        item,
        role,
        sample,
        text,
        ...(thought !== undefined && { thought }),
        ...(unclosedThought && { unclosedThought }),
        finishReason,
        usage,
        ms: Math.round(performance.now() - began),
      };
      const [place] = await this.writer.add(line);
      this.places.set(line.key, place);
      this.recent.set(line.key, line);
      this.count(usage);
    };
    if (missing.length === n && n > 1) {
      const results = await this.model.sample(messages, n, { ...options, seed });
      await Promise.all(results.map((result, sample) => record(sample, result)));
      return;
    }
    // Samples missing from an interrupted request are requested one by one, with the seed they have in a complete request.
    for (const sample of missing)
      await record(sample, await this.model.generate(messages, { ...options, seed: seed + sample }).result);
  }

  private async read(key: string): Promise<Reply> {
    const recent = this.recent.get(key);
    if (recent !== undefined) return replyOf(recent);
    const { offset, length } = this.places.get(key)!;
    const file = await open(this.path, "r");
    try {
      const bytes = Buffer.alloc(length);
      await file.read(bytes, 0, length, offset);
      return replyOf(JSON.parse(bytes.toString("utf8")) as CallRecord);
    } finally {
      await file.close();
    }
  }

  private count({ promptTokens, completionTokens }: CallRecord["usage"]): void {
    this.spent.calls++;
    this.spent.promptTokens += promptTokens;
    this.spent.completionTokens += completionTokens;
  }

  private requireBudget(): void {
    const { budget } = this.options;
    const used = this.spent.promptTokens + this.spent.completionTokens;
    if (budget === undefined || used < budget) return;
    throw new PolyclinicError(overBudget, "the token budget is used up", {
      where: "--budget",
      expected: `at most ${budget} tokens`,
      found: `${used} used`,
      hint: "Repeat the command with a larger budget to resume.",
    });
  }
}

function replyOf({ key, text, thought, unclosedThought, finishReason }: CallRecord): Reply {
  return {
    key,
    text,
    ...(thought !== undefined && { thought }),
    unclosedThought: unclosedThought === true,
    finishReason,
  };
}
