/** How a benchmark's questions are worded. A prompt is pure and versioned: its name and version are in every report, and any changed word changes the version. */
import type { PromptText } from "../../prompts/index.ts";
import type { Item } from "../benchmark/item.ts";

/** What form of answer a prompt asks for; the parser of that name reads it. */
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
  /** Whose words these are, as far as that is known. */
  readonly source: string;
  /** Text before and after what is shown. */
  render(item: Item): Omit<PromptText, "version"> & { readonly system?: string };
}

export const versionOf = ({ name, version }: Pick<EvaluationPrompt, "name" | "version">): string =>
  `${name}@${version}`;
