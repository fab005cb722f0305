/**
 * A strategy: how one question is put to a model, in one call or in several. It is an async function over `call`, which it is handed; whoever hands it
 * decides where calls go, records each of them and may answer from records. A strategy therefore never sees a model, and leaves a complete trace.
 */
import type { GenerationResult, JsonSchema, Message } from "../model/contract.ts";
import type { StrategyRound } from "../model/strategy-record.ts";
import type { Passage } from "./corpus.ts";

export interface CallOptions {
  /** Answers to this one prompt; answer i is drawn with seed + i. Default 1. */
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
  /** Name of the recorded call. */
  readonly key: string;
}

/**
 * Puts a prompt to the model.
 *
 * @param role what the call is for, as the trace names it: `answer`, `rationale`, `query`, `critic`.
 * @returns `n` replies, or as many as a budget still allows, in the order of their sample index.
 */
export type Call = (role: string, messages: readonly Message[], options?: CallOptions) => Promise<readonly Reply[]>;

export interface StrategyInput {
  /** The question as its benchmark or task words it. */
  readonly messages: readonly Message[];
  /** Bound of the answer's tokens, as its prompt needs it. */
  readonly maxTokens: number;
  /** The sampling asked for; what is absent is the strategy's own choice. */
  readonly sampling: Pick<CallOptions, "temperature" | "topK" | "topP" | "seed">;
  /** What a text answers, in a form that can be compared (an option's letter); nothing where it cannot be read. */
  readonly parse: (text: string) => string | undefined;
}

export interface Outcome {
  /**
   * The replies that are the answer: one, or several that vote. Which answer they give is decided when they are scored, so that a better parser
   * can be applied to recorded calls. Empty where the strategy deferred or nothing could be asked.
   */
  readonly answer: readonly Reply[];
  /** Why it does not answer; then `answer` is empty. */
  readonly deferred?: string;
  /** What ended it, where that is not its usual end: `budget`, `rounds`. */
  readonly endedBy?: string;
  /** Rounds of votes and searches, in order. */
  readonly rounds?: readonly Round[];
  /** Passages that the answer was given beside, in the order in which it cites them. */
  readonly sources?: readonly Passage[];
}

/** One round of a search: how the votes fell, what was searched for because of it, and what was found. */
export type Round = StrategyRound;

export interface Strategy {
  readonly name: string;
  /** Changes whenever the same calls could end differently. */
  readonly version: number;
  /** Everything that shapes its calls, for the record of a run. */
  readonly options: Readonly<Record<string, number | string | boolean>>;
  /** Most calls one question can cost, every sample counted: what a dry run prints. */
  readonly callsAtMost: number;
  run(input: StrategyInput, call: Call): Promise<Outcome>;
}
