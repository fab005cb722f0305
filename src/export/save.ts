/** Exports as files: all of them or none, and never over a file that is there. */
import { rm } from "node:fs/promises";
import { PolyclinicError } from "../base/errors.ts";
import { writeWhole } from "../base/files.ts";
import type { Study } from "../study/types.ts";
import type { AnyResult } from "../task/result.ts";
import { toDicomSr } from "./dicom/structured-report.ts";
import { toFhir } from "./fhir/bundle.ts";
import { toJson } from "./json.ts";
import { toOverlay } from "./overlay.ts";

/** `json`: polyclinic.result/1; `overlay`: PNG; `sr`: DICOM structured report; `fhir`: R4 bundle. */
export const exportFormats = ["json", "overlay", "sr", "fhir"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportedFile {
  /** What follows the base name: `.json`, `.overlay.png`, `.sr.dcm`, `.capture-1.dcm`, `.fhir.json`. */
  readonly suffix: string;
  readonly content: string | Uint8Array;
}

/** The files of one format, in memory. A structured report of pictures without DICOM identifiers brings their captures. */
export async function exportFiles(
  format: ExportFormat,
  result: AnyResult,
  study: Study,
  { at }: { at: Date },
): Promise<ExportedFile[]> {
  switch (format) {
    case "json":
      return [{ suffix: ".json", content: toJson(result) }];
    case "overlay":
      return [{ suffix: ".overlay.png", content: await toOverlay(result, study) }];
    case "fhir":
      return [{ suffix: ".fhir.json", content: `${JSON.stringify(toFhir(result, study, { at }), undefined, 2)}\n` }];
    case "sr": {
      const { report, captures } = await toDicomSr(result, study, { at });
      return [
        { suffix: ".sr.dcm", content: report.bytes },
        ...captures.map(({ bytes }, i) => ({ suffix: `.capture-${i + 1}.dcm`, content: bytes })),
      ];
    }
  }
}

export interface SaveOptions {
  formats: readonly ExportFormat[];
  /** The time written into the reports. Default: now. */
  at?: Date;
}

/**
 * Writes `<base>.json`, `<base>.sr.dcm` and so on, after everything has been made. Where one cannot be written, those of this call that
 * were are taken away again.
 *
 * @param base folder and file name without an extension: `out/chest`.
 * @returns the paths, in the order of the formats.
 * @throws `file/exists`, `file/write`, and what the formats throw
 */
export async function saveExports(
  base: string,
  result: AnyResult,
  study: Study,
  { formats, at = new Date() }: SaveOptions,
): Promise<string[]> {
  const repeated = formats.find((format, i) => formats.indexOf(format) !== i);
  if (repeated !== undefined) {
    throw new PolyclinicError("export/repeated", "is asked for twice", {
      where: repeated,
      hint: "Name each format once.",
    });
  }
  const files: ExportedFile[] = [];
  for (const format of formats) files.push(...(await exportFiles(format, result, study, { at })));
  const written: string[] = [];
  try {
    for (const { suffix, content } of files) {
      await writeWhole(`${base}${suffix}`, content);
      written.push(`${base}${suffix}`);
    }
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true })));
    throw error;
  }
  return written;
}
