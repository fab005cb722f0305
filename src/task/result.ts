/**
 * The result of a task: the typed answer, with everything an export or a reader needs to assess it. A result is plain data: it can
 * be written as JSON and read again, and the same study, model, options and seed give the same bytes (it therefore contains no timestamps).
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
  /** Index into `Study.parts`; in a comparison, prior and current are numbered together. */
  readonly part: number;
  readonly partLabel: string;
  readonly modality: Modality;
  /** The slice, patch or page of the part, from zero; absent for a plain image. */
  readonly index?: number;
  /** True if the slice was reformatted from the volume's own stack: `index` and boxes then refer to the new axial stack. */
  readonly reformatted?: boolean;
  /** Of a frame of a video: when it is shown, in seconds. */
  readonly time?: number;
  /** True for a crop of the whole image that precedes it (pan and scan). */
  readonly crop?: boolean;
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
  /** The view's recipe and version; joined by `+` if a study has parts of several kinds. */
  readonly recipe: string;
  readonly images: readonly SeenImage[];
  /** Absent if the model was given only images. */
  readonly texts?: readonly SeenText[];
  /** Descriptions of what the view left out to fit the model. */
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

/** A sentence that states what a computed answer is based on. */
export function computedSentence({ saw }: { readonly saw: Pick<Seen, "recipe"> }): string {
  const source = saw.recipe.startsWith("signal") ? "the samples of the recording" : "the facts of the record";
  return `Computed from ${source}; no model was called.`;
}

/**
 * `scored`: nothing was generated, the labels' likelihoods were compared. `refused`: the model was not asked. `computed`: no model was needed. `deferred`: the strategy
 * gives no answer.
 */
export type TaskFinishReason = FinishReason | "scored" | "refused" | "computed" | "deferred";

/** Whether and how the model's text was parsed. */
export interface Parse {
  /**
   * `unparsed`: the model's text is not an answer of the expected form; the raw text is in `text`, and `answer` is absent. `refused`: the model
   * was not called, because the request or its images are outside its training scope; `refusal` gives the reasons. `deferred`: the strategy gives no
   * answer, because the replies disagree or the budget allowed none.
   */
  readonly status: "parsed" | "unparsed" | "refused" | "deferred";
  /** Corrections and omissions made while parsing; empty for a clean answer. */
  readonly problems: readonly string[];
}

/** The result of a task; plain data, stable for equal inputs. */
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
  /** Why the request was refused; or, with an answer forced by `anyway`, why it should have been. */
  readonly refusal?: Refusal;
  /** Limitations of the model's training, then reasons to trust this answer less than usual; absent if there are none. */
  readonly cautions?: readonly string[];
  /** The model's text without its thought; empty if labels were scored. */
  readonly text: string;
  /** The model's thought, if it wrote one. Never part of the answer. */
  readonly thought?: string;
  /** How the answer was reached, if several calls were made: every reply, the votes, searches and passages. */
  readonly strategy?: StrategyRecord;
  readonly model: ModelIdentity;
  readonly saw: Seen;
  readonly sampling: Sampling;
  readonly finishReason: TaskFinishReason;
  readonly usage: Usage;
  readonly notice: string;
}

/** The probability of one label. */
export interface LabelProbability {
  readonly label: string;
  /** 0 to 1. Sums to 1 over all labels in single-label mode; independent per label in multi-label mode. */
  readonly probability: number;
  /** Natural log of the label's unnormalised likelihood. */
  readonly logLikelihood: number;
}

/** A box found by `locate`. */
export interface LocatedBox {
  readonly label: string;
  /** In source pixels of the part (of the slice, for a volume). */
  readonly box: Box;
  /** Index into `saw.images`. */
  readonly image: number;
  readonly part: number;
  readonly index?: number;
  /** Corners in patient millimetres (LPS), clockwise from the top left, if the geometry is known. */
  readonly patient?: readonly (readonly [x: number, y: number, z: number])[];
}
