/** Calls to a model, with trace, cache, budget and abort signal, all in memory. (An evaluation stores its calls on disk instead.) */
import { PolyclinicError, throwIfAborted } from "../base/errors.ts";
import type { GenerationResult, Generator, Usage } from "../model/contract.ts";
import { callKey, messagesHash } from "./key.ts";
import type { Call, Reply } from "./strategy.ts";

const budgetUsedUpCode = "strategy/budget";

/** One request as recorded in the trace. */
export interface TracedCall {
  readonly role: string;
  readonly replies: readonly Reply[];
  /** Requested replies that the budget did not allow. */
  readonly leftOut: number;
  /** Usage of the replies that were not cached. */
  readonly usage: Usage;
}

/** Seed, reply budget and cancellation of the calls of a strategy. */
export interface CallsOptions {
  readonly seed?: number;
  /** Maximum number of replies in total; 0 makes no call. */
  readonly budget?: number;
  readonly signal?: AbortSignal;
  /** As in `GenerateOptions`. */
  readonly caller?: string;
  /** Replies by key, shared between questions: a cached reply is not requested again and does not count towards the budget. */
  readonly cache?: Map<string, Reply>;
}

/** @returns `call`, which throws PolyclinicError `strategy/budget` once the budget is used up, and the trace that it fills. */
export function callsTo(model: Generator, options: CallsOptions = {}): { call: Call; trace: TracedCall[] } {
  const {
    seed: seedOfAll = 0,
    budget = Number.POSITIVE_INFINITY,
    signal,
    caller,
    cache = new Map<string, Reply>(),
  } = options;
  const trace: TracedCall[] = [];
  let used = 0;
  const call: Call = async (role, messages, { n = 1, seed = seedOfAll, ...sampling } = {}) => {
    throwIfAborted(signal);
    const hash = messagesHash(messages);
    const keys = Array.from({ length: n }, (_, sample) => callKey(model.identity, hash, sampling, seed, sample));
    const missing = keys.flatMap((key, sample) => (cache.has(key) ? [] : [sample]));
    const allowed = missing.slice(0, Math.max(0, budget - used));
    used += allowed.length;
    const asking = { ...sampling, ...(signal !== undefined && { signal }), ...(caller !== undefined && { caller }) };
    let usage: Usage = { promptTokens: 0, completionTokens: 0, cachedTokens: 0 };
    const keep = (sample: number, result: GenerationResult) => {
      const { text, thought, unclosedThought, finishReason } = result;
      usage = sumOf(usage, result.usage);
      if (finishReason === "abort") throwIfAborted(signal);
      const thoughtField = thought === undefined ? {} : { thought };
      cache.set(keys[sample], { key: keys[sample], text, ...thoughtField, unclosedThought, finishReason });
    };
    // The first samples of a prompt are one request, so that the prompt is computed once; missing later samples are requested with the seed of their index.
    try {
      if (allowed.length > 1 && allowed.every((sample, i) => sample === i)) {
        const results = await model.sample(messages, allowed.length, { ...asking, seed });
        for (const [sample, result] of results.entries()) keep(sample, result);
      } else
        for (const sample of allowed)
          keep(sample, await model.generate(messages, { ...asking, seed: seed + sample }).result);
    } catch (error) {
      // A server that refuses a later prompt of a strategy: what was answered before is worth keeping, and the trace says who refused.
      if (!isRefusal(error) || trace.length === 0) throw error;
      const empty = { text: "", unclosedThought: false, finishReason: "stop" as const };
      const replies = keys.map((key) => cache.get(key) ?? { key, ...empty });
      trace.push({ role: `${role} (refused by the server)`, replies, leftOut: 0, usage });
      return replies;
    }
    const replies = keys.flatMap((key) => cache.get(key) ?? []);
    trace.push({ role, replies, leftOut: n - replies.length, usage });
    if (replies.length > 0) return replies;
    throw new PolyclinicError(budgetUsedUpCode, "the reply budget is used up before this step", {
      where: role,
      expected: `at most ${budget} replies`,
      found: `${used} replies already generated`,
      hint: "Raise the reply budget.",
    });
  };
  return { call, trace };
}

const isRefusal = (error: unknown): boolean =>
  PolyclinicError.is(error) && error.code === "remote/finish" && error.found === "content_filter";

export const sumOf = (a: Usage, b: Usage): Usage => ({
  promptTokens: a.promptTokens + b.promptTokens,
  completionTokens: a.completionTokens + b.completionTokens,
  cachedTokens: a.cachedTokens + b.cachedTokens,
});

/** Returns undefined if the budget did not allow the call; other errors are rethrown. */
export async function undefinedIfBudgetUsedUp<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (PolyclinicError.is(error) && error.code === budgetUsedUpCode) return undefined;
    throw error;
  }
}
