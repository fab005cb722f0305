/** What a run leaves behind. `docs/evaluation.md` shows a line of each file. */
import type { FinishReason, ModelIdentity, Usage } from "../../model/contract.ts";
import type { Gold, Option } from "../benchmark/item.ts";
import type { AnswerForm } from "../prompt/prompt.ts";

export const runSchema = "polyclinic.run/1";

/** `run.json`: what was asked, of whom, under which conditions. It does not change while a run is resumed. */
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

/** A line of `items.jsonl`: what is needed to score an answer. Images are there by their hash. */
export interface ItemRecord {
  readonly id: string;
  /** SHA-256 over everything that was asked and is right, hex. */
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

/** A line of `calls.jsonl`: one answer of the model, written as soon as it is there. */
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
  /** By option, 0 to 1, summing to 1: where the options were weighed against each other instead of generated. */
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
  /** As it was read when it was asked; `scores/` holds what a scorer read later. */
  readonly status: "parsed" | "unparsed" | "refused" | "error";
  readonly read?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export type ScoreStatus = "right" | "wrong" | "scored" | "unparsed" | "refused" | "error";

/** A line of `scores/NAME@VERSION.jsonl`. */
export interface ScoreRecord {
  readonly id: string;
  /** `scored`: has values but no right or wrong. */
  readonly status: ScoreStatus;
  readonly answer?: string;
  readonly gold?: string;
  readonly why?: string;
  /** Share of the votes for the answer, where several voted: of all of them, read or not. */
  readonly confidence?: number;
  /** Values of the item's own metrics, by name. */
  readonly values?: Readonly<Record<string, number>>;
}

/** A line of `ratings.jsonl`. */
export interface RatingRecord {
  readonly item: string;
  readonly axis: string;
  readonly rater: string;
  readonly value: string;
}
