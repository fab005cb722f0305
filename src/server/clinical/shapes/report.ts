/** Schemas of reports. */
import { z } from "zod";
import { named, time } from "../../operations/components.ts";
import { reportContent } from "../report-content.ts";

export const newReport = z.strictObject({
  study: z.string(),
  answer: z
    .string()
    .optional()
    .describe("id of an answer whose sentences start the report, all unreviewed; without it the report is empty"),
});

export const addendum = z.strictObject({ text: z.string().trim().min(1).max(20_000) });

export const reportShape = named(
  "Report",
  z.object({
    id: z.string(),
    study: z.string(),
    answer: z.string().nullable(),
    state: z.enum(["draft", "signed"]),
    version: z.int().describe("also in the ETag header"),
    content: reportContent,
    author: z.string().describe("author of this version: a name, or `model`"),
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
