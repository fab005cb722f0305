/** Schemas of reports. */
import { z } from "zod";
import { named, time } from "../../operations/components.ts";
import { reportContent } from "../report-content.ts";

export const newReport = z.strictObject({
  study: z.string(),
  answer: z
    .string()
    .optional()
    .describe("to begin with its sentences, all unreviewed; without one the report is empty"),
});

export const addendum = z.strictObject({ text: z.string().trim().min(1).max(20_000) });

export const reportShape = named(
  "Report",
  z.object({
    id: z.string(),
    study: z.string(),
    answer: z.string().nullable(),
    state: z.enum(["draft", "signed"]),
    version: z.int().describe("also the ETag"),
    content: reportContent,
    author: z.string().describe("of this version: a name, or `model`"),
    savedAt: time,
    signatures: z.array(
      z.object({
        version: z.int(),
        person: z.string(),
        name: z.string(),
        sha256: z.string(),
        addendum: z.boolean(),
        at: time,
      }),
    ),
  }),
);

export const reportsShape = z.object({ reports: z.array(reportShape) });
