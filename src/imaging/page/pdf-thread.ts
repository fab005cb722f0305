/** The worker threads that draw PDFs: one is kept alive for a while after success, because loading PDF.js takes longer than drawing a page. */
import { Worker } from "node:worker_threads";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { workerUrl } from "../../base/host/workers.ts";
import type { Work } from "../../base/progress.ts";
import type { MemoryBudget } from "../../bytes/index.ts";
import { type DrawJob, damaged, type PdfPage } from "./draw-pdf.ts";
import type { PdfMessage } from "./pdf-worker.ts";

/** Limits of processor time and, larger, of wall time per page, so that a busy machine does not cause failures. */
const pageSeconds = 10;
const pageSecondsByClock = 60;
/** Memory of a thread, beyond the pages' own pixels. */
const threadMegabytes = 768;
const idleSeconds = 2;

export interface Drawn {
  readonly pages: readonly PdfPage[];
  readonly pageCount: number;
  /** What could not be drawn, by 1-based page number. */
  readonly remarks: readonly { readonly page: number; readonly message: string }[];
}

/** Interval of the memory check while a document is drawn, ms. */
const watchEvery = 100;

let idle: { readonly worker: Worker; readonly timer: NodeJS.Timeout; readonly forget: () => void } | undefined;

/** Draws in a thread. A reused thread can fail because of an earlier file; the job is then repeated in a new one. */
export async function drawInThread(job: DrawJob, work: Work, budget: MemoryBudget): Promise<Drawn> {
  const idleThread = takeIdle();
  if (idleThread !== undefined) {
    const drawn = await run(idleThread, job, work, budget).catch((error: unknown) => {
      if (PolyclinicError.is(error)) throw error;
      return undefined;
    });
    if (drawn !== undefined) return drawn;
  }
  const worker = new Worker(new URL(workerUrl(import.meta.url, "./pdf-worker.ts")), {
    resourceLimits: { maxOldGenerationSizeMb: threadMegabytes },
  });
  return run(worker, job, work, budget).catch((error: unknown) => {
    throw PolyclinicError.is(error) ? error : damaged(job.where, error);
  });
}

function takeIdle(): Worker | undefined {
  if (idle === undefined) return undefined;
  const { worker, timer, forget } = idle;
  idle = undefined;
  clearTimeout(timer);
  // Individually: `removeAllListeners` would also remove the listener by which Node delivers messages.
  worker.off("error", forget).off("exit", forget);
  worker.ref();
  return worker;
}

function keepIdle(worker: Worker): void {
  if (idle !== undefined) {
    void worker.terminate();
    return;
  }
  const forget = () => {
    if (idle?.worker === worker) idle = undefined;
    void worker.terminate();
  };
  const timer = setTimeout(forget, idleSeconds * 1000);
  timer.unref();
  idle = { worker, timer, forget };
  worker.on("error", forget).on("exit", forget);
  worker.unref();
}

/** Rejects with the thread's `PolyclinicError`, or with the error that ended it. */
function run(worker: Worker, job: DrawJob, { signal, onProgress }: Work, budget: MemoryBudget): Promise<Drawn> {
  return new Promise<Drawn>((resolve, reject) => {
    const pages: PdfPage[] = [];
    const remarks: { page: number; message: string }[] = [];
    const before = process.memoryUsage.rss();
    const finish = (settle: () => void, well: boolean) => {
      clearTimeout(patience);
      clearInterval(watch);
      signal?.removeEventListener("abort", stop);
      worker.off("message", onMessage).off("error", fail).off("exit", end);
      if (well) keepIdle(worker);
      else {
        worker.on("error", () => {});
        void worker.terminate();
      }
      settle();
    };
    const giveUp = () => {
      const error = new PolyclinicError("page/too-slow", `rendering a page takes longer than ${pageSeconds} seconds`, {
        where: `${job.where}, page ${pages.length + 1}`,
        hint: "Print the document to a new PDF, or save its pages as images.",
      });
      finish(() => reject(error), false);
    };
    const patience = setTimeout(giveUp, pageSecondsByClock * 1000);
    let spent = process.cpuUsage();
    // Streams inside a document can decompress to any size, in buffers that are not covered by a thread's resource limits.
    const watch = setInterval(() => {
      const { user, system } = process.cpuUsage(spent);
      if (user + system > pageSeconds * 1e6) giveUp();
      const grown = process.memoryUsage.rss() - before;
      try {
        budget.take(grown, `${job.where}, page ${pages.length + 1}`, "rendering the document");
        budget.give(grown);
      } catch (error) {
        finish(() => reject(error), false);
      }
    }, watchEvery);
    watch.unref();
    const stop = () => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        finish(() => reject(error), false);
      }
    };
    signal?.addEventListener("abort", stop, { once: true });
    const onMessage = (message: PdfMessage) => {
      patience.refresh();
      spent = process.cpuUsage();
      if (message.kind === "page") {
        const { image } = message.page;
        try {
          budget.take(image.data.length, `${job.where}, page ${pages.length + 1}`, "the document's pages");
        } catch (error) {
          finish(() => reject(error), false);
          return;
        }
        pages.push(message.page);
        for (const text of message.remarks) remarks.push({ page: pages.length, message: text });
        onProgress?.({ stage: "rendering pages", done: pages.length, total: message.total, unit: "pages" });
      } else if (message.kind === "done") finish(() => resolve({ pages, pageCount: message.pageCount, remarks }), true);
      else finish(() => reject(new PolyclinicError(message.code, message.summary, message.details)), true);
    };
    const fail = (error: unknown) => finish(() => reject(error), false);
    const end = () => finish(() => reject(new Error("the rendering thread ended early")), false);
    worker.on("message", onMessage).on("error", fail).on("exit", end);
    worker.postMessage(job);
  });
}
