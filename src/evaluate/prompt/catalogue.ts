/** Prompts by name. */
import { PolyclinicError } from "../../base/errors.ts";
import { mcq, mcqBrief, mcqDirect, pubmedqa } from "./multiple-choice.ts";
import {
  conversation,
  impression,
  longAnswer,
  numberAnswer,
  rankedList,
  shortAnswer,
  verbatim,
  verbatimNumber,
} from "./open.ts";
import type { EvaluationPrompt } from "./prompt.ts";
import { boxes, course, presence, report, rowsOfPage, vqa, when, whichLabel } from "./visual.ts";

/** All evaluation prompts; their names are unique. */
export const prompts: readonly EvaluationPrompt[] = [
  mcq,
  mcqDirect,
  mcqBrief,
  pubmedqa,
  vqa,
  presence,
  whichLabel,
  course,
  boxes,
  when,
  report,
  rowsOfPage,
  shortAnswer,
  longAnswer,
  impression,
  rankedList,
  numberAnswer,
  conversation,
  verbatim,
  verbatimNumber,
];

/**
 * The evaluation prompt with this name.
 *
 * @throws PolyclinicError `evaluate/prompt`.
 */
export function promptNamed(name: string): EvaluationPrompt {
  const found = prompts.find((prompt) => prompt.name === name);
  if (found !== undefined) return found;
  throw new PolyclinicError("evaluate/prompt", "there is no prompt with this name", {
    where: name,
    expected: prompts.map((prompt) => prompt.name).join(", "),
  });
}
