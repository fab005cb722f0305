/**
 * What a task gives back: the typed answer, and with it everything an export or a reader needs to judge it. A result is plain data: it can
 * be written as JSON and read again, and the same study, model, options and seed give the same bytes (so it holds no times).
 */
import type { FinishReason, ModelIdentity, Usage } from "../model/contract.ts";
import type { Course, Quantity } from "../prompts/index.ts";
import type { Box, Modality } from "../study/types.ts";

/** Printed with every answer and written into every export. */
export const notForClinicalUse =
  "Research software. Not a medical device: not for diagnosis, treatment or any other clinical use. Verify every statement independently.";

export type TaskName = "ask" | "report" | "classify" | "locate" | "compare";

/** One image the model was given. */
export interface SeenImage {
  /** Index into `Study.parts`; for a comparison, see `study`. */
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
  /** SHA-256 of the pixel bytes as they were handed to the model (row-major, interleaved), hex. */
  readonly sha256: string;
}

/** Everything the model was given. */
export interface Seen {
  /** The view's recipe and version; several joined by `+` when a study has parts of several kinds. */
  readonly recipe: string;
  readonly images: readonly SeenImage[];
  /** What the view left out to fit the model, in words. */
  readonly leftOut: readonly string[];
  /** SHA-256 over the source files of each part of the study, in order, hex. */
  readonly sources: readonly string[];
}

/** `scored`: nothing was generated, the labels' likelihoods were compared. */
export type TaskFinishReason = FinishReason | "scored";

export interface Parse {
  /** `unparsed`: the model wrote something else than was asked; the raw text stands in `text`, and `answer` is absent. */
  readonly status: "parsed" | "unparsed";
  /** What was bounded, swapped, dropped or missing, in words; empty for a clean answer. */
  readonly problems: readonly string[];
}

/** The sampling an answer was made with; absent fields were the checkpoint's defaults. */
export interface Sampling {
  readonly maxTokens: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly seed?: number;
}

export interface TaskResult<Answer = unknown, Task extends string = TaskName> {
  readonly schema: "polyclinic.result/1";
  readonly task: Task;
  /** `ask-closed-brief@1`. */
  readonly promptVersion: string;
  /** The text of the prompt around the images. */
  readonly prompt: string;
  /** Absent exactly when `parse.status` is `unparsed`. */
  readonly answer?: Answer;
  readonly parse: Parse;
  /** Reasons to trust this answer less than others of its kind, in words; absent where none is known. */
  readonly cautions?: readonly string[];
  /** What the model wrote, without its thought; empty when labels were scored. */
  readonly text: string;
  /** The model's thought, when it wrote one. Never part of the answer. */
  readonly thought?: string;
  readonly model: ModelIdentity;
  readonly saw: Seen;
  readonly sampling: Sampling;
  readonly finishReason: TaskFinishReason;
  readonly usage: Usage;
  readonly notice: string;
}

export interface AskAnswer {
  readonly kind: "free" | "closed";
  readonly question: string;
  /** For a closed question one of `choices`, spelled as given; for a free one the answer's text. */
  readonly answer: string;
  readonly choices?: readonly string[];
  /** What stood before the final answer, when anything did. */
  readonly reasoning?: string;
  /** Named quantities found in the final answer of a free question (`1503 mm3`). */
  readonly quantities?: readonly Quantity[];
}

export interface ReportAnswer {
  /** One statement each. */
  readonly findings: readonly string[];
  readonly impression: string;
  /** Sections the model wrote beyond these two, by their heading. */
  readonly otherSections: Readonly<Record<string, string>>;
}

export interface LabelProbability {
  readonly label: string;
  /** 0 to 1. Over all labels these sum to 1 for one label of many; each stands alone for several labels at once. */
  readonly probability: number;
  /** Natural log of the label's unnormalised likelihood. */
  readonly logLikelihood: number;
}

export interface ClassifyAnswer {
  readonly kind: "single" | "multi";
  readonly question?: string;
  /** `single`: exactly one; `multi`: those whose probability of yes is at least the threshold. */
  readonly labels: readonly string[];
  /** Every label, in the order given; absent where the engine cannot score and the label was generated instead. */
  readonly probabilities?: readonly LabelProbability[];
  readonly threshold?: number;
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

export interface LocateAnswer {
  readonly object: string;
  /** Empty when the model says that there is none. */
  readonly boxes: readonly LocatedBox[];
  readonly reasoning?: string;
}

export interface CompareAnswer {
  readonly finding?: string;
  readonly course: Course;
  /** One probability a course, where the engine can score. */
  readonly probabilities?: readonly LabelProbability[];
  /** What the model wrote about the change, when it wrote anything. */
  readonly description?: string;
}

export type AskResult = TaskResult<AskAnswer, "ask">;
export type ReportResult = TaskResult<ReportAnswer, "report">;
export type ClassifyResult = TaskResult<ClassifyAnswer, "classify">;
export type LocateResult = TaskResult<LocateAnswer, "locate">;
export type CompareResult = TaskResult<CompareAnswer, "compare">;
export type AnyResult = AskResult | ReportResult | ClassifyResult | LocateResult | CompareResult;
