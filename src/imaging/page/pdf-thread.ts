/** The threads PDFs are drawn in: one is kept for a while after it has finished well, because loading PDF.js takes longer than a page. */
import { Worker } from "node:worker_threads";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { workerUrl } from "../../base/workers.ts";
import { type DrawJob, damaged, type PdfPage } from "./draw-pdf.ts";
import type { PdfMessage } from "./pdf-worker.ts";

/** A page that takes longer than this is given up. */
const pageSeconds = 30;
/** Memory of a thread, beyond the pages' own pixels. */
const threadMegabytes = 768;
const idleSeconds = 2;

export interface Drawn {
  readonly pages: readonly PdfPage[];
  readonly pageCount: number;
}

let idle: { readonly worker: Worker; readonly timer: NodeJS.Timeout; readonly forget: () => void } | undefined;

/** Draws in a thread. A kept thread can still suffer from its last file; then the job is done again in a fresh one. */
export async function drawInThread(job: DrawJob, work: Work): Promise<Drawn> {
  const kept = takeIdle();
  if (kept !== undefined) {
    const drawn = await run(kept, job, work).catch((error: unknown) => {
      if (PolyclinicError.is(error)) throw error;
      return undefined;
    });
    if (drawn !== undefined) return drawn;
  }
  const worker = new Worker(new URL(workerUrl(import.meta.url, "./pdf-worker.ts")), {
    resourceLimits: { maxOldGenerationSizeMb: threadMegabytes },
  });
  return run(worker, job, work).catch((error: unknown) => {
    throw PolyclinicError.is(error) ? error : damaged(job.where, error);
  });
}

function takeIdle(): Worker | undefined {
  if (idle === undefined) return undefined;
  const { worker, timer, forget } = idle;
  idle = undefined;
  clearTimeout(timer);
  // One by one: `removeAllListeners` would also take the listener by which Node delivers messages.
  worker.off("error", forget).off("exit", forget);
  worker.ref();
  return worker;
}

function keep(worker: Worker): void {
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

/** Rejects with a `PolyclinicError` the thread named, or with whatever ended it. */
function run(worker: Worker, job: DrawJob, { signal, onProgress }: Work): Promise<Drawn> {
  return new Promise<Drawn>((resolve, reject) => {
    const pages: PdfPage[] = [];
    const finish = (settle: () => void, well: boolean) => {
      clearTimeout(patience);
      signal?.removeEventListener("abort", stop);
      worker.off("message", hear).off("error", fail).off("exit", end);
      if (well) keep(worker);
      else {
        worker.on("error", () => {});
        void worker.terminate();
      }
      settle();
    };
    const patience = setTimeout(() => {
      const error = new PolyclinicError("page/too-slow", `a page takes longer than ${pageSeconds} seconds to draw`, {
        where: `${job.where}, page ${pages.length + 1}`,
        hint: "Print the document to a new PDF, or save its pages as images.",
      });
      finish(() => reject(error), false);
    }, pageSeconds * 1000);
    const stop = () => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        finish(() => reject(error), false);
      }
    };
    signal?.addEventListener("abort", stop, { once: true });
    const hear = (message: PdfMessage) => {
      patience.refresh();
      if (message.kind === "page") {
        pages.push(message.page);
        onProgress?.({ stage: "drawing pages", done: pages.length, total: message.total, unit: "pages" });
      } else if (message.kind === "done") finish(() => resolve({ pages, pageCount: message.pageCount }), true);
      else finish(() => reject(new PolyclinicError(message.code, message.summary, message.details)), true);
    };
    const fail = (error: unknown) => finish(() => reject(error), false);
    const end = () => finish(() => reject(new Error("the drawing thread ended early")), false);
    worker.on("message", hear).on("error", fail).on("exit", end);
    worker.postMessage(job);
  });
}
