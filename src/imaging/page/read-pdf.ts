/** PDF pages as pictures with their text layer, by PDF.js; fonts, character maps and decoders come from its package, never a network. */
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { defaultLimits, type Image, type Limits, type Warning } from "../types.ts";
import { type PositionedText, textLayer } from "./text-layer.ts";

export interface PdfOptions extends Work {
  /** Pixels an inch. 150 makes an A4 page 1240 x 1754: above the model's 896, so that a view can still crop. */
  dpi?: number;
  /** Pages read from the start, 40 unless told (the cap of MedGemma's document toolkit); the rest is named in a warning. */
  maxPages?: number;
  password?: string;
  limits?: Partial<Pick<Limits, "maxPixels" | "maxBytes">>;
}

export interface PdfPage {
  /** `[height, width, 3]` on white, upright. */
  readonly image: Image;
  /** Runs of text with their boxes in pixels of `image`, in the file's order; empty for a scanned page. */
  readonly text: readonly PositionedText[];
}

export interface PdfPages {
  readonly pages: readonly PdfPage[];
  /** Pages the document has, read or not. */
  readonly pageCount: number;
  readonly warnings: readonly Warning[];
}

/**
 * Rasterises a PDF.
 *
 * @param input a path, or the file's bytes.
 * @throws `page/encrypted`, `page/wrong-password`, `page/not-pdf`, `page/truncated`, `page/damaged`, `page/too-large`.
 */
export async function readPdf(input: string | Uint8Array, options: PdfOptions = {}): Promise<PdfPages> {
  const { dpi = 150, maxPages = 40, password, signal, onProgress } = options;
  const bounds = { ...defaultLimits, ...options.limits };
  const where = typeof input === "string" ? input : "the PDF";
  for (const [name, value] of Object.entries({ dpi, maxPages }))
    if (!(Number.isFinite(value) && value >= 1))
      throw new PolyclinicError("page/option", `${name} is not a number of at least 1`, { found: `${value}` });
  const bytes = typeof input === "string" ? await fileBytes(input, bounds.maxBytes) : Uint8Array.from(input);
  checkEnds(bytes, where);
  throwIfAborted(signal);

  const { task, document } = await load(bytes, password, where);
  try {
    const pageCount = document.numPages;
    const count = Math.min(pageCount, Math.floor(maxPages));
    const pages: PdfPage[] = [];
    for (let number = 1; number <= count; number++) {
      throwIfAborted(signal);
      onProgress?.({ stage: "drawing pages", done: number - 1, total: count, unit: "pages" });
      pages.push(await drawPage(document, number, dpi / 72, bounds.maxPixels, where));
    }
    onProgress?.({ stage: "drawing pages", done: count, total: count, unit: "pages" });
    const warnings: Warning[] = [];
    if (count < pageCount)
      warnings.push({
        code: "page/left-out",
        message: `pages ${count + 1} to ${pageCount} were not read (limit of ${count})`,
        where,
      });
    return { pages, pageCount, warnings };
  } finally {
    await task.destroy();
  }
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

async function load(bytes: Uint8Array, password: string | undefined, where: string) {
  const pdfjs = await import("pdfjs-dist/legacy/build/pdf.mjs");
  const home = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
  const task = pdfjs.getDocument({
    data: bytes,
    password,
    standardFontDataUrl: join(home, "standard_fonts/"),
    cMapUrl: join(home, "cmaps/"),
    cMapPacked: true,
    wasmUrl: join(home, "wasm/"),
    iccUrl: join(home, "iccs/"),
    isEvalSupported: false,
    useSystemFonts: false,
    stopAtErrors: true,
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  try {
    return { task, document: await task.promise };
  } catch (cause) {
    await task.destroy();
    const wrong = password !== undefined;
    if (cause instanceof Error && cause.name === "PasswordException")
      throw new PolyclinicError(
        wrong ? "page/wrong-password" : "page/encrypted",
        wrong ? "does not open with this password" : "is encrypted",
        { where, hint: "Pass its password, or save a copy without one.", cause },
      );
    throw damaged(where, cause);
  }
}

async function drawPage(
  document: PDFDocumentProxy,
  number: number,
  scale: number,
  maxPixels: number,
  where: string,
): Promise<PdfPage> {
  const at = `${where}, page ${number}`;
  let page: PDFPageProxy | undefined;
  try {
    page = await document.getPage(number);
    const viewport = page.getViewport({ scale });
    const [width, height] = [Math.ceil(viewport.width), Math.ceil(viewport.height)];
    if (!(width >= 1 && height >= 1 && width * height <= maxPixels))
      throw new PolyclinicError("page/too-large", "has no acceptable size", {
        where: at,
        expected: `1 to ${maxPixels} pixels`,
        found: `${width} x ${height}`,
        hint: "Lower dpi, or raise limits.maxPixels if the file is trusted.",
      });
    const factory = document.canvasFactory as CanvasFactory;
    const drawing = factory.create(width, height);
    try {
      const { canvas, context } = drawing;
      await page.render({ canvas: canvas as never, canvasContext: context as never, viewport, background: "white" })
        .promise;
      const rgba = context.getImageData(0, 0, width, height).data;
      const text = textLayer(await page.getTextContent(), viewport.transform);
      return { image: opaque(rgba, width, height), text };
    } finally {
      factory.destroy(drawing);
    }
  } catch (cause) {
    if (PolyclinicError.is(cause)) throw cause;
    throw damaged(at, cause);
  } finally {
    page?.cleanup();
  }
}

/** The part of PDF.js's canvas factory used here; its canvases come from `@napi-rs/canvas`. */
interface CanvasFactory {
  create(width: number, height: number): Drawing;
  destroy(drawing: Drawing): void;
}
interface Drawing {
  canvas: unknown;
  context: { getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray } };
}

/** The page was painted on white, so every pixel is opaque and alpha says nothing. */
function opaque(rgba: Uint8ClampedArray, width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, j = 0; i < rgba.length; i += 4) {
    data[j++] = rgba[i];
    data[j++] = rgba[i + 1];
    data[j++] = rgba[i + 2];
  }
  return { kind: "image", width, height, channels: 3, data };
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

function damaged(where: string, cause: unknown): PolyclinicError {
  return new PolyclinicError("page/damaged", "cannot be read as a PDF", {
    where,
    found: cause instanceof Error ? cause.message : String(cause),
    hint: "Open it in a PDF viewer and save it again, or copy it again.",
    cause,
  });
}
