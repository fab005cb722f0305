/**
 * `benchmark.yaml`: a benchmark as data: licence, published files and the meaning of their fields, prompt and metrics.
 * `docs/evaluation.md` explains every field with an example.
 */
import { z } from "zod";
import { PolyclinicError } from "../../base/errors.ts";
import { parseYaml } from "../../base/yaml/yaml.ts";

const field = z
  .union([z.string(), z.number()])
  .describe("a field's path (`a.b`), a text with `{field}` in it, or a text after `=`");
const files = z.union([z.string(), z.array(z.string()).min(1)]);

const split = z.strictObject({
  /** Published file name inside the data folder, or several names, of which the first that exists is read. */
  file: files.optional(),
  /** Files of one split, by the category of their items. */
  files: z.record(z.string(), files).optional(),
  n: z.int().positive().optional(),
  sha256: z.union([z.string(), z.array(z.string())]).optional(),
  /** Keeps only rows whose field has one of these values. */
  where: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()]))).optional(),
});

const answer = z.union([
  field,
  z.strictObject({
    from: field,
    /**
     * How the answer names an option. `key`: by its letter; `text`: by its text; `number`: by its index, starting at
     * `base`.
     */
    as: z.enum(["key", "text", "number"]),
    base: z.int().optional(),
    /** Published value -> option key. */
    map: z.record(z.string(), z.string()).optional(),
  }),
]);

const item = z.strictObject({
  id: field.optional(),
  /** A field, or its text before `until`: where the published question repeats its options, which the prompt writes itself. */
  question: z.union([field, z.strictObject({ from: field, until: z.string().min(1) })]).optional(),
  context: field.optional(),
  /** A field that holds the options (an object or a list), a list of fields, or the closed answers themselves. */
  options: z.union([field, z.array(field)]).optional(),
  choices: z.array(z.string()).min(2).optional(),
  answer: answer.optional(),
  references: z.array(field).optional(),
  value: field.optional(),
  /** Where in a video: its beginning and end, in seconds or as `mm:ss`. */
  span: z.strictObject({ from: field, to: field }).optional(),
  image: z.union([field, z.array(field)]).optional(),
  prior: z.union([field, z.array(field)]).optional(),
  /** Folder of the images, relative to the data folder. */
  images: z.string().optional(),
  category: field.optional(),
  cluster: field.optional(),
  /** `{field: values}`: the question is closed if the field has one of the values. */
  closed: z.record(z.string(), z.array(z.string())).optional(),
});

const common = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "lower-case letters, digits and dashes"),
  title: z.string(),
  version: z.int().positive().default(1),
  licence: z.string(),
  source: z.string().optional(),
  /** Access conditions: `open`, `registration`, `credentialed`. */
  access: z.enum(["open", "registration", "credentialed"]).default("open"),
  claim: z.enum(["mechanism", "instrument", "benchmark"]).default("benchmark"),
  notes: z.array(z.string()).default([]),
  /** Published results of others, never measured here. */
  references: z
    .array(
      z.strictObject({
        model: z.string(),
        metric: z.string(),
        value: z.number(),
        source: z.string(),
        confidence: z.enum(["high", "medium", "low"]),
      }),
    )
    .default([]),
};

const benchmark = z.strictObject({
  ...common,
  reader: z.string().default("table"),
  /** Column names for a file without a header. */
  columns: z.array(z.string()).optional(),
  delimiter: z.string().optional(),
  splits: z.record(z.string(), split),
  split: z.string().describe("the one that is evaluated by default"),
  item: item.default({}),
  /** Options for readers other than `table`. */
  options: z.record(z.string(), z.unknown()).default({}),
  prompt: z.string(),
  /** For models for which the default prompt is too long: short variants that cost few tokens. */
  prompts: z.array(z.string()).default([]),
  /** Empty when people judge the answers. */
  metrics: z.array(z.string()),
  /** Built-in data, which is part of the package. */
  data: z.string().optional(),
});

const suite = z.strictObject({
  ...common,
  suite: z.array(
    z.strictObject({
      task: z.string(),
      benchmark: z.string().optional(),
      prompt: z.string().optional(),
      missing: z.string().optional(),
    }),
  ),
});

export type Benchmark = z.infer<typeof benchmark>;
export type Suite = z.infer<typeof suite>;
export type Split = z.infer<typeof split>;
export type ItemFields = z.infer<typeof item>;

export const isSuite = (definition: Benchmark | Suite): definition is Suite => "suite" in definition;

/** @throws PolyclinicError `evaluate/definition` naming the field. */
export function parseDefinition(text: string, where: string): Benchmark | Suite {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (cause) {
    throw new PolyclinicError("evaluate/definition", "is not YAML", {
      where,
      found: (cause as Error).message.split("\n")[0],
      cause,
    });
  }
  const schema = typeof value === "object" && value !== null && "suite" in value ? suite : benchmark;
  const result = schema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new PolyclinicError(
      "evaluate/definition",
      `field ${issue.path.join(".") || "(whole file)"}: ${issue.message}`,
      {
        where,
        hint: "docs/evaluation.md describes every field.",
      },
    );
  }
  const definition = result.data;
  if (!isSuite(definition) && definition.splits[definition.split] === undefined)
    throw new PolyclinicError("evaluate/definition", "the default split is not one of the splits", {
      where: `${where}: split`,
      expected: Object.keys(definition.splits).join(", "),
      found: definition.split,
    });
  return definition;
}
