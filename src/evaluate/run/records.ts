/** The files of a run. `docs/evaluation.md` describes each of them. */
import type { FinishReason, ModelIdentity, Usage } from "../../model/contract.ts";
import type { Gold, Option } from "../benchmark/item.ts";
import type { AnswerForm } from "../prompt/prompt.ts";

export const runSchema = "polyclinic.run/1";

/** `run.json`: the configuration of the run. It does not change when a run is resumed. */
export interface RunRecord {
  readonly schema: typeof runSchema;
  readonly id: string;
  readonly created: string;
  readonly benchmark: {
    readonly name: string;
    readonly title: string;
    readonly version: number;
    readonly split: string;
    /** Items of the whole split. */
    readonly total: number;
    readonly dataHash: string;
    readonly licence: string;
    readonly source?: string;
    readonly metrics: readonly string[];
    readonly references: readonly {
      model: string;
      metric: string;
      value: number;
      source: string;
      confidence: string;
    }[];
    readonly notes: readonly string[];
    readonly warnings: readonly string[];
  };
  readonly claim: "mechanism" | "instrument" | "benchmark";
  readonly prompt: {
    readonly version: string;
    readonly source: string;
    readonly answer: AnswerForm;
    readonly hash: string;
    /**
     * The prompt rendered with placeholder content and two options; absent in older runs, and in runs recorded by other
     * programs.
     */
    readonly words?: string;
    readonly maxTokens: number;
  };
  readonly strategy: {
    readonly name: string;
    readonly version: number;
    readonly options: Readonly<Record<string, unknown>>;
  };
  readonly model: ModelIdentity;
  readonly sampling: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly software: {
    readonly version: string;
    readonly commit?: string;
    readonly node: string;
    readonly processor: string;
  };
}

/** A line of `items.jsonl`: what is needed to score an answer. Images are represented by their hash. */
export interface ItemRecord {
  readonly id: string;
  /** SHA-256 over all questions and reference answers, hex. */
  readonly hash: string;
  readonly input: string;
  /** SHA-256 of the image files. */
  readonly images?: readonly string[];
  readonly options?: readonly Option[];
  readonly gold: Gold;
  readonly category?: string;
  readonly cluster?: string;
  readonly closed?: boolean;
}

/** A line of `calls.jsonl`: one model reply, written as soon as it is available. */
export interface CallRecord {
  /** SHA-256 over model, messages, sampling, seed and sample index, hex. */
  readonly key: string;
  readonly messages: string;
  readonly item: string;
  readonly role: string;
  readonly sample: number;
  readonly text: string;
  readonly thought?: string;
  readonly unclosedThought?: true;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** Probability per option, 0 to 1, summing to 1, if the options were scored instead of generated. */
  readonly probabilities?: Readonly<Record<string, number>>;
  /** Milliseconds of the request it came with; samples of one request share them. */
  readonly ms: number;
}

export interface TraceStep {
  readonly role: string;
  readonly keys: readonly string[];
}

/** A line of `samples.jsonl`: one item answered, or failed. The last line of an item counts. */
export interface SampleRecord {
  readonly id: string;
  /** The calls that are the answer: one, or several that vote. */
  readonly answer: readonly string[];
  readonly trace: readonly TraceStep[];
  /** The answer as parsed during the run; `scores/` contains the results of later scoring. */
  readonly status: "parsed" | "unparsed" | "refused" | "error";
  readonly read?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export type ScoreStatus = "correct" | "incorrect" | "scored" | "unparsed" | "refused" | "error";

/** A line of `scores/NAME@VERSION.jsonl`. */
export interface ScoreRecord {
  readonly id: string;
  /** `scored`: has values but is neither correct nor incorrect. */
  readonly status: ScoreStatus;
  readonly answer?: string;
  readonly gold?: string;
  readonly why?: string;
  /** Vote share of the answer, if several replies voted: of all replies, parsed or not. */
  readonly confidence?: number;
  /** Values of the item's own metrics, by name. */
  readonly values?: Readonly<Record<string, number>>;
}
