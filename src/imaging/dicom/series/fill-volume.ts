/**
 * Decodes all slices of a volume, on worker threads if there is enough work. Every slice is written at its index, so the result does
 * not depend on the number of threads or their timing.
 */
import type Tinypool from "tinypool";
import { PolyclinicError, throwIfAborted } from "../../../base/errors.ts";
import { cores, createPool, isBuilt, turn, workerUrl } from "../../../base/host/workers.ts";
import type { Work } from "../../../base/progress.ts";
import type { MemoryBudget } from "../../../bytes/budget.ts";
import { type FilledSlice, fillSlice, type SliceTask } from "./fill.ts";
import type { FillAnswer, FillBatch } from "./fill-worker.ts";

export interface DecodeWork extends Work {
  /** Worker threads; 1 decodes on the calling thread. Default: one per core. */
  readonly threads?: number;
  /** Shared by what one study reads; a volume that is loaded by itself has its own. */
  readonly budget?: MemoryBudget;
}

/**
 * Below this work (in uncompressed voxels; decoding a compressed one costs about fifty times as much) starting threads
 * takes longer than decoding.
 */
const worthThreads = 50_000_000;

let pool: { pool: Tinypool; threads: number } | undefined;

/** Undefined when run from the sources without a build: the calling thread gives the same voxels. */
function sharedPool(threads: number): Tinypool | undefined {
  const worker = workerUrl(import.meta.url, "./fill-worker.ts");
  if (!isBuilt(worker)) return undefined;
  if (pool === undefined || pool.threads !== threads) pool = { pool: createPool(worker, { threads }), threads };
  return pool.pool;
}

/**
 * @param size voxels of one slice.
 * @returns the values (in shared memory when threads wrote them) and, for each slice, its padding.
 * Throws the error of the first slice that fails, `abort/aborted` when stopped.
 */
export async function fillVolume(
  tasks: readonly SliceTask[],
  size: number,
  { signal, onProgress, threads = cores() }: DecodeWork = {},
): Promise<{ data: Float32Array; slices: FilledSlice[] }> {
  const effort = tasks.reduce((sum, { format }) => sum + size * (format.codec === "native" ? 1 : 50), 0);
  const workers = effort >= worthThreads && tasks.length > 1 && threads > 1 ? sharedPool(threads) : undefined;
  const slices: FilledSlice[] = new Array(tasks.length);
  let done = 0;
  const finish = (index: number, slice: FilledSlice) => {
    slices[index] = slice;
    onProgress?.({ stage: "decoding", done: ++done, total: tasks.length, unit: "slices" });
  };
  if (workers === undefined) {
    const data = new Float32Array(size * tasks.length);
    const room = { bytes: new Uint8Array(0) };
    for (const [index, task] of tasks.entries()) {
      // Yields to the event loop for abort signals and timers.
      if (index % 16 === 0) await turn();
      throwIfAborted(signal);
      finish(index, await fillSlice(task, data, index * size, room));
    }
    return { data, slices };
  }
  const volume = new SharedArrayBuffer(size * tasks.length * 4);
  // Small batches, so that no thread idles long at the end: a message costs far less than decoding a slice.
  const batch = Math.max(1, Math.min(16, Math.ceil(tasks.length / (threads * 24))));
  const failures: { index: number; error: PolyclinicError }[] = [];
  let start = 0;
  const next = async (): Promise<void> => {
    while (start < tasks.length && failures.length === 0) {
      throwIfAborted(signal);
      const first = start;
      start += batch;
      const job: FillBatch = { tasks: tasks.slice(first, first + batch), size, first, volume };
      const answer = (await workers.run(job)) as FillAnswer;
      if (answer.error !== undefined) {
        const { index, code, summary, details } = answer.error;
        failures.push({ index, error: new PolyclinicError(code, summary, details) });
      }
      for (const [i, slice] of answer.slices.entries()) finish(first + i, slice);
    }
  };
  // Two batches in flight per thread, so that no thread waits for this one.
  await Promise.all(Array.from({ length: threads * 2 }, next));
  if (failures.length > 0) throw failures.sort((a, b) => a.index - b.index)[0].error;
  return { data: new Float32Array(volume), slices };
}
