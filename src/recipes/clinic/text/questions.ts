/** The questions about the clinic, in the layout that `ask` and the benchmarks use. */
import { askPrompt, briefExamEnding } from "../../../prompts/index.ts";
import { letters } from "../world/exam.ts";

export const whichDisease = "Which disease is most likely?";
export const whichTreatment = "Which treatment comes first?";
export const referralQuestion = "Is referral today needed?";
export const signsQuestion = (name: string): string => `Which signs are common in ${name}?`;

export const showingQuestion = (sign: string): string => `Which diseases often show ${sign}?`;
export const whichShow = (diseases: readonly string[], signNames: readonly string[]): string =>
  `Which of ${diseases.join(", ")} often show ${signNames.join(", ")}?`;

export const optionLines = (options: readonly string[]): string =>
  options.map((text, i) => `(${letters[i]}) ${text}`).join("\n");

/** A case and a question with four options. */
export const examPrompt = (vignette: string, question: string, options: readonly string[]): string =>
  `${vignette}\n\n${question}\n${optionLines(options)}\n${briefExamEnding}`;

export const referralPrompt = (vignette: string): string =>
  `${vignette}\n\n${askPrompt({ question: referralQuestion, choices: ["yes", "no"], subject: "text", form: "brief" }).after}`;

/** Components of a plan, as the tumour board strategy names them. */
export const planComponents = ["first treatment", "test", "urgency"] as const;
export type PlanComponent = (typeof planComponents)[number];
