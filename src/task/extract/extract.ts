/** The `extract` task: JSON that follows a schema, which constrains decoding and is checked afterwards. */
import type { z } from "zod";
import { PolyclinicError } from "../../base/errors.ts";
import type { JsonSchema } from "../../model/contract.ts";
import { extractPrompt } from "../../prompts/index.ts";
import { compileSchema } from "../../text/grammar/index.ts";
import { defineTask, type Parsed } from "../define.ts";
import { statementsWith } from "../statements.ts";

/** A question whose answer has the form of a JSON Schema. */
export interface ExtractRequest {
  question: string;
  /**
   * A zod schema or a JSON Schema, within the subset of JSON Schema that can be enforced while decoding (`src/text/grammar/schema.ts`); another
   * keyword is an error that names it.
   */
  schema: z.ZodType | JsonSchema;
}

export const extractTask = defineTask<ExtractRequest, unknown, "extract">({
  name: "extract",
  summary: "read the values of a JSON Schema from a study",
  description: "read values from a study: the answer is JSON that satisfies a schema",
  example:
    'samples/lab-report.pdf --schema samples/lab-values.schema.json -q "Which values are reported?" --model http://localhost:8000/v1',
  options: {
    question: { kind: "text", required: true, letter: "q", last: "the question", help: "the question" },
    schema: { kind: "json", required: true, placeholder: "file.json", help: "the JSON Schema of the answer" },
  },
  needs: {},
  answerTokens: 1000,
  async schema({ schema }) {
    if (isZod(schema)) return withoutMeta((await zod()).toJSONSchema(schema));
    await checkerOf(schema);
    return withoutMeta(schema);
  },
  render: ({ subject, form, bodyPart }, { question }, schema) => ({
    prompts: [extractPrompt({ question, schema: schema ?? {}, subject, form, bodyPart })],
  }),
  parse: ({ texts: [text] }, { schema }) => parseExtract(text, schema),
  answerSchema: (z) => z.unknown().describe("as the given schema defines it"),
  text: (answer) => JSON.stringify(answer, undefined, 2),
  statements(answer) {
    const values = leavesOf(answer, []);
    return statementsWith({
      findings: values.map((text) => ({ text })),
      summary: values.length > 0 ? values.join("; ") : "no values",
    });
  },
});

/** Checks a text against the schema: a server may enforce only part of it. */
export async function parseExtract(text: string, schema: ExtractRequest["schema"]): Promise<Parsed<unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problems: ["not JSON"] };
  }
  const checked = (await checkerOf(schema)).safeParse(value);
  if (checked.success) return { answer: checked.data, problems: [] };
  return { problems: checked.error.issues.map(({ path, message }) => `${path.join(".") || "answer"}: ${message}`) };
}

/** @throws PolyclinicError `task/schema` for what is no JSON Schema, one that nothing satisfies, and one that answers cannot be checked against. */
async function checkerOf(schema: ExtractRequest["schema"]): Promise<z.ZodType> {
  if (isZod(schema)) return schema;
  requireSchema(schema);
  const { fromJSONSchema } = await zod();
  try {
    return fromJSONSchema(schema as Parameters<typeof fromJSONSchema>[0]);
  } catch (cause) {
    throw new PolyclinicError("task/schema", "this JSON Schema cannot be used to check answers", {
      where: "schema",
      found: cause instanceof Error ? cause.message : String(cause),
      hint: "Use only the supported keywords (listed in src/text/grammar/schema.ts).",
      cause,
    });
  }
}

/** A keyword outside the grammar's subset is no fault here: a server may enforce more of JSON Schema than the engine does. */
function requireSchema(schema: unknown): void {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    throw new PolyclinicError("task/schema", "this is not a JSON Schema", {
      where: "schema",
      expected: 'an object, such as {"type": "object", "properties": {...}}',
      found: JSON.stringify(schema)?.slice(0, 80) ?? String(schema),
    });
  try {
    compileSchema(schema);
  } catch (cause) {
    if (!PolyclinicError.is(cause) || /supported|mutually exclusive/.test(cause.summary)) return;
    throw new PolyclinicError("task/schema", cause.summary, {
      ...(cause.where !== undefined && { where: cause.where }),
      ...(cause.expected !== undefined && { expected: cause.expected }),
      ...(cause.found !== undefined && { found: cause.found }),
      hint: "Correct the schema.",
      cause,
    });
  }
}

/** Removes `$schema`, which constrains nothing and would otherwise be part of the prompt. */
export function withoutMeta({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** Loaded lazily: the other tasks do not need zod, which takes 0.1 s to load. */
const zod = () => import("zod");

function isZod(schema: ExtractRequest["schema"]): schema is z.ZodType {
  return typeof (schema as Partial<z.ZodType>).safeParse === "function";
}

/** Every value with its path: `lesions.1.size: 12`. */
function leavesOf(value: unknown, path: readonly string[]): string[] {
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, inner]) =>
      leavesOf(inner, [...path, Array.isArray(value) ? String(Number(key) + 1) : key]),
    );
  const shown = value === true ? "yes" : value === false ? "no" : value === null ? "not given" : String(value);
  return [path.length === 0 ? shown : `${path.join(".")}: ${shown}`];
}
