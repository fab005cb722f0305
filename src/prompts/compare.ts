/**
 * Two studies in time, prior first (report section 3.2.3; the classes are MS-CXR-T's, the wording is this project's own
 * because the original is unpublished).
 */
import { finalAnswer, type PromptForm, type PromptText } from "./form.ts";

/** The closed answers, in the order of MS-CXR-T. */
export const courses = ["improved", "stable", "worsened"] as const;
export type Course = (typeof courses)[number];

export interface CompareWords {
  /** The finding to compare. Default: the disease as a whole. */
  readonly finding?: string;
  readonly form: PromptForm;
  /** Number of images of the prior study, which come first; the others are the current study's. Default: one of two. */
  readonly priorImages?: number;
  readonly currentImages?: number;
}

export function comparePrompt({ finding, form, priorImages = 1, currentImages = 1 }: CompareWords): PromptText {
  const order =
    priorImages === 1 && currentImages === 1
      ? "The first image is the prior, the second is the current."
      : `The first ${priorImages} images are the prior, the following ${currentImages} are the current.`;
  const questionText = `${order} Has the ${finding?.trim() || "disease"} improved, is it stable, or has it worsened?`;
  const ending = `"${finalAnswer("improved")}", "${finalAnswer("stable")}" or "${finalAnswer("worsened")}".`;
  const closing =
    form === "brief"
      ? `End with ${ending}`
      : `Describe what changed from the prior to the current, then end with ${ending}`;
  return { version: `compare-${form}@1`, after: `${questionText}\n${closing}` };
}

export function compareAnswer(course: Course): string {
  return finalAnswer(course);
}
