/** PDF pages as pictures with their text layer, by PDF.js; fonts, character maps and decoders come from its package, never a network. */
import { readFile, stat } from "node:fs/promises";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { defaultLimits, type Limits, type Warning } from "../types.ts";
import type { PdfPage } from "./draw-pdf.ts";
import { drawInThread } from "./pdf-thread.ts";

export interface PdfOptions extends Work {
  /** Pixels an inch. 150 makes an A4 page 1240 x 1754: above the model's 896, so that a view can still crop. */
  dpi?: number;
  /** Pages read from the start, 40 unless told (the cap of MedGemma's document toolkit); the rest is named in a warning. */
  maxPages?: number;
  password?: string;
  limits?: Partial<Pick<Limits, "maxPixels" | "maxBytes">>;
}

export interface PdfPages {
  readonly pages: readonly PdfPage[];
  /** Pages the document has, read or not. */
  readonly pageCount: number;
  readonly warnings: readonly Warning[];
}

/**
 * Rasterises a PDF, in a thread of its own.
 *
 * @param input a path, or the file's bytes.
 * @throws `page/encrypted`, `page/wrong-password`, `page/not-pdf`, `page/truncated`, `page/damaged`, `page/too-large`,
 *   `page/too-slow`.
 */
export async function readPdf(input: string | Uint8Array, options: PdfOptions = {}): Promise<PdfPages> {
  const { dpi = 150, maxPages = 40, password, signal } = options;
  const bounds = { ...defaultLimits, ...options.limits };
  const where = typeof input === "string" ? input : "the PDF";
  for (const [name, value] of Object.entries({ dpi, maxPages }))
    if (!(Number.isFinite(value) && value >= 1))
      throw new PolyclinicError("page/option", `${name} is not a number of at least 1`, { found: `${value}` });
  const bytes = typeof input === "string" ? await fileBytes(input, bounds.maxBytes) : input;
  checkEnds(bytes, where);
  throwIfAborted(signal);
  const { pages, pageCount } = await drawInThread(
    { bytes, dpi, maxPages, maxPixels: bounds.maxPixels, password, where },
    options,
  );
  const warnings: Warning[] = [];
  if (pages.length < pageCount)
    warnings.push({
      code: "page/left-out",
      message: `pages ${pages.length + 1} to ${pageCount} were not read (limit of ${pages.length})`,
      where,
    });
  return { pages, pageCount, warnings };
}

/** PDF.js mends files that were cut off by guessing; here a file without its end is not taken for whole. */
function checkEnds(bytes: Uint8Array, where: string): void {
  const text = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString("latin1");
  if (!text(0, 1024).includes("%PDF-"))
    throw new PolyclinicError("page/not-pdf", "is not a PDF", {
      where,
      found: bytes.length === 0 ? "no bytes" : "no %PDF- header",
    });
  if (!text(Math.max(0, bytes.length - 4096), bytes.length).includes("%%EOF"))
    throw new PolyclinicError("page/truncated", "ends before the end of the PDF", {
      where,
      expected: "%%EOF",
      hint: "The copy is incomplete: copy the file again.",
    });
}

async function fileBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes)
      throw new PolyclinicError("page/too-large", "is larger than the limit", {
        where: path,
        expected: `at most ${maxBytes} bytes`,
        found: `${size}`,
        hint: "Raise limits.maxBytes if the file is trusted.",
      });
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    if (PolyclinicError.is(cause)) throw cause;
    throw new PolyclinicError("page/open", "cannot be opened", { where: path, cause });
  }
}
