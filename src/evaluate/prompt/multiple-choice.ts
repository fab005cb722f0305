/** Multiple choice: MedGemma's step-by-step prompt, its short form, and the form that keeps search results separate. */
import { briefExamEnding } from "../../prompts/index.ts";
import type { Item } from "../benchmark/item.ts";
import type { EvaluationPrompt } from "./prompt.ts";

/** `(A) text`, one per line. */
export const optionLines = ({ options = [] }: Item): string =>
  options.map(({ key, text }) => `(${key}) ${text}`).join("\n");

export const questionLines = (item: Item): string =>
  [item.context, item.question, optionLines(item)].filter((text) => text !== undefined && text !== "").join("\n");

/** After MedGemma's technical report, table A6. */
export const mcq: EvaluationPrompt = {
  name: "mcq",
  version: 1,
  answer: "letter",
  maxTokens: 2048,
  source: "after the MedGemma technical report, table A6; our wording",
  render: (item) => ({
    after:
      "Instructions: The following is a multiple choice question about medical knowledge. Solve it step by step, starting by summarizing the available information. " +
      `Choose exactly one option.\nQuestion: ${questionLines(item)}\n` +
      'Response (think step by step and then end with "Final Answer:" followed by only the letter in parentheses):',
  }),
};

/** The wording of `polyclinic ask` for exam questions, for models that need short prompts. */
export const mcqBrief: EvaluationPrompt = {
  name: "mcq-brief",
  version: 1,
  answer: "letter",
  maxTokens: 512,
  source: "our wording",
  render: (item) => ({
    after: `${item.context === undefined ? "" : `${item.context}\n\n`}${item.question}\n${optionLines(item)}\n${briefExamEnding}`,
  }),
};

/** For models not tuned to reason: asks for the letter only. */
export const mcqDirect: EvaluationPrompt = {
  name: "mcq-direct",
  version: 1,
  answer: "letter",
  maxTokens: 32,
  source: "our wording",
  render: (item) => ({
    after: `${questionLines(item)}\nAnswer with the letter of the one correct option, in the form "Final Answer: (X)".`,
  }),
};

/** After Med-PaLM 2's instruction for PubMedQA. */
export const pubmedqa: EvaluationPrompt = {
  name: "pubmedqa",
  version: 1,
  answer: "label",
  maxTokens: 1024,
  source: "after the PubMedQA instruction of Med-PaLM 2 (appendix); our wording",
  render: ({ context, question, options = [] }) => ({
    after:
      `Instructions: Answer the research question from the abstract given as context. Answer ${options
        .map(({ key }) => key)
        .join(", ")
        .replace(/, ([^,]*)$/, " or $1")}: ` +
      "yes or no where the context is definitive, maybe where it is not, for instance where it holds both for some conditions and against for others.\n" +
      `Context: ${context ?? ""}\nQuestion: ${question}\n` +
      'End with "Final Answer: yes", "Final Answer: no" or "Final Answer: maybe".',
  }),
};
