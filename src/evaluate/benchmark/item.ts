/** One question of a benchmark: what the model is shown, and the reference answer. */
import type { Box } from "../../measure/index.ts";

/** One option of a closed question. */
export interface Option {
  /** How the answer names the option: `A`, `yes`. */
  readonly key: string;
  /** The option's text; equal to the key where the key is a word. */
  readonly text: string;
}

/** The reference answer. Boxes are fractions (0 to 1) of the source image's width and height. */
export type Gold =
  | { readonly kind: "choice"; readonly choice: string }
  | { readonly kind: "text"; readonly references: readonly string[] }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "boxes"; readonly boxes: readonly Box[] }
  /** Seconds from the start of a video. */
  | { readonly kind: "span"; readonly from: number; readonly to: number }
  | { readonly kind: "rows"; readonly rows: readonly Readonly<Record<string, string>>[] }
  /** Judged by people or by a rubric: there is no single correct answer. */
  | { readonly kind: "judged"; readonly criteria?: readonly Criterion[] };

/** A rubric criterion of HealthBench: a statement that adds or subtracts points. */
export interface Criterion {
  readonly criterion: string;
  readonly points: number;
  readonly tags: readonly string[];
}

export interface Turn {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

/** One question of a benchmark. */
export interface Item {
  /** Unique in the benchmark's split. */
  readonly id: string;
  readonly question: string;
  /** What the question refers to: an abstract, an indication, a vignette. */
  readonly context?: string;
  readonly options?: readonly Option[];
  /** Paths of the study's files; with `prior`, those of the later study. */
  readonly files?: readonly string[];
  readonly prior?: readonly string[];
  /** A conversation to continue, instead of a question. */
  readonly turns?: readonly Turn[];
  readonly gold: Gold;
  /** The group for macro averages: a condition, a subject, a kind of question. */
  readonly category?: string;
  /** Questions about one patient, image or note form a cluster, which is resampled as a whole. */
  readonly cluster?: string;
  /** Whether a visual question is closed (yes/no), as marked by the benchmark's authors. */
  readonly closed?: boolean;
}
