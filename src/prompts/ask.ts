/** Questions: free, yes/no (report table 8) and with named choices (report table 7). */
import { finalAnswer, introduction, type PromptForm, type PromptSubject, type PromptText } from "./form.ts";

export interface AskWords {
  readonly question: string;
  /** The closed answers; absent for a free question. */
  readonly choices?: readonly string[];
  /** The choices are letters of options in the question. */
  readonly lettered?: boolean;
  readonly subject: PromptSubject;
  readonly form: PromptForm;
  readonly bodyPart?: string;
}

export function askPrompt({ question, choices, lettered = false, subject, form, bodyPart }: AskWords): PromptText {
  const questionText = question.trim();
  if (lettered)
    return form === "brief"
      ? { version: "ask-exam-brief@1", after: `${questionText}\n${briefExamEnding}` }
      : { version: "ask-exam-instructed@1", before: exam.before, after: `Question: ${questionText}\n${exam.ending}` };
  return {
    version: choices === undefined ? `ask-free-${form}@1` : `ask-closed-${form}@1`,
    before: introduction(subject, form, bodyPart),
    after: choices === undefined ? questionText : `${questionText}\n${closing(choices)}`,
  };
}

/**
 * The ending of an exam question with lettered options, for models of the short prompts: X may be the letter or the
 * option's text.
 */
export const briefExamEnding = 'Think step by step and end with the option in the form "Final Answer: X".';

/** The same for models tuned to reason at length (MedGemma's technical report, table A6). */
export const exam = {
  before:
    "Instructions: The following is a multiple choice question about medical knowledge. Solve it step by step, starting by summarizing the available information. " +
    "Choose exactly one option.",
  ending: 'Response (think step by step and then end with "Final Answer:" followed by only the letter in parentheses):',
};

/** The instruction that makes a question closed. */
function closing(choices: readonly string[]): string {
  // The spelling "responce" is that of the published prompt, on which the model was tuned.
  if (choices.length === 2 && choices[0] === "yes" && choices[1] === "no")
    return `You MUST end your responce with either "${finalAnswer("yes")}" or "${finalAnswer("no")}"`;
  return (
    `Choose one of: ${choices.join(", ")}.\n` +
    `You may argue first, but you MUST end with one very short final answer X in the format "${finalAnswer("X")}".`
  );
}

/** The label question of the report's evaluation (tables 8 and 13). */
export function presenceQuestion(finding: string, subject: PromptSubject): string {
  switch (subject) {
    case "CT volume":
    case "MRI volume":
      return `Is there "${finding}" in the ${subject}?`;
    default:
      return `Is there ${finding} in this image?`;
  }
}
