/** A batch of slices on a worker thread: each is written into the shared volume, so nothing is copied back. */
import { type FilledSlice, fillSlice, type SliceTask } from "./fill.ts";

export interface FillBatch {
  readonly tasks: readonly SliceTask[];
  /** Voxels of one slice; task `i` is slice `first + i`. */
  readonly size: number;
  readonly first: number;
  readonly volume: SharedArrayBuffer;
}

/** Errors cannot be passed between threads directly, so their fields are sent. */
export interface FillAnswer {
  readonly slices: readonly FilledSlice[];
  readonly error?: { index: number; code: string; summary: string; details: Record<string, string | undefined> };
}

export default async function fillBatch({ tasks, size, first, volume }: FillBatch): Promise<FillAnswer> {
  const out = new Float32Array(volume);
  const slices: FilledSlice[] = [];
  const room = { bytes: new Uint8Array(0) };
  for (const [i, task] of tasks.entries()) {
    try {
      slices.push(await fillSlice(task, out, (first + i) * size, room));
    } catch (error) {
      const { code, summary, where, expected, found, hint } = error as Record<string, string | undefined>;
      if (code === undefined || summary === undefined) throw error;
      return { slices, error: { index: first + i, code, summary, details: { where, expected, found, hint } } };
    }
  }
  return { slices };
}
