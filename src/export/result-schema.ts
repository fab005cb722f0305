/**
 * The JSON form of a result, `polyclinic.result/1`, as a zod schema: what `--json` prints, what a batch writes line by line, what the
 * FHIR export attaches. Fields may be added under the same number; a field that changes its meaning or goes raises it. The same in JSON
 * Schema stands in docs/result.schema.json.
 */
import { z } from "zod";
import type {
  AnyResult,
  AskAnswer,
  ClassifyAnswer,
  CompareAnswer,
  LocateAnswer,
  ReportAnswer,
  TaskResult,
} from "../task/result.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const index = z.int().nonnegative();
const pixel = z.number().describe("pixels of the source image, from its top left corner");

const labelProbability = z.looseObject({
  label: z.string(),
  probability: z.number().min(0).max(1),
  logLikelihood: z.number(),
});

const answers = {
  ask: z.looseObject({
    kind: z.enum(["free", "closed"]),
    question: z.string(),
    answer: z.string(),
    choices: z.array(z.string()).optional(),
    reasoning: z.string().optional(),
    quantities: z.array(z.looseObject({ name: z.string(), value: z.number(), unit: z.string() })).optional(),
  }) satisfies z.ZodType<AskAnswer>,
  report: z.looseObject({
    findings: z.array(z.string()),
    impression: z.string(),
    otherSections: z.record(z.string(), z.string()),
  }) satisfies z.ZodType<ReportAnswer>,
  classify: z.looseObject({
    kind: z.enum(["single", "multi"]),
    question: z.string().optional(),
    labels: z.array(z.string()),
    probabilities: z.array(labelProbability).optional(),
    threshold: z.number().optional(),
  }) satisfies z.ZodType<ClassifyAnswer>,
  locate: z.looseObject({
    object: z.string(),
    boxes: z.array(
      z.looseObject({
        label: z.string(),
        box: z.looseObject({ x0: pixel, y0: pixel, x1: pixel, y1: pixel }),
        image: index.describe("index into saw.images"),
        part: index.describe("part of the study"),
        index: index.optional().describe("slice, patch or page of the part"),
        patient: z
          .array(z.tuple([z.number(), z.number(), z.number()]))
          .optional()
          .describe("corners in patient millimetres (LPS), clockwise from the top left"),
      }),
    ),
    reasoning: z.string().optional(),
  }) satisfies z.ZodType<LocateAnswer>,
  compare: z.looseObject({
    finding: z.string().optional(),
    course: z.enum(["improved", "stable", "worsened"]),
    probabilities: z.array(labelProbability).optional(),
    description: z.string().optional(),
  }) satisfies z.ZodType<CompareAnswer>,
};

const common = {
  schema: z.literal("polyclinic.result/1"),
  promptVersion: z.string().describe("name and version of the prompt"),
  prompt: z.string().describe("the text of the prompt around the images"),
  parse: z.looseObject({
    status: z.enum(["parsed", "unparsed"]),
    problems: z.array(z.string()).describe("what was bounded, swapped, dropped or missing"),
  }),
  cautions: z.array(z.string()).optional().describe("reasons to trust this answer less than others of its kind"),
  text: z.string().describe("what the model wrote; empty when labels were scored"),
  thought: z.string().optional(),
  model: z.looseObject({
    name: z.string(),
    hash: sha256
      .optional()
      .describe("SHA-256 of weights, configuration and tokenizer; absent where a server does not tell"),
    precision: z.string(),
    engine: z.string(),
  }),
  saw: z.looseObject({
    recipe: z.string(),
    images: z.array(
      z.looseObject({
        part: index,
        partLabel: z.string(),
        modality: z.string(),
        index: index.optional(),
        reformatted: z.boolean().optional().describe("the slice was cut across the volume's own"),
        label: z.string().optional(),
        width: z.int().positive(),
        height: z.int().positive(),
        sha256: sha256.describe("of the pixel bytes as the model got them"),
      }),
    ),
    leftOut: z.array(z.string()),
    sources: z.array(sha256).describe("of the source files of each part"),
  }),
  sampling: z.looseObject({
    maxTokens: z.number(),
    temperature: z.number().optional(),
    topK: z.number().optional(),
    topP: z.number().optional(),
    minP: z.number().optional(),
    repetitionPenalty: z.number().optional(),
    seed: z.number().optional(),
  }),
  finishReason: z.enum(["stop", "length", "abort", "scored"]),
  usage: z.looseObject({ promptTokens: z.number(), completionTokens: z.number(), cachedTokens: z.number() }),
  notice: z.string().describe("research software, not for clinical use"),
};

const withAnswer = <Task extends keyof typeof answers>(task: Task) =>
  z.looseObject({
    ...common,
    task: z.literal(task),
    answer: answers[task].optional().describe("absent exactly when parse.status is unparsed"),
  });

export const resultSchema = z
  .discriminatedUnion("task", [
    withAnswer("ask"),
    withAnswer("report"),
    withAnswer("classify"),
    withAnswer("locate"),
    withAnswer("compare"),
  ])
  .refine((result) => (result.answer === undefined) === (result.parse.status === "unparsed"), {
    error: "an answer is there exactly when parse.status is `parsed`",
    path: ["answer"],
  });

/** Holds the schema to the types: what it accepts is a result. */
export type AcceptedIsResult = z.infer<typeof resultSchema> extends TaskResult ? AnyResult : never;
