/** Drawing a PDF with PDF.js. Runs in the thread of `pdf-worker.ts`: see there why. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../types.ts";
import { type PositionedText, textLayer } from "./text-layer.ts";

export interface DrawJob {
  readonly bytes: Uint8Array;
  readonly dpi: number;
  readonly maxPages: number;
  readonly maxPixels: number;
  readonly password: string | undefined;
  /** The file, for messages. */
  readonly where: string;
}

export interface PdfPage {
  /** `[height, width, 3]` on white, upright. */
  readonly image: Image;
  /** Runs of text with their boxes in pixels of `image`, in the file's order; empty for a scanned page. */
  readonly text: readonly PositionedText[];
}

/** Draws page after page and hands each on; gives the number of pages the document has. */
export async function drawPdf(job: DrawJob, onPage: (page: PdfPage, total: number) => void): Promise<number> {
  const { task, document } = await load(job.bytes, job.password, job.where);
  try {
    const pageCount = document.numPages;
    const total = Math.min(pageCount, Math.floor(job.maxPages));
    for (let number = 1; number <= total; number++)
      onPage(await drawPage(document, number, job.dpi / 72, job.maxPixels, job.where), total);
    return pageCount;
  } finally {
    await task.destroy();
  }
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

export function damaged(where: string, cause: unknown): PolyclinicError {
  return new PolyclinicError("page/damaged", "cannot be read as a PDF", {
    where,
    found: cause instanceof Error ? cause.message : String(cause),
    hint: "Open it in a PDF viewer and save it again, or copy it again.",
    cause,
  });
}
