/**
 * Worker threads (Node). Threads run compiled code: from the sources (tests, tsx) a worker file is looked up in `dist/`, so the
 * package is built before its tests run.
 */
import { availableParallelism } from "node:os";
import Tinypool from "tinypool";

/** `workerUrl(import.meta.url, "./decode-worker.ts")`: where the compiled worker stands. */
export function workerUrl(importMetaUrl: string, relative: string): string {
  const url = new URL(relative, importMetaUrl).href;
  return url.replace("/src/", "/dist/").replace(/\.ts$/, ".js");
}

/** A pool of threads that keeps idle threads alive for `idleMs` and never holds the process open. */
export function createPool(filename: string, { threads = availableParallelism(), idleMs = 2000 } = {}): Tinypool {
  return new Tinypool({ filename, minThreads: 0, maxThreads: threads, idleTimeout: idleMs, runtime: "worker_threads" });
}
