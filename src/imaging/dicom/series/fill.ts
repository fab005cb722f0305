/**
 * One slice of a volume, from encoded frame to modality values in their place: what the calling thread does for small series and
 * worker threads do for large ones.
 */

import { readRange } from "../../../bytes/disk.ts";
import { decodeFrame } from "../pixels/decode.ts";
import { type FrameRange, joinItems } from "../pixels/frames.ts";
import { applyModality, type ModalityTransform, type Padding } from "../pixels/lut.ts";
import type { PixelFormat } from "../pixels/pixel-format.ts";
import { type Cut, cutOut } from "./frames/mosaic.ts";

export interface SliceTask {
  /** The file and frame, for messages. */
  readonly where: string;
  readonly format: PixelFormat;
  readonly encapsulated: boolean;
  readonly range: FrameRange;
  /** Source of the range: the path of a file that the thread reads itself, or the bytes of the range. */
  readonly from: string | Uint8Array;
  readonly transform: ModalityTransform;
  readonly padding?: Padding;
  /** The part of the frame that is the slice, for a mosaic. */
  readonly cut?: Cut;
}

export interface FilledSlice {
  /** Number of padding pixels; they hold NaN until the whole volume is known. */
  readonly padded: number;
  /** The lowest measured value; Infinity if all pixels are padding. Determined only if there is padding to fill. */
  readonly lowest: number;
  /** Contradictions between frame and header, and how the frame is read instead. */
  readonly notes: readonly string[];
}

/** A buffer reused for consecutive slices: values are copied out before the next slice is read. */
export interface Room {
  bytes: Uint8Array;
}

function readSlice({ format, encapsulated, range, from }: SliceTask, room: Room): Uint8Array {
  if (typeof from !== "string") return from;
  if (format.codec !== "native" || encapsulated) return readRange(from, range.offset, range.length);
  if (room.bytes.length < range.length) room.bytes = new Uint8Array(range.length);
  return readRange(from, range.offset, range.length, room.bytes);
}

/** Decodes a slice and writes its `rows * columns` values starting at `offset`. Throws what `decodeFrame` throws. */
export async function fillSlice(task: SliceTask, out: Float32Array, offset: number, room: Room): Promise<FilledSlice> {
  const { where, format, encapsulated, range, transform, padding, cut } = task;
  const encoded = readSlice(task, room);
  const notes: string[] = [];
  const bytes = encapsulated ? joinItems(encoded, where) : encoded;
  const frame = await decodeFrame(bytes, format, where, range.bit, (message) => notes.push(message));
  const stored = cut === undefined ? frame.data : cutOut(frame.data, frame.columns, cut);
  applyModality(stored, transform, out, offset);
  if (padding === undefined) return { padded: 0, lowest: Number.POSITIVE_INFINITY, notes };
  let padded = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < stored.length; i++) {
    if (stored[i] >= padding.low && stored[i] <= padding.high) {
      out[offset + i] = Number.NaN;
      padded++;
    } else if (out[offset + i] < lowest) lowest = out[offset + i];
  }
  return { padded, lowest, notes };
}
