/**
 * The wording of prompts and answers, in a layer below both the tasks that render them and the training code, so that a
 * model is asked in exactly the words it was trained on. Everything here is text around images, independent of studies
 * and models.
 *
 * There are two published forms, and models differ in which they were tuned on:
 * - `brief`: the evaluation prompts of the MedGemma 1.5 report (appendix B): images first, then one short question.
 * - `instructed`: the form of Google's notebooks: an instruction, the images, a question that states the answer format.
 */
export type PromptForm = "brief" | "instructed";

/** Text before and after the images of one user turn. */
export interface PromptText {
  /** `name@version`: changes with any change of wording. */
  readonly version: string;
  readonly before?: string;
  readonly after: string;
}

/**
 * The kind of images, as far as a prompt's wording depends on it. A photograph or a JPEG does not state its modality:
 * it is an `image`, whatever it shows; the other words require a header or a caller that says so. A `case` is images
 * together with something else.
 */
export type PromptSubject =
  | "image"
  | "images"
  | "chest X-ray"
  | "CT slice"
  | "CT volume"
  | "MRI volume"
  | "histopathology image"
  | "whole slide"
  | "video"
  | "document"
  | "text"
  | "record"
  | "waveform"
  | "molecule"
  | "variants"
  | "case"
  | "pair";

/** The label after the image of a slice (report section 3.2.1), 1-based. */
export function sliceLabel(index: number): string {
  return `SLICE ${index}`;
}

/** The label after a frame of a video: its time in seconds. @param decimals enough to distinguish adjacent frames. */
export function timeLabel(seconds: number, decimals: number): string {
  return `${seconds.toFixed(decimals)} s`;
}

/** The marker before every closed answer of MedGemma (report tables 7, 8 and 12). */
export function finalAnswer(answer: string): string {
  return `Final Answer: ${answer}`;
}

/**
 * The instruction before the slices of a volume, the patches of a slide or the frames of a video in the `instructed`
 * form; empty otherwise.
 */
export function introduction(subject: PromptSubject, form: PromptForm, bodyPart?: string): string | undefined {
  if (form === "brief") return undefined;
  const region = bodyPart === undefined ? "" : ` of the ${bodyPart.toLowerCase()}`;
  switch (subject) {
    case "CT volume":
    case "MRI volume": {
      const modality = subject === "CT volume" ? "CT" : "MRI";
      return (
        `You are an instructor teaching medical students. You are going to see a contiguous block of ${modality} slices${region}. ` +
        "Review the slices carefully before you answer the question that follows them."
      );
    }
    case "whole slide":
      return (
        "You are an instructor teaching medical students. You are going to see a set of patches, in reading order, from one " +
        "histopathology slide. Consider the tissue type and the procedure before you answer the question that follows them."
      );
    case "video":
      return (
        "You are an instructor teaching medical students. You are going to see frames of one video in their order, each followed by " +
        "its time in seconds. Consider what happens between them before you answer the question that follows."
      );
    default:
      return undefined;
  }
}

/** The subject in a sentence: `this chest X-ray`, `the CT volume`. */
export function theSubject(subject: PromptSubject): string {
  switch (subject) {
    case "CT volume":
    case "MRI volume":
      return `the ${subject}`;
    case "whole slide":
      return "this histopathology slide";
    case "images":
      return "these images";
    case "variants":
      return "these variants";
    case "pair":
      return "these two images";
    default:
      return `this ${subject}`;
  }
}
