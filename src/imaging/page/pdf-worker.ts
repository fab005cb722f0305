/**
 * The thread a PDF is drawn in. PDF.js lets some failures of damaged files escape as unhandled rejections, which would end the
 * process; here they end the thread, and a file that never finishes or takes all memory can be given up.
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
    // A turn of the loop later, so that what escaped from PDF.js counts against its own file.
    (pageCount) => setImmediate(say, { kind: "done", pageCount }),
    (error: unknown) => {
      if (!PolyclinicError.is(error)) throw error;
      const { code, summary, where, expected, found, hint } = error;
      setImmediate(say, { kind: "error", code, summary, details: { where, expected, found, hint } });
    },
  );
});
