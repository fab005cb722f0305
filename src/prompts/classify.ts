/** Classification: one closed question over labels; independent labels are one yes/no question each. */
import { askPrompt } from "./ask.ts";
import { finalAnswer, type PromptForm, type PromptSubject, type PromptText, theSubject } from "./form.ts";

export interface ClassifyWords {
  /** Default: which of the labels describes the images best. */
  readonly question?: string;
  readonly labels: readonly string[];
  readonly subject: PromptSubject;
  readonly form: PromptForm;
  readonly bodyPart?: string;
}

export function classifyPrompt({ question, labels, subject, form, bodyPart }: ClassifyWords): PromptText {
  const questionText = question ?? `Which of these describes ${theSubject(subject)} best?`;
  const prompt = askPrompt({ question: questionText, choices: labels, subject, form, bodyPart });
  return { ...prompt, version: `classify-${form}@1` };
}

/** The continuation that is scored for a label, and the target in training. */
export function classifyAnswer(label: string): string {
  return finalAnswer(label);
}
