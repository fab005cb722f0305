/** Draws a PDF with PDF.js. Runs in the thread of `pdf-worker.ts`, which explains why. */
import type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../types.ts";
import { fieldText, type PdfAnnotation, unseenNotes, withoutInk } from "./form-fields.ts";
import { pdfLibrary } from "./pdf-library.ts";
import { listen } from "./pdf-remarks.ts";
import { type PositionedText, textLayer } from "./text-layer.ts";

/** Larger pages (more than a square metre at 150 dpi) are drawn at a lower resolution. */
const maxPagePixels = 36_000_000;
/** Larger images inside a page are skipped, which is reported. */
const maxImagePixels = 100_000_000;
/** Rows copied out of the canvas at once. */
const bandRows = 256;

export interface DrawJob {
  readonly bytes: Uint8Array;
  readonly dpi: number;
  readonly maxPages: number;
  readonly maxPixels: number;
  /** Memory limit for the pixels of all pages, bytes. */
  readonly maxBytes: number;
  readonly password: string | undefined;
  /** The file, for messages. */
  readonly where: string;
}

/** One page of a PDF, rasterised, with its text layer. */
export interface PdfPage {
  /** `[height, width, 3]` on white, upright. */
  readonly image: Image;
  /** Runs of text with their boxes in pixels of `image`, in the file's order, values of form fields last; empty for a scanned page. */
  readonly text: readonly PositionedText[];
}

/** @param remarks what could not be drawn on the page, or was drawn differently. */
export type OnPage = (page: PdfPage, total: number, remarks: readonly string[]) => void;

/** Draws the pages one by one and passes each to a callback; returns the number of pages of the document. */
export async function drawPdf(job: DrawJob, onPage: OnPage): Promise<number> {
  const remarks = listen();
  try {
    const { task, document } = await load(job.bytes, job.password, job.where);
    try {
      const pageCount = document.numPages;
      const total = Math.min(pageCount, Math.floor(job.maxPages));
      if (document.isPureXfa)
        remarks.add(
          "the document is a dynamic XFA form, of which only the placeholder page for other viewers can be drawn",
        );
      await checkWholeSize(document, total, job);
      for (let number = 1; number <= total; number++) {
        const page = await drawPage(document, number, job, remarks.add);
        onPage(page, total, remarks.take());
      }
      return pageCount;
    } finally {
      await task.destroy();
    }
  } finally {
    remarks.stop();
  }
}

/** Checks the total size of all pages before the first is drawn. */
async function checkWholeSize(document: PDFDocumentProxy, total: number, { dpi, maxBytes, where }: DrawJob) {
  let bytes = 0;
  for (let number = 1; number <= total; number++) {
    // A page that cannot be read is reported when it is drawn.
    const page = await document.getPage(number).catch(() => undefined);
    if (page === undefined) return;
    const { width, height } = page.getViewport({ scale: dpi / 72 });
    bytes += 3 * Math.min(maxPagePixels, Math.ceil(width) * Math.ceil(height));
  }
  if (bytes > maxBytes)
    throw new PolyclinicError("limit/bytes", "the pages would exceed the memory limit for reading this study", {
      where,
      expected: `at most ${maxBytes} bytes`,
      found: `${bytes} for ${total} pages`,
      hint: "Read fewer pages, or at a lower resolution.",
    });
}

async function load(bytes: Uint8Array, password: string | undefined, where: string) {
  const { pdfjs, settings } = await pdfLibrary();
  const task = pdfjs.getDocument({
    ...settings,
    data: bytes,
    password,
    cMapPacked: true,
    isEvalSupported: false,
    useSystemFonts: false,
    // Undrawable content is reported through PDF.js's warnings, and the rest of the page is drawn.
    stopAtErrors: false,
    maxImageSize: maxImagePixels,
    verbosity: pdfjs.VerbosityLevel.WARNINGS,
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
        { where, hint: "Pass the password, or save a copy without one.", cause },
      );
    throw damaged(where, cause);
  }
}

async function drawPage(
  document: PDFDocumentProxy,
  number: number,
  { dpi, maxPixels, where }: DrawJob,
  remark: (message: string) => void,
): Promise<PdfPage> {
  const at = `${where}, page ${number}`;
  let page: PDFPageProxy | undefined;
  try {
    page = await document.getPage(number);
    const fullViewport = page.getViewport({ scale: dpi / 72 });
    const requestedPixels = Math.ceil(fullViewport.width) * Math.ceil(fullViewport.height);
    const shrink =
      requestedPixels > maxPagePixels && requestedPixels <= maxPixels ? Math.sqrt(maxPagePixels / requestedPixels) : 1;
    if (shrink < 1) remark(`the page is rendered at ${Math.round(dpi * shrink)} instead of ${dpi} dots per inch`);
    const viewport = shrink < 1 ? page.getViewport({ scale: (dpi / 72) * shrink }) : fullViewport;
    const [width, height] = [Math.ceil(viewport.width), Math.ceil(viewport.height)];
    if (!(width >= 1 && height >= 1 && width * height <= maxPixels))
      throw new PolyclinicError("page/too-large", "the page size is outside the limits", {
        where: at,
        expected: `1 to ${maxPixels} pixels`,
        found: `${width} x ${height}`,
        hint: "Lower dpi, or raise limits.maxPixels if you trust the file.",
      });
    const factory = document.canvasFactory as CanvasFactory;
    const drawing = factory.create(width, height);
    try {
      const { canvas, context } = drawing;
      const annotations = (await page.getAnnotations({ intent: "display" })) as PdfAnnotation[];
      // PDF.js draws form values without an appearance when they are passed to it, as a viewer would.
      for (const { id, fieldValue } of withoutInk(annotations))
        document.annotationStorage.setValue(id, { value: fieldValue } as never);
      const { pdfjs } = await pdfLibrary();
      await page.render({
        canvas: canvas as never,
        canvasContext: context as never,
        viewport,
        background: "white",
        annotationMode: pdfjs.AnnotationMode.ENABLE_STORAGE,
      }).promise;
      const text = textLayer(await page.getTextContent(), viewport.transform);
      const unseen = unseenNotes(annotations);
      if (unseen > 0)
        remark(
          `${unseen} ${unseen === 1 ? "note is" : "notes are"} attached to the page and cannot be seen in the image`,
        );
      return { image: opaque(context, width, height), text: [...text, ...fieldText(annotations, viewport.transform)] };
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

/** Pages are painted on white, so every pixel is opaque and alpha can be ignored. */
function opaque(context: Drawing["context"], width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  let j = 0;
  for (let top = 0; top < height; top += bandRows) {
    const rgba = context.getImageData(0, top, width, Math.min(bandRows, height - top)).data;
    for (let i = 0; i < rgba.length; i += 4) {
      data[j++] = rgba[i];
      data[j++] = rgba[i + 1];
      data[j++] = rgba[i + 2];
    }
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
