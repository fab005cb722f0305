/**
 * Questions about a video: when something happens (a time span, as Med-Gemini answers MedVidQA), and the three criteria
 * of the critical view of safety (Strasberg 1995; scored 0, 1 or 2 each, as in Cholec80-CVS). Med-Gemini's prompts are
 * unpublished; the wording is this project's own.
 */
import { finalAnswer, introduction, type PromptForm, type PromptSubject, type PromptText } from "./form.ts";

export function whenPrompt(event: string, form: PromptForm): PromptText {
  // MedVidQA asks a question, which a part of the video answers; a user names an event.
  const named = event.trim();
  const questionText = named.endsWith("?")
    ? `Which part of the video answers this question: ${named}`
    : `When does this happen: ${named}?`;
  const ending = `"${finalAnswer("START s - END s")}", or "${finalAnswer("none")}" if it is not seen`;
  if (form === "brief") return { version: "when-brief@1", after: `${questionText} End with ${ending}.` };
  return {
    version: "when-instructed@1",
    before: introduction("video", form),
    after: `${questionText}\nEach frame is followed by its time in seconds. Say first in which frames it begins and ends. Then end with ${ending}.`,
  };
}

/** A time span in the requested form. */
export const spanAnswer = (from: number, to: number, decimals = 1): string =>
  finalAnswer(`${from.toFixed(decimals)} s - ${to.toFixed(decimals)} s`);

/** The criteria in the order of their scores, C1 to C3. */
export const criticalViewCriteria = [
  {
    id: "C1",
    description:
      "two and only two structures, the cystic duct and the cystic artery, are seen to enter the gallbladder",
  },
  { id: "C2", description: "the hepatocystic triangle is cleared of fat and fibrous tissue" },
  {
    id: "C3",
    description: "the lower part of the gallbladder is separated from the liver bed, so that the cystic plate is seen",
  },
] as const;

/** By score: 0, 1, 2. */
export const criticalViewLevels = ["not achieved", "partially achieved", "achieved"] as const;

export function criticalViewPrompt(criterion: number, subject: PromptSubject, form: PromptForm): PromptText {
  const { description } = criticalViewCriteria[criterion];
  return {
    version: `critical-view-${form}@1`,
    before: introduction(subject, form),
    after:
      `This is a laparoscopic removal of the gallbladder. Is this criterion of the critical view of safety achieved: ${description}?\n` +
      `Choose one of: ${criticalViewLevels.join(", ")}.\n` +
      `You may argue first, but you MUST end with one very short final answer X in the format "${finalAnswer("X")}".`,
  };
}
