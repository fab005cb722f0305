/** Schemas of reader studies: creation, the items sent to a reader, and results. */
import { z } from "zod";
import { time } from "../../operations/components.ts";
import { textSources } from "../comparisons.ts";

export const newComparison = z.strictObject({
  name: z.string().trim().min(1).max(200),
  rubric: z.string().regex(/^[a-z0-9-]+$/),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  studies: z.array(z.string()).min(1).max(2000),
  a: z.enum(textSources).default("draft"),
  b: z.enum(textSources).default("report"),
  texts: z
    .array(z.strictObject({ study: z.string(), a: z.string().max(20_000), b: z.string().max(20_000) }))
    .optional()
    .describe("texts supplied by the caller instead of a and b"),
  raters: z.array(z.string()).max(100).describe("ids of people"),
  crossover: z
    .strictObject({ washoutDays: z.number().min(0).max(3650) })
    .optional()
    .describe("every reader reads each case with text a and without it, in two periods; b is not used"),
});

export const rating = z.strictObject({
  values: z.record(z.string(), z.strictObject({ option: z.string().max(200), why: z.string().max(5000).optional() })),
  milliseconds: z.number().int().min(0).optional(),
});

export const rubricsShape = z.object({
  rubrics: z.array(
    z.object({ name: z.string(), title: z.string(), shape: z.string(), source: z.string(), axes: z.int() }),
  ),
});

export const comparisonsShape = z.object({
  comparisons: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      rubric: z.string(),
      state: z.string(),
      createdAt: time,
      own: z.boolean(),
      items: z.int(),
      assigned: z.int(),
      done: z.int(),
      assignedAll: z.int(),
      doneAll: z.int(),
    }),
  ),
});

export const madeComparison = z.object({
  id: z.string(),
  items: z.int(),
  leftOut: z.array(z.object({ study: z.string(), reason: z.string() })),
});

export const nextItem = z.union([
  z.object({
    item: z.string(),
    study: z.string(),
    position: z.int(),
    total: z.int(),
    done: z.int(),
    texts: z.array(z.string()),
    arm: z.string().optional().describe("in a crossover: with AI, without AI"),
    rubric: z.object({ title: z.string(), shape: z.string(), axes: z.array(z.unknown()) }),
  }),
  z.object({ done: z.int(), total: z.int(), resumes: time.optional().describe("second period of a crossover") }),
]);

export const resultsShape = z.looseObject({
  name: z.string(),
  seed: z.int(),
  items: z.int(),
  axes: z.array(z.looseObject({ axis: z.string(), n: z.int() })),
  notice: z.string(),
});
