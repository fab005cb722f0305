/**
 * The JSON form of a result, `polyclinic.result/1`, as a zod schema: printed by `--json`, written per line by a batch,
 * attached by the FHIR export. Fields may be added under the same version number; changing or removing one raises it.
 * docs/result.schema.json is the same as JSON Schema.
 */
import { z } from "zod";
import { samplingOptions } from "../task/sampling.ts";
import { tasks } from "../task/tasks.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const index = z.int().nonnegative();

const sampling = {
  maxTokens: z.number(),
  ...Object.fromEntries(
    Object.keys(samplingOptions)
      .filter((name) => name !== "maxTokens")
      .map((name) => [name, z.number().optional()]),
  ),
};

const votes = z.looseObject({
  answer: z.string().optional(),
  confidence: z.number().min(0).max(1),
  counts: z.record(z.string(), z.int().nonnegative()),
  unread: z.int().nonnegative(),
  withoutVote: z.int().positive().optional().describe("replies left out because a citation in them does not hold"),
  entropy: z.number().nonnegative().describe("nats"),
});
const passage = z.looseObject({ source: z.string(), from: index, to: index, text: z.string() });

const common = {
  schema: z.literal("polyclinic.result/1"),
  promptVersion: z.string().describe("name and version of the prompt"),
  prompt: z.string().describe("the prompt text around the images"),
  parse: z.looseObject({
    status: z
      .enum(["parsed", "unparsed", "refused", "deferred"])
      .describe(
        "refused: the model was not called, see refusal; deferred: its replies disagree or the budget did not allow an answer, see strategy",
      ),
    problems: z.array(z.string()).describe("what the parser clipped, reordered, dropped or did not find"),
  }),
  refusal: z
    .looseObject({
      reasons: z.array(z.looseObject({ code: z.string(), message: z.string() })).min(1),
      answers: z.array(z.string()).describe("what the model can answer"),
      nearest: z.string().optional().describe("the nearest supported request, as a command"),
    })
    .optional()
    .describe("why the model was not called; next to an answer: why it should not have been called"),
  cautions: z
    .array(z.string())
    .optional()
    .describe("limits of what the model was trained on, then reasons to trust this answer less than others"),
  text: z.string().describe("the text the model generated; empty when labels were scored"),
  thought: z.string().optional(),
  strategy: z
    .looseObject({
      name: z.string(),
      version: z.int(),
      options: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
      replies: z.int().nonnegative(),
      deferred: z.string().optional().describe("why no answer is given"),
      endedBy: z.string().optional(),
      votes: votes.optional(),
      rounds: z.array(z.looseObject({ votes, queries: z.array(z.string()), sources: z.array(passage) })).optional(),
      sources: z.array(passage).optional().describe("numbered from 1, as cited in the answer"),
      trace: z.array(z.looseObject({ role: z.string(), texts: z.array(z.string()), leftOut: z.int().nonnegative() })),
    })
    .optional()
    .describe("the trace of a strategy, where several model calls led to the answer"),
  model: z.looseObject({
    name: z.string(),
    hash: sha256
      .optional()
      .describe("SHA-256 of weights, configuration and tokenizer; absent where a server does not state it"),
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
        time: z.number().nonnegative().optional().describe("of a frame of a video, in seconds"),
        reformatted: z.boolean().optional().describe("the slice was reformatted, not acquired"),
        label: z.string().optional(),
        width: z.int().positive(),
        height: z.int().positive(),
        sha256: sha256.describe("SHA-256 of the pixel bytes that the model received"),
      }),
    ),
    texts: z
      .array(
        z.looseObject({
          part: index,
          partLabel: z.string(),
          index: index.optional(),
          characters: z.int().nonnegative(),
          sha256: sha256.describe("SHA-256 of the text that the model received, in UTF-8"),
        }),
      )
      .optional()
      .describe("texts of the study; absent where the model received only images"),
    leftOut: z.array(z.string()),
    sources: z.array(sha256).describe("SHA-256 of the source files of each part"),
  }),
  sampling: z.looseObject(sampling),
  finishReason: z.enum(["stop", "length", "repetition", "abort", "scored", "refused", "computed", "deferred"]),
  usage: z.looseObject({ promptTokens: z.number(), completionTokens: z.number(), cachedTokens: z.number() }),
  notice: z.string().describe("research software, not for clinical use"),
};

/** The schema for the currently registered tasks. */
export function resultSchema() {
  const results = tasks().map((task) =>
    z.looseObject({
      ...common,
      task: z.literal(task.name),
      answer: task.answerSchema(z).optional().describe("present exactly when parse.status is parsed"),
    }),
  );
  const [first, ...others] = results;
  return z
    .discriminatedUnion("task", [first, ...others])
    .refine((result) => (result.answer !== undefined) === (result.parse.status === "parsed"), {
      error: "an answer is present exactly when parse.status is `parsed`",
      path: ["answer"],
    });
}
