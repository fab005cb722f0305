/** PDF pages as images with their text layer, by PDF.js; fonts, character maps and decoders come from its package, never a network. */
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { toLatin1 } from "../../base/host/octets.ts";
import type { Work } from "../../base/progress.ts";
import { allBytes, diskSource } from "../../bytes/index.ts";
import { budgetOf, defaultLimits, type Limits, type Warning } from "../types.ts";
import type { PdfPage } from "./draw-pdf.ts";
import { drawInThread } from "./pdf-thread.ts";

/** Resolution and page limit of a rasterised PDF. */
export interface PdfOptions extends Work {
  /** Resolution in pixels per inch. At 150 an A4 page is 1240 x 1754 pixels: above the model's 896, so that a view can still crop. */
  dpi?: number;
  /**
   * Number of pages read from the start, default 40 (the limit of MedGemma's document toolkit); omitted pages cause a
   * warning.
   */
  maxPages?: number;
  password?: string;
  limits?: Partial<Limits>;
}

/** The rasterised pages of a PDF. */
export interface PdfPages {
  readonly pages: readonly PdfPage[];
  /** Number of pages of the document, read or not. */
  readonly pageCount: number;
  readonly warnings: readonly Warning[];
}

/**
 * Rasterises a PDF in a thread.
 *
 * @param input a path, or the file's bytes.
 * @returns pages; warnings include what could not be drawn: pages beyond the limit, images that cannot be decoded,
 * notes.
 * @throws PolyclinicError `page/encrypted`, `page/wrong-password`, `page/not-pdf`, `page/truncated`, `page/damaged`,
 * `page/too-large`, `page/too-slow`, `limit/bytes`, `file/unreadable`.
 */
export async function readPdf(input: string | Uint8Array, options: PdfOptions = {}): Promise<PdfPages> {
  const { dpi = 150, maxPages = 40, password, signal } = options;
  const bounds = { ...defaultLimits, ...options.limits };
  const where = typeof input === "string" ? input : "the PDF";
  for (const [name, value] of Object.entries({ dpi, maxPages }))
    if (!(Number.isFinite(value) && value >= 1))
      throw new PolyclinicError("page/option", `${name} is not a number of at least 1`, { found: `${value}` });
  const bytes = typeof input === "string" ? await allBytes(diskSource(input), bounds.maxBytes) : input;
  const warnings = checkEnds(bytes, where);
  throwIfAborted(signal);
  const budget = budgetOf(bounds, bytes.length);
  const job = { bytes, dpi, maxPages, maxPixels: bounds.maxPixels, maxBytes: budget.most, password, where };
  const { pages, pageCount, remarks } = await drawInThread(job, options, budget);
  for (const { page, message } of remarks)
    warnings.push({ code: "page/remark", message: `page ${page}: ${message}`, where });
  if (pages.length < pageCount)
    warnings.push({
      code: "page/left-out",
      message: `pages ${pages.length + 1} to ${pageCount} were not read (limit: ${pages.length} pages)`,
      where,
    });
  return { pages, pageCount, warnings };
}

/**
 * PDF.js repairs truncated files by guessing; here a file without its end is rejected. Bytes after the end mark are padding or
 * added by a server, unless they contain objects: then the file is an incremental update that lacks its last part.
 */
function checkEnds(bytes: Uint8Array, where: string): Warning[] {
  const text = (from: number, to = bytes.length) => toLatin1(bytes.subarray(from, to));
  if (!text(0, 1024).includes("%PDF-"))
    throw new PolyclinicError("page/not-pdf", "is not a PDF", {
      where,
      found: bytes.length === 0 ? "no bytes" : "no %PDF- header",
    });
  const mark = lastOf(bytes, "%%EOF");
  const rest = mark < 0 ? "" : text(mark + 5);
  if (mark < 0 || /\d\s+\d+\s+obj\b|endobj|endstream/.test(rest))
    throw new PolyclinicError("page/truncated", "ends before the end of the PDF", {
      where,
      expected: "%%EOF",
      hint: "The copy is incomplete: copy the file again.",
    });
  const extra = rest.replace(/^[\s\0]+|[\s\0]+$/g, "").length;
  if (extra === 0) return [];
  return [{ code: "page/trailing-bytes", message: `${extra} bytes after the end of the PDF are ignored`, where }];
}

/** Index of a word's last occurrence; -1 if there is none. */
function lastOf(bytes: Uint8Array, word: string): number {
  let at = bytes.length - word.length;
  while (at >= 0 && ![...word].every((character, i) => bytes[at + i] === character.charCodeAt(0))) at--;
  return at;
}
