/** Types of the server's responses, as far as the workbench uses them. */

import type { StrategyRecord, StrategyVotes } from "../../model/strategy-record.ts";
import type { PartManifest } from "../../study/display/part-manifest.ts";

export type { PartManifest, StrategyRecord, StrategyVotes };

export interface StudyParts {
  readonly parts: readonly PartManifest[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
  readonly warnings: readonly string[];
}

export interface StudyRow {
  readonly id: string;
  readonly label: string;
  readonly patient: {
    readonly id: string;
    readonly name: string;
    readonly identifier: string;
    readonly birthDate: string;
    readonly sex: string;
  };
  readonly accession: string;
  /** `YYYYMMDD`, or empty. */
  readonly date: string;
  readonly modalities: readonly string[];
  readonly parts: number;
  readonly files: number;
  readonly state: "received" | "ready" | "problem";
  readonly problem: string | null;
  readonly thumbnail: boolean;
  readonly createdAt: string;
  readonly report: "draft" | "signed" | null;
  readonly unreviewed: number;
  readonly cautions: number;
}

export interface SeenImage {
  readonly part: number;
  /** The earlier study, for its images in a comparison. */
  readonly study?: string;
  readonly partLabel: string;
  readonly index?: number;
  readonly label?: string;
  readonly reformatted?: boolean;
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
  readonly source: readonly [number, number, number, number];
  readonly patient?: readonly [topLeft: readonly number[], bottomRight: readonly number[]];
}

export interface LocatedBox {
  readonly label: string;
  readonly box: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };
  readonly part: number;
  readonly index?: number;
}

export interface TaskResult {
  readonly task: string;
  readonly promptVersion: string;
  readonly prompt: string;
  readonly answer?: unknown;
  readonly parse: {
    readonly status: "parsed" | "unparsed" | "refused" | "deferred";
    readonly problems: readonly string[];
  };
  readonly refusal?: {
    readonly reasons: readonly { readonly message: string }[];
    readonly answers: readonly string[];
    readonly nearest?: string;
  };
  readonly cautions?: readonly string[];
  readonly text: string;
  readonly model: {
    readonly name: string;
    readonly hash?: string;
    readonly precision: string;
    readonly engine: string;
  };
  readonly saw: {
    readonly recipe: string;
    readonly images: readonly unknown[];
    readonly texts?: readonly { readonly partLabel: string; readonly characters: number; readonly sha256: string }[];
    readonly leftOut: readonly string[];
    readonly sources: readonly string[];
  };
  readonly strategy?: StrategyRecord;
  readonly finishReason: string;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number; readonly cachedTokens: number };
  readonly notice: string;
}

export interface Answer {
  readonly id: string;
  readonly study: string;
  readonly task: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly status: "parsed" | "unparsed" | "refused" | "deferred";
  readonly result: TaskResult;
  readonly seen: readonly SeenImage[];
  readonly createdAt: string;
}

export const reasons = ["not-there", "location", "severity", "omission", "other"] as const;
export type Reason = (typeof reasons)[number];
export const qualities = ["good", "limited", "unusable"] as const;
export type Quality = (typeof qualities)[number];

export interface Sentence {
  readonly id: string;
  readonly section: "findings" | "impression" | "other";
  readonly heading?: string;
  readonly text: string;
  /** The model's text; absent for sentences added by a person. */
  readonly original?: string;
  readonly origin: "model" | "person";
  readonly state: "unreviewed" | "accepted" | "edited" | "rejected";
  readonly reason?: Reason;
  readonly significant?: boolean;
  readonly finding?: string;
  /** The later answer from which it was taken over; the server checks it. */
  readonly answer?: string;
  readonly milliseconds?: number;
}

export interface ReportContent {
  readonly quality?: Quality;
  readonly sentences: readonly Sentence[];
  readonly boxes: readonly import("../viewer/marks/marks.ts").Box[];
  readonly measures: readonly import("../viewer/marks/marks.ts").Measure[];
  readonly unparsed?: string;
  readonly addenda: readonly {
    readonly id: string;
    readonly text: string;
    readonly person: string;
    readonly at: string;
  }[];
}

export interface Report {
  readonly id: string;
  readonly study: string;
  readonly answer: string | null;
  readonly state: "draft" | "signed";
  readonly version: number;
  readonly content: ReportContent;
  readonly author: string;
  readonly savedAt: string;
  readonly signatures: readonly {
    readonly version: number;
    readonly name: string;
    readonly sha256: string;
    readonly addendum: boolean;
    readonly at: string;
  }[];
}
