/**
 * Many frames at once. Compressed frames are decoded on worker threads, in batches; uncompressed ones are only read and copied,
 * which one thread does as fast as the memory allows. Every frame goes to the slot of its index: the result does not depend on
 * which thread was faster.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type Tinypool from "tinypool";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { createPool, workerUrl } from "../../base/workers.ts";
import type { DecodedFrame } from "./decode.ts";
import { type BatchAnswer, decodeTask, type FrameTask } from "./decode-worker.ts";
import type { Frames } from "./frames.ts";

export interface DecodeWork extends Work {
  /** Worker threads for compressed frames; 1 decodes on the calling thread. Default: one a core. */
  readonly threads?: number;
}

/** Fewer compressed frames than this are not worth starting threads for. */
const worthThreads = 8;
const largestBatch = 8;

let pool: { pool: Tinypool; threads: number } | undefined;

function sharedPool(threads: number): Tinypool | undefined {
  const worker = workerUrl(import.meta.url, "./decode-worker.ts");
  // Run from the sources without a build there is no compiled worker; the calling thread gives the same frames.
  if (!existsSync(fileURLToPath(worker))) return undefined;
  if (pool === undefined || pool.threads !== threads) pool = { pool: createPool(worker, { threads }), threads };
  return pool.pool;
}

/** The task for one frame of a located file. */
export async function frameTask({ format, ranges, encapsulated, source }: Frames, frame: number): Promise<FrameTask> {
  const range = ranges[frame];
  if (range === undefined)
    throw new PolyclinicError("dicom/frame", "there is no such frame", {
      where: source.name,
      expected: `0 to ${ranges.length - 1}`,
      found: `${frame}`,
    });
  const where = ranges.length > 1 ? `${source.name} frame ${frame + 1}` : source.name;
  const from = source.path ?? (await source.read(range.offset, range.length));
  return { where, format, encapsulated, range, from };
}

/**
 * Decodes frames and hands each to `onFrame` with its index, in any order.
 * Throws the error of the first task that fails, `abort/aborted` when stopped.
 */
export async function decodeFrames(
  tasks: readonly FrameTask[],
  onFrame: (frame: DecodedFrame, index: number) => void,
  { signal, onProgress, threads = availableParallelism() }: DecodeWork = {},
): Promise<void> {
  const compressed = tasks.filter(({ format }) => format.codec !== "native").length;
  const workers = compressed >= worthThreads && threads > 1 ? sharedPool(threads) : undefined;
  let done = 0;
  const finish = (frame: DecodedFrame, index: number) => {
    onFrame(frame, index);
    onProgress?.({ stage: "decoding", done: ++done, total: tasks.length, unit: "frames" });
  };
  if (workers === undefined) {
    for (const [index, task] of tasks.entries()) {
      if (index % 16 === 0) await new Promise(setImmediate);
      throwIfAborted(signal);
      finish(await decodeTask(task), index);
    }
    return;
  }
  const size = Math.max(1, Math.min(largestBatch, Math.ceil(tasks.length / (threads * 4))));
  const starts = Array.from({ length: Math.ceil(tasks.length / size) }, (_, i) => i * size);
  const failures: { index: number; error: PolyclinicError }[] = [];
  const next = async (): Promise<void> => {
    for (let start = starts.shift(); start !== undefined && failures.length === 0; start = starts.shift()) {
      throwIfAborted(signal);
      const answer = (await workers.run(tasks.slice(start, start + size))) as BatchAnswer;
      if (answer.error !== undefined) {
        const { index, code, summary, details } = answer.error;
        failures.push({ index: start + index, error: new PolyclinicError(code, summary, details) });
      } else for (const [i, frame] of answer.frames.entries()) finish(frame, start + i);
    }
  };
  // Two batches for each thread, so that none waits for this one.
  await Promise.all(Array.from({ length: threads * 2 }, next));
  if (failures.length > 0) throw failures.sort((a, b) => a.index - b.index)[0].error;
}
