/** Writes exports as files: all or none, never replacing an existing file. */
import { rm } from "node:fs/promises";
import { writeWhole } from "../base/files.ts";
import type { Study } from "../study/types.ts";
import type { TaskResult } from "../task/result.ts";
import { toDicomSr } from "./dicom/structured-report.ts";
import { toFhir } from "./fhir/bundle.ts";
import { toJson } from "./json.ts";

/** The path of each format; a format without a path is not written. */
export interface ExportPaths {
  /** polyclinic.result/1. */
  json?: string;
  /** PNG. */
  overlay?: string;
  /**
   * DICOM structured report. Where a source image has no DICOM identifiers, its capture goes beside the report: `chest-image-1.dcm`
   * beside `chest.dcm`.
   */
  sr?: string;
  /** FHIR R4 bundle. */
  fhir?: string;
}

/**
 * Produces all contents first, then writes them; if a file cannot be written, the files already written by this call are removed.
 *
 * @param at the time written into the reports: with the same one, the same result gives the same bytes. Default: now.
 * @returns the paths written, a report's captures before the report that refers to them.
 * @throws `file/exists`, `file/write`, and what {@link toDicomSr} throws
 */
export async function saveExports(
  paths: ExportPaths,
  result: TaskResult,
  study: Study,
  { at = new Date() }: { at?: Date } = {},
): Promise<string[]> {
  const files: (readonly [path: string, content: string | Uint8Array])[] = [];
  if (paths.json !== undefined) files.push([paths.json, toJson(result)]);
  if (paths.overlay !== undefined) {
    // The canvas is loaded only when something is drawn.
    const { toOverlay } = await import("./overlay.ts");
    files.push([paths.overlay, await toOverlay(result, study)]);
  }
  if (paths.sr !== undefined) {
    const { report, captures } = await toDicomSr(result, study, { at });
    captures.forEach(({ bytes }, i) => {
      files.push([paths.sr!.replace(/(\.dcm)?$/i, `-image-${i + 1}.dcm`), bytes]);
    });
    files.push([paths.sr, report.bytes]);
  }
  if (paths.fhir !== undefined)
    files.push([paths.fhir, `${JSON.stringify(toFhir(result, study, { at }), undefined, 2)}\n`]);

  const written: string[] = [];
  try {
    for (const [path, content] of files) {
      await writeWhole(path, content);
      written.push(path);
    }
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true })));
    throw error;
  }
  return written;
}
