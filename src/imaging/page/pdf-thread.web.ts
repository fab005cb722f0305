/** As `pdf-thread.ts`, for a browser: drawn in the one worker there is. A page can end that worker; nothing else stops a document that never ends. */
import { throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import type { MemoryBudget } from "../../bytes/index.ts";
import { type DrawJob, drawPdf, type PdfPage } from "./draw-pdf.ts";
import type { Drawn } from "./pdf-thread.ts";

export async function drawInThread(job: DrawJob, { signal, onProgress }: Work, budget: MemoryBudget): Promise<Drawn> {
  const pages: PdfPage[] = [];
  const remarks: { page: number; message: string }[] = [];
  const pageCount = await drawPdf(job, (page, total, said) => {
    throwIfAborted(signal);
    budget.take(page.image.data.length, `${job.where}, page ${pages.length + 1}`, "the document's pages");
    pages.push(page);
    for (const message of said) remarks.push({ page: pages.length, message });
    onProgress?.({ stage: "rendering pages", done: pages.length, total, unit: "pages" });
  });
  return { pages, pageCount, remarks };
}
