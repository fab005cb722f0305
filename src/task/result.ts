/**
 * What a task gives back: the typed answer, and with it everything an export or a reader needs to judge it. A result is plain data: it can
 * be written as JSON and read again, and the same study, model, options and seed give the same bytes (so it holds no times).
 */
import type { FinishReason, ModelIdentity, Usage } from "../model/contract.ts";
import type { StrategyRecord } from "../model/strategy-record.ts";
import type { Box, Modality } from "../study/types.ts";
import type { Sampling } from "./sampling.ts";
import type { Refusal } from "./scope/reason.ts";

/** Printed with every answer and written into every export. */
export const notForClinicalUse =
  "Research software. Not a medical device: not for diagnosis, treatment or any other clinical use. Verify every statement independently.";

/** One image the model was given. */
export interface SeenImage {
  /** Index into `Study.parts`; a comparison counts in prior and current together. */
  readonly part: number;
  readonly partLabel: string;
  readonly modality: Modality;
  /** The slice, patch or page of the part, from zero; absent for a plain image. */
  readonly index?: number;
  /** True when the slice was cut across the volume's own: `index`, and boxes found on it, then count in the new axial stack. */
  readonly reformatted?: boolean;
  /** The text the model read after it (`SLICE 3`). */
  readonly label?: string;
  readonly width: number;
  readonly height: number;
  /** SHA-256 of the pixel bytes as they were given to the model (row-major, interleaved), hex. */
  readonly sha256: string;
}

/** One text of the study the model was given. */
export interface SeenText {
  /** Index into `Study.parts`. */
  readonly part: number;
  readonly partLabel: string;
  /** The page of the part, from zero; absent for a plain text. */
  readonly index?: number;
  /** UTF-16 code units, as JavaScript counts. */
  readonly characters: number;
  /** SHA-256 of the text in UTF-8, hex. */
  readonly sha256: string;
}

/** Everything the model was given. */
export interface Seen {
  /** The view's recipe and version; several joined by `+` when a study has parts of several kinds. */
  readonly recipe: string;
  readonly images: readonly SeenImage[];
  /** Absent where the model was given images alone. */
  readonly texts?: readonly SeenText[];
  /** What the view left out to fit the model, in words. */
  readonly leftOut: readonly string[];
  /** SHA-256 over the source files of each part of the study, in order, hex. */
  readonly sources: readonly string[];
}

/** `2 images`, `1 text`, `2 images and 1 text`. */
export function seenInWords({ images, texts = [] }: Pick<Seen, "images" | "texts">): string {
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  if (texts.length === 0) return count(images.length, "image");
  const read = count(texts.length, "text");
  return images.length === 0 ? read : `${count(images.length, "image")} and ${read}`;
}

/** What a computed answer rests on, in words. */
export function computedSentence({ saw }: { readonly saw: Pick<Seen, "recipe"> }): string {
  const source = saw.recipe.startsWith("signal") ? "the samples of the recording" : "the facts of the record";
  return `Computed from ${source}; no model was asked.`;
}

/** `scored`: nothing was generated, the labels' likelihoods were compared. `refused`: the model was not asked. `computed`: no model was needed. */
export type TaskFinishReason = FinishReason | "scored" | "refused" | "computed";

export interface Parse {
  /**
   * `unparsed`: the model wrote something other than what was asked; the raw text is in `text`, and `answer` is absent. `refused`: the model
   * was not asked, because the request or its images are beyond what it was trained on; `refusal` says why. `deferred`: the strategy gives no
   * answer, because its replies disagree or its budget allowed none.
   */
  readonly status: "parsed" | "unparsed" | "refused" | "deferred";
  /** What was bounded, swapped, dropped or missing, in words; empty for a clean answer. */
  readonly problems: readonly string[];
}

export interface TaskResult<Answer = unknown, Name extends string = string> {
  readonly schema: "polyclinic.result/1";
  readonly task: Name;
  /** `ask-closed-brief@1`. */
  readonly promptVersion: string;
  /** The text of the prompt around the images. */
  readonly prompt: string;
  /** Present exactly when `parse.status` is `parsed`. */
  readonly answer?: Answer;
  readonly parse: Parse;
  /** Why the model was not asked; or, beside an answer that was demanded all the same (`anyway`), why it should not have been. */
  readonly refusal?: Refusal;
  /** The limits of what the model was trained on, then reasons to trust this answer less than others; absent where none is known. */
  readonly cautions?: readonly string[];
  /** What the model wrote, without its thought; empty when labels were scored. */
  readonly text: string;
  /** The model's thought, when it wrote one. Never part of the answer. */
  readonly thought?: string;
  /** How it came about, where several calls did it: every reply, the votes, what was searched and found. */
  readonly strategy?: StrategyRecord;
  readonly model: ModelIdentity;
  readonly saw: Seen;
  readonly sampling: Sampling;
  readonly finishReason: TaskFinishReason;
  readonly usage: Usage;
  readonly notice: string;
}

export interface LabelProbability {
  readonly label: string;
  /** 0 to 1. Over all labels these sum to 1 for one label of many; each is alone for several labels at once. */
  readonly probability: number;
  /** Natural log of the label's unnormalised likelihood. */
  readonly logLikelihood: number;
}

export interface LocatedBox {
  readonly label: string;
  /** In source pixels of the part (of the slice, for a volume). */
  readonly box: Box;
  /** Index into `saw.images`. */
  readonly image: number;
  readonly part: number;
  readonly index?: number;
  /** Corners in patient millimetres (LPS), clockwise from the top left, where the view knows them. */
  readonly patient?: readonly (readonly [x: number, y: number, z: number])[];
}
