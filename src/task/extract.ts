/** Values instead of words: what a zod schema describes, kept to while the answer is written. */
import type { z } from "zod";
import type { JsonSchema, Model } from "../model/contract.ts";
import { introduction } from "../prompts/index.ts";
import type { Study } from "../study/types.ts";
import { requireOptions, requireText } from "./arguments.ts";
import type { Layout } from "./layout.ts";
import type { TaskResult } from "./result.ts";
import { layoutOf, type Parsed, recordWritten, type TaskOptions, write } from "./run.ts";

export interface ExtractOptions<Schema extends z.ZodType> extends TaskOptions {
  question: string;
  /** Within the subset of JSON Schema that can be kept to while decoding; another keyword is an error that names it. */
  schema: Schema;
}

export type ExtractResult<Value> = TaskResult<Value, "extract">;

const answerTokens = 1000;

/**
 * ```ts
 * const schema = z.object({ effusion: z.boolean(), side: z.enum(["left", "right", "both", "none"]) });
 * const { answer } = await extract(study, model, { question: "Is there a pleural effusion, and where?", schema });
 * // { effusion: true, side: "left" }
 * ```
 * @throws PolyclinicError `text/schema` for a schema that cannot be kept to, `text/schema-budget` for too few tokens.
 */
export async function extract<Schema extends z.ZodType>(
  input: Study | Layout,
  model: Model,
  options: ExtractOptions<Schema>,
): Promise<ExtractResult<z.infer<Schema>>> {
  requireOptions(options);
  requireText("question", options.question);
  // Loaded here: the other tasks of this room need no zod, and it is a tenth of a second.
  const { toJSONSchema } = await import("zod");
  const { $schema: _, ...schema } = toJSONSchema(options.schema);
  const layout = await layoutOf(input, model, options);
  const { subject, form, bodyPart } = layout;
  const prompt = {
    version: `extract-${form}@1`,
    before: introduction(subject, form, bodyPart),
    after: `${options.question.trim()}\nAnswer with JSON${form === "instructed" ? ` of this schema: ${JSON.stringify(schema)}` : ""}.`,
  };
  const written = await write(layout, model, prompt, answerTokens, options, { schema: schema as JsonSchema });
  return recordWritten("extract", model, written, (text) => parseExtract(text, options.schema));
}

/** Checks a text against the schema: a server may keep to less of it than it was asked to. */
export function parseExtract<Schema extends z.ZodType>(text: string, schema: Schema): Parsed<z.infer<Schema>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problems: ["not JSON"] };
  }
  const checked = schema.safeParse(value);
  if (checked.success) return { answer: checked.data, problems: [] };
  return { problems: checked.error.issues.map(({ path, message }) => `${path.join(".") || "answer"}: ${message}`) };
}
