/**
 * The worker thread that draws a PDF. Some damaged files cause unhandled rejections in PDF.js, which would end the
 * process; here they end only the thread, and a file that never finishes or exhausts memory can be aborted.
 */
import { parentPort } from "node:worker_threads";
import { type ErrorDetails, PolyclinicError } from "../../base/errors.ts";
import { type DrawJob, drawPdf, type OnPage, type PdfPage } from "./draw-pdf.ts";

export type PdfMessage =
  | { readonly kind: "page"; readonly page: PdfPage; readonly total: number; readonly remarks: readonly string[] }
  | { readonly kind: "done"; readonly pageCount: number }
  | { readonly kind: "error"; readonly code: string; readonly summary: string; readonly details: ErrorDetails };

const port = parentPort;

port?.on("message", (job: DrawJob) => {
  const say = (message: PdfMessage, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const onPage: OnPage = (page, total, remarks) =>
    say({ kind: "page", page, total, remarks }, [page.image.data.buffer as ArrayBuffer]);
  drawPdf(job, onPage).then(
    // Deferred to the next turn of the event loop, so that errors escaping from PDF.js are attributed to the right
    // file.
    (pageCount) => setImmediate(say, { kind: "done", pageCount }),
    (error: unknown) => {
      if (!PolyclinicError.is(error)) throw error;
      const { code, summary, where, expected, found, hint } = error;
      setImmediate(say, { kind: "error", code, summary, details: { where, expected, found, hint } });
    },
  );
});
