/** Schemas of studies and their parts. */
import { z } from "zod";
import type { PartManifest } from "../../../study/display/manifest.ts";
import { named, time } from "../../operations/components.ts";

export const studyRowShape = named(
  "Study",
  z.object({
    id: z.string(),
    label: z.string(),
    patient: z.object({
      id: z.string(),
      name: z.string(),
      identifier: z.string(),
      birthDate: z.string(),
      sex: z.string(),
    }),
    accession: z.string(),
    date: z.string().describe("YYYYMMDD, or empty"),
    modalities: z.array(z.string()),
    parts: z.int(),
    files: z.int(),
    state: z.enum(["received", "ready", "problem"]),
    problem: z.string().nullable(),
    thumbnail: z.boolean(),
    createdAt: time,
    report: z.string().nullable().describe("state of the latest report"),
    unreviewed: z.int().describe("number of unreviewed findings"),
    cautions: z.int(),
  }),
);

export const studyListShape = z.object({ studies: z.array(studyRowShape), total: z.int() });

export const studyWithPriorsShape = studyRowShape.extend({
  priors: z.array(studyRowShape).describe("other studies of the same patient"),
});

const size = { width: z.int(), height: z.int() };

/** The type annotation makes the compiler check this schema against what the pixel routes send. */
const part: z.ZodType<PartManifest> = named(
  "Part",
  z.object({
    part: z.int().describe("number of the part in the study"),
    kind: z.enum([
      "image",
      "volume",
      "slide",
      "video",
      "document",
      "text",
      "record",
      "waveform",
      "molecule",
      "variants",
    ]),
    label: z.string(),
    modality: z.string(),
    bodyPart: z.string().optional(),
    acquiredAt: z.string().optional(),
    seriesUid: z.string().optional(),
    warnings: z.array(z.string()),
    image: z
      .object({
        ...size,
        spacing: z.tuple([z.number(), z.number()]).optional().describe("mm per pixel: row, column"),
        reduce: z.int().describe("pixels are averaged over squares of this side length before sending"),
      })
      .optional(),
    volume: z
      .object({
        shape: z.tuple([z.int(), z.int(), z.int()]).describe("z, y, x"),
        affine: z.array(z.number()).describe("voxel (x, y, z, 1) to patient mm (LPS), row-major"),
        spacing: z.array(z.number()).describe("mm: x, y, z"),
        unit: z.string(),
        placed: z.boolean().describe("whether the slices state their positions"),
      })
      .optional(),
    slide: z.object({ ...size, mpp: z.number().optional().describe("micrometres per pixel") }).optional(),
    video: z.object({ duration: z.number().describe("seconds") }).optional(),
    pages: z.array(z.object(size)).optional().describe("of a document; frames of a video"),
    windows: z.array(z.object({ name: z.string(), center: z.number(), width: z.number() })).optional(),
  }),
);

export const leftOutShape = z.array(z.object({ file: z.string(), reason: z.string() }));

export const partsShape = z.object({
  parts: z.array(part),
  leftOut: leftOutShape,
  warnings: z.array(z.string()),
});
