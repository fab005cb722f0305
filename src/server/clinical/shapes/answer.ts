/** Schemas of questions and answers. */
import { z } from "zod";
import { resultSchema } from "../../../export/result-schema.ts";
import { tasks } from "../../../task/tasks.ts";
import { named, time } from "../../operations/components.ts";

export const questionShape = z.strictObject({
  study: z.string(),
  task: z.string().describe(
    `as a command is called: ${tasks()
      .map(({ name }) => name)
      .join(", ")}`,
  ),
  options: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("options of the task, such as `question` or `labels`, and of sampling"),
  model: z.string().optional().describe("default: the first model of the server"),
  prior: z
    .strictObject({
      study: z.string(),
      part: z.int().min(0).optional().describe("part of the prior study"),
      currentPart: z.int().min(0).optional().describe("part of `study`"),
    })
    .optional()
    .describe("for the task compare: an earlier study of the same patient"),
  strategy: z
    .string()
    .max(200)
    .optional()
    .describe("several model calls for one answer, e.g. self-consistency:samples=5 (docs/strategies.md)"),
  budget: z.int().min(0).optional().describe("maximum number of model replies of the strategy"),
  anyway: z.boolean().default(false).describe("answer even what is outside the model's scope; the answer is marked"),
});

const findingShape = z.object({
  id: z.string(),
  position: z.int(),
  text: z.string(),
  box: z.unknown().describe("null, or x0, y0, x1, y1 in source pixels, part and index"),
  state: z.string(),
});

/** A function, because the list of tasks can grow while the program runs. */
export const answerShape = () =>
  named(
    "Answer",
    z.object({
      id: z.string(),
      study: z.string(),
      task: z.string(),
      options: z.record(z.string(), z.unknown()),
      status: z.enum(["parsed", "unparsed", "refused", "deferred"]),
      result: named("Result", resultSchema()),
      seen: z
        .array(
          z.looseObject({
            part: z.int(),
            partLabel: z.string(),
            study: z.string().optional().describe("the prior study, for its images in a comparison"),
            index: z.int().optional(),
            label: z.string().optional(),
            width: z.int(),
            height: z.int(),
            sha256: z.string(),
          }),
        )
        .describe("the images in the order in which the model received them"),
      cautions: z.array(z.string()).describe("read these before the answer"),
      createdAt: time,
      findings: z.array(findingShape),
    }),
  );

export const similarShape = z.object({
  neighbours: z.array(
    z.object({ report: z.string(), label: z.string().optional(), similarity: z.number().describe("-1 to 1") }),
  ),
  cautions: z.array(z.string()).describe("read these before the reports"),
  notice: z.string(),
});

export const modelsShape = z.object({
  models: z.array(z.string()),
  strategies: z.array(z.string()).describe("strategies that this server can use, without their options"),
  similarReports: z.boolean().describe("whether the server has an index of reports"),
});

export const examplesShape = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      limits: z.array(z.string()),
      examples: z.array(
        z.object({ task: z.string(), options: z.record(z.string(), z.unknown()), description: z.string() }),
      ),
    }),
  ),
});
