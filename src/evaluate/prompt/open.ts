/**
 * Questions without options: short facts, long answers, numbers, conversations, and benchmarks with their own wording.
 */
import type { EvaluationPrompt } from "./prompt.ts";

const given = (context: string | undefined) => (context === undefined ? "" : `${context}\n`);

export const shortAnswer: EvaluationPrompt = {
  name: "short-answer",
  version: 1,
  answer: "short",
  maxTokens: 512,
  source: "our wording, after the MedGemma technical report, table A7",
  render: ({ context, question }) => ({
    after:
      `${given(context)}${question}\n` +
      'You may reason first, but end with one very short, definitive and concise final answer X in the format "Final Answer: X".',
  }),
};

/** Med-PaLM 2's instruction for consumer questions. */
export const longAnswer: EvaluationPrompt = {
  name: "long-answer",
  version: 1,
  answer: "long",
  maxTokens: 2048,
  source: "after the long-form instruction of Med-PaLM 2 (appendix)",
  render: ({ context, question }) => ({
    after:
      "You are a helpful medical knowledge assistant. Provide a useful, complete and scientifically grounded answer to the question.\n" +
      `${given(context)}Question: ${question}\nComplete Answer:`,
  }),
};

/** From findings to an impression: Med-PaLM M's report summarisation. */
export const impression: EvaluationPrompt = {
  name: "impression",
  version: 1,
  answer: "report",
  maxTokens: 512,
  source: "after the report summarisation task of Med-PaLM M (arXiv 2307.14334); our wording",
  render: ({ context, question }) => ({ after: `Findings: ${context ?? ""}\n${question}\nImpression:` }),
};

/** After the list prompt of Google's differential-diagnosis study (AMIE). */
export const rankedList: EvaluationPrompt = {
  name: "ranked-list",
  version: 1,
  answer: "list",
  maxTokens: 1024,
  source: "after the list prompt of the DDx study (arXiv 2312.00164); our wording",
  render: ({ context, question }) => ({
    after:
      `${given(context)}${question}
` +
      "List the 10 most likely answers as a numbered list, one a line, the most likely first, each as short as a diagnosis is written.",
  }),
};

export const numberAnswer: EvaluationPrompt = {
  name: "number",
  version: 1,
  answer: "number",
  maxTokens: 256,
  source: "our wording",
  render: ({ context, question }) => ({
    after: `${given(context)}${question}\nEnd with the number alone, in the format "Final Answer: X".`,
  }),
};

/** The benchmark's own words, answered with a number (TxGemma's regressions). */
export const verbatimNumber: EvaluationPrompt = {
  name: "verbatim-number",
  version: 1,
  answer: "number",
  maxTokens: 16,
  source: "the benchmark's own words",
  render: ({ question }) => ({ after: question }),
};

/** The conversation is sent unchanged. */
export const conversation: EvaluationPrompt = {
  name: "conversation",
  version: 1,
  answer: "long",
  maxTokens: 2048,
  source: "the benchmark's own conversation",
  render: () => ({ after: "" }),
};

/** The question is the whole prompt, as in TDC's templates; the answer is one of the options, or free text. */
export const verbatim: EvaluationPrompt = {
  name: "verbatim",
  version: 1,
  answer: "letter",
  maxTokens: 16,
  source: "the benchmark's own words",
  render: ({ question }) => ({ after: question }),
};
