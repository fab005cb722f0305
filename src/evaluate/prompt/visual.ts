/** Questions about images, in the wording MedGemma was evaluated with where it is known. */
import { comparePrompt, finalAnswer, locatePrompt, reportPrompt, whenPrompt } from "../../prompts/index.ts";
import type { Item } from "../benchmark/item.ts";
import type { EvaluationPrompt } from "./prompt.ts";

const words = ({ options = [] }: Item) => options.map(({ text }) => text);
const contextLine = ({ context }: Item) => (context === undefined ? "" : `${context}\n`);

export const vqa: EvaluationPrompt = {
  name: "vqa",
  version: 1,
  answer: "short",
  maxTokens: 512,
  source: "after the MedGemma technical report, table A7",
  render: (item) => ({
    after:
      `${contextLine(item)}${item.question}\n` +
      'You may write out your argument before stating your final very short, definitive, and concise answer X in the format "Final Answer: X".',
  }),
};

/** One finding in one study: yes or no. */
export const presence: EvaluationPrompt = {
  name: "presence",
  version: 1,
  answer: "label",
  maxTokens: 256,
  source: "after the MedGemma 1.5 technical report, table 8",
  render: (item) => ({
    after: `${contextLine(item)}${item.question}\nYou MUST end your responce with either "${finalAnswer("yes")}" or "${finalAnswer("no")}"`,
  }),
};

/** One of several labels. */
export const whichLabel: EvaluationPrompt = {
  name: "which-label",
  version: 1,
  answer: "label",
  maxTokens: 256,
  source: "after the MedGemma 1.5 technical report, table 7",
  render: (item) => ({
    after:
      `${contextLine(item)}${item.question}\nChoose one of: ${words(item).join(", ")}.\n` +
      `You may argue first, but you MUST end with one very short final answer X in the format "${finalAnswer("X")}".`,
  }),
};

/** Two studies, the prior first; `question` is the finding. */
export const course: EvaluationPrompt = {
  name: "course",
  version: 1,
  answer: "label",
  maxTokens: 256,
  source: "the words of `polyclinic compare`",
  render: (item) => ({ after: comparePrompt({ finding: item.question, form: "brief" }).after }),
};

/** `question` is the object. */
export const boxes: EvaluationPrompt = {
  name: "boxes",
  version: 1,
  answer: "boxes",
  maxTokens: 1000,
  source: "the words of `polyclinic locate`, after the MedGemma 1.5 technical report, table 12",
  render: (item) => ({ after: locatePrompt(item.question, "brief").after }),
};

/** Of a video: `question` is what happens. */
export const when: EvaluationPrompt = {
  name: "when",
  version: 2,
  answer: "span",
  maxTokens: 500,
  source: "the words of `polyclinic when`",
  render: (item) => ({ after: whenPrompt(item.question, "brief").after }),
};

/** `context` is the indication. */
export const report: EvaluationPrompt = {
  name: "report",
  version: 1,
  answer: "report",
  maxTokens: 1024,
  source: "the words of `polyclinic report`",
  render: ({ context }) => ({
    after: reportPrompt({
      subject: "chest X-ray",
      form: "brief",
      ...(context !== undefined && { indication: context }),
    }).after,
  }),
};

/** A page with a table of laboratory values. */
export const rowsOfPage: EvaluationPrompt = {
  name: "lab-rows",
  version: 1,
  answer: "rows",
  maxTokens: 4096,
  source: "our wording; the fields of the MedGemma 1.5 technical report",
  render: () => ({
    after:
      "List every laboratory test of this report as one JSON list. Each entry has the fields name, result, unit, range, panel, method, specimen and " +
      "sample_collection_time (DD-MM-YYYY HH:MM:SS), copied as printed; leave out what the report does not say.",
  }),
};
