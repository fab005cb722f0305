/** Two studies in time, prior first (report section 3.2.3; the classes are MS-CXR-T's, the wording is our own as it is unpublished). */
import { finalAnswer, type PromptForm, type PromptText } from "./form.ts";

/** The closed answers, in the order of MS-CXR-T. */
export const courses = ["improved", "stable", "worsened"] as const;
export type Course = (typeof courses)[number];

export function comparePrompt(finding: string | undefined, form: PromptForm): PromptText {
  const subject = finding?.trim() || "disease";
  const asked = `The first image is the prior, the second is the current. Has the ${subject} improved, is it stable, or has it worsened?`;
  const closing =
    form === "brief"
      ? `End with "${finalAnswer("improved")}", "${finalAnswer("stable")}" or "${finalAnswer("worsened")}".`
      : `Describe what changed between the two images, then end with "${finalAnswer("improved")}", "${finalAnswer("stable")}" or "${finalAnswer("worsened")}".`;
  return { version: `compare-${form}@1`, after: `${asked}\n${closing}` };
}

export function compareAnswer(course: Course): string {
  return finalAnswer(course);
}
