/**
 * Worker threads (Node). Threads run compiled code: from the sources (tests, tsx) a worker file is looked up in `dist/`, so the
 * package is built before its tests run.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import Tinypool from "tinypool";

/** This file is `<package>/src/base/host/workers.ts`, or `<package>/dist/base/host/workers.js` when it was compiled. */
const own = import.meta.url;

/** `workerUrl(import.meta.url, "./decode-worker.ts")`: the URL of the compiled worker. */
export function workerUrl(importMetaUrl: string, relative: string, ownUrl = own): string {
  const url = new URL(relative, importMetaUrl).href.replace(/\.ts$/, ".js");
  const sources = new URL("../../", ownUrl).href;
  // Only the package's own `src/` is replaced, because a parent folder may be named `src` too.
  const compiled = ownUrl.endsWith(".ts") && url.startsWith(sources);
  return compiled ? `${new URL("../../../dist/", ownUrl).href}${url.slice(sources.length)}` : url;
}

/** A pool of threads that keeps idle threads alive for `idleMs` and never holds the process open. */
export function createPool(filename: string, { threads = availableParallelism(), idleMs = 2000 } = {}): Tinypool {
  return new Tinypool({ filename, minThreads: 0, maxThreads: threads, idleTimeout: idleMs, runtime: "worker_threads" });
}

/** Number of threads that can compute at the same time. */
export const cores = (): number => availableParallelism();

/** Whether the compiled worker exists; it does not when run from the sources without a build. */
export const isBuilt = (worker: string): boolean => existsSync(fileURLToPath(worker));

/** Yields to the event loop, for timers and abort signals. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
