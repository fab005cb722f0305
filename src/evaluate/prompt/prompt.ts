/**
 * The wording of a benchmark's questions. A prompt is pure and versioned: its name and version are in every report, and
 * any change of wording changes the version.
 */
import type { PromptText } from "../../prompts/index.ts";
import type { Item } from "../benchmark/item.ts";

/** The form of answer that a prompt asks for, and the parser that reads it. */
export type AnswerForm =
  | "letter"
  | "label"
  | "short"
  | "long"
  | "boxes"
  | "span"
  | "rows"
  | "number"
  | "report"
  | "list";

export interface EvaluationPrompt {
  readonly name: string;
  readonly version: number;
  readonly answer: AnswerForm;
  readonly maxTokens: number;
  /** Origin of the wording, as far as it is known. */
  readonly source: string;
  /** Text before and after the study's items. */
  render(item: Item): Omit<PromptText, "version"> & { readonly system?: string };
}

export const versionOf = ({ name, version }: Pick<EvaluationPrompt, "name" | "version">): string =>
  `${name}@${version}`;
