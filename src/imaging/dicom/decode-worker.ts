/** One batch of frames on a worker thread: bytes in, samples out (moved, not copied). */
import Tinypool from "tinypool";
import { type DecodedFrame, decodeFrame } from "./decode.ts";
import type { FrameRange } from "./frames.ts";
import { joinItems } from "./frames.ts";
import type { PixelFormat } from "./pixel-format.ts";
import { readRange } from "./source.ts";

export interface FrameTask {
  readonly where: string;
  readonly format: PixelFormat;
  readonly encapsulated: boolean;
  readonly range: FrameRange;
  /** Where the range stands: a file the thread reads itself, or the bytes of the range. */
  readonly from: string | Uint8Array;
}

export async function decodeTask({ where, format, encapsulated, range, from }: FrameTask): Promise<DecodedFrame> {
  const bytes = typeof from === "string" ? readRange(from, range.offset, range.length) : from;
  return decodeFrame(encapsulated ? joinItems(bytes, where) : bytes, format, where, range.bit);
}

/** What a thread answers: frames in task order, or the parts of the first error. */
export interface BatchAnswer {
  readonly frames: readonly DecodedFrame[];
  readonly error?: { index: number; code: string; summary: string; details: Record<string, string | undefined> };
}

export default async function decodeBatch(tasks: readonly FrameTask[]): Promise<unknown> {
  const frames: DecodedFrame[] = [];
  for (const [index, task] of tasks.entries()) {
    try {
      frames.push(await decodeTask(task));
    } catch (error) {
      const { code, summary, where, expected, found, hint } = error as Record<string, string | undefined>;
      if (code === undefined || summary === undefined) throw error;
      return { frames: [], error: { index, code, summary, details: { where, expected, found, hint } } };
    }
  }
  const answer: BatchAnswer = { frames };
  const buffers = [...new Set(frames.map(({ data }) => data.buffer as ArrayBuffer))];
  return Tinypool.move({ [Tinypool.transferableSymbol]: buffers, [Tinypool.valueSymbol]: answer } as never);
}
