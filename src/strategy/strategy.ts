/**
 * A strategy defines how a question is answered, in one model call or several. It is an async function that receives `call`; the caller that supplies it
 * decides where calls go, records each of them and may answer from a cache. A strategy therefore never sees a model, and leaves a complete trace.
 */
import type { GenerationResult, JsonSchema, Message } from "../model/contract.ts";
import type { StrategyRound } from "../model/strategy-record.ts";
import type { Passage } from "./retrieval/corpus.ts";

/** Options of one call to the model. */
export interface CallOptions {
  /** Number of answers to this prompt; answer i is sampled with seed + i. Default 1. */
  readonly n?: number;
  readonly maxTokens?: number;
  /** 0 is greedy. */
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly schema?: JsonSchema;
}

/** One answer of the model. */
export interface Reply extends Pick<GenerationResult, "text" | "thought" | "unclosedThought" | "finishReason"> {
  /** Key of the recorded call. */
  readonly key: string;
}

/**
 * Sends a prompt to the model.
 *
 * @param role what the call is for, as the trace names it: `answer`, `rationale`, `query`, `critic`.
 * @returns `n` replies, or as many as a budget still allows, in the order of their sample index.
 */
export type Call = (role: string, messages: readonly Message[], options?: CallOptions) => Promise<readonly Reply[]>;

/** The question that a strategy answers. */
export interface StrategyInput {
  /** The question in the wording of its benchmark or task. */
  readonly messages: readonly Message[];
  /** Maximum number of answer tokens, depending on the prompt. */
  readonly maxTokens: number;
  /** The requested sampling; the strategy chooses missing values. */
  readonly sampling: Pick<CallOptions, "temperature" | "topK" | "topP" | "seed">;
  /** The answer of a text in comparable form (an option's letter); undefined if it cannot be parsed. */
  readonly parse: (text: string) => string | undefined;
}

/** The result of a strategy. */
export interface Outcome {
  /**
   * The replies that form the answer: one, or several that vote. Their answer is determined at scoring time, so that a better parser
   * can be applied to recorded calls. Empty if the strategy deferred or no call was possible.
   */
  readonly answer: readonly Reply[];
  /** The replies that voted before the strategy deferred; `answer` is empty then. */
  readonly withheld?: readonly Reply[];
  /** Replies that were left out of `answer`, because a citation in them does not hold. */
  readonly withoutVote?: number;
  /** The reason for a deferral; `answer` is empty then. */
  readonly deferred?: string;
  /** Why it ended early, if it did: `budget`, `rounds`. */
  readonly endedBy?: string;
  /** Rounds of votes and searches, in order. */
  readonly rounds?: readonly Round[];
  /** Passages included in the answer's prompt, in the order in which the answer cites them. */
  readonly sources?: readonly Passage[];
}

/** One round of a search: the votes, the queries written because of them, and the passages found. */
export type Round = StrategyRound;

/** A named, versioned strategy. */
export interface Strategy {
  readonly name: string;
  /** Incremented whenever the same calls could give a different result. */
  readonly version: number;
  /** All parameters that influence its calls, for the record of a run. */
  readonly options: Readonly<Record<string, number | string | boolean>>;
  /** Maximum number of calls per question, counting every sample; printed by a dry run. */
  readonly callsAtMost: number;
  run(input: StrategyInput, call: Call): Promise<Outcome>;
}
