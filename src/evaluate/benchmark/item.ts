/** One question of a benchmark, with what is shown and what is right. */
import type { Box } from "../../measure/index.ts";

export interface Option {
  /** What the answer names: `A`, `yes`. */
  readonly key: string;
  /** What it says; equal to the key where the key is a word. */
  readonly text: string;
}

/** What is right. Boxes are shares (0 to 1) of the source image's width and height. */
export type Gold =
  | { readonly kind: "choice"; readonly choice: string }
  | { readonly kind: "text"; readonly references: readonly string[] }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "boxes"; readonly boxes: readonly Box[] }
  /** Seconds from the start of a video. */
  | { readonly kind: "span"; readonly from: number; readonly to: number }
  | { readonly kind: "rows"; readonly rows: readonly Readonly<Record<string, string>>[] }
  /** Judged by people or by a rubric: there is no one right answer. */
  | { readonly kind: "judged"; readonly criteria?: readonly Criterion[] };

/** HealthBench's unit: a statement that earns or costs points. */
export interface Criterion {
  readonly criterion: string;
  readonly points: number;
  readonly tags: readonly string[];
}

export interface Turn {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

export interface Item {
  /** Unique in the benchmark's split. */
  readonly id: string;
  readonly question: string;
  /** What the question is about: an abstract, an indication, a vignette. */
  readonly context?: string;
  readonly options?: readonly Option[];
  /** Files of the study, paths; with `prior`, of the later of two. */
  readonly files?: readonly string[];
  readonly prior?: readonly string[];
  /** A conversation that the answer continues, instead of a question. */
  readonly turns?: readonly Turn[];
  readonly gold: Gold;
  /** What macro averages are over: a condition, a subject, a kind of question. */
  readonly category?: string;
  /** Questions about one patient, image or note go together when uncertainty is computed. */
  readonly cluster?: string;
  /** Whether a visual question has closed answers (yes/no), as its authors mark it. */
  readonly closed?: boolean;
}
