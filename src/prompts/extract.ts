/** Extraction of values by a schema; the wording is this project's own. */
import { introduction, type PromptForm, type PromptSubject, type PromptText } from "./form.ts";

export interface ExtractWords {
  readonly question: string;
  /** JSON Schema, shown to a model that takes long instructions. */
  readonly schema: object;
  readonly subject: PromptSubject;
  readonly form: PromptForm;
  readonly bodyPart?: string;
}

export function extractPrompt({ question, schema, subject, form, bodyPart }: ExtractWords): PromptText {
  const ofSchema = form === "instructed" ? ` of this schema: ${JSON.stringify(schema)}` : "";
  return {
    version: `extract-${form}@1`,
    before: introduction(subject, form, bodyPart),
    after: `${question.trim()}\nAnswer with JSON${ofSchema}.`,
  };
}
