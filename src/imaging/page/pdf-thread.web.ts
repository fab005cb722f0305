/**
 * The browser's version of `pdf-thread.ts`: draws in the current worker. A faulty page can crash this worker, and a
 * document that never finishes cannot be interrupted.
 */
import { throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import type { MemoryBudget } from "../../bytes/index.ts";
import { type DrawJob, drawPdf, type PdfPage } from "./draw-pdf.ts";
import type { Drawn } from "./pdf-thread.ts";

export async function drawInThread(job: DrawJob, { signal, onProgress }: Work, budget: MemoryBudget): Promise<Drawn> {
  const pages: PdfPage[] = [];
  const remarks: { page: number; message: string }[] = [];
  const pageCount = await drawPdf(job, (page, total, pageRemarks) => {
    throwIfAborted(signal);
    budget.take(page.image.data.length, `${job.where}, page ${pages.length + 1}`, "the document's pages");
    pages.push(page);
    for (const message of pageRemarks) remarks.push({ page: pages.length, message });
    onProgress?.({ stage: "rendering pages", done: pages.length, total, unit: "pages" });
  });
  return { pages, pageCount, remarks };
}
