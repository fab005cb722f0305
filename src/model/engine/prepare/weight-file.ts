/**
 * The weight file of a prepared model, next to its graphs. Its layout is determined first (a graph reserves ranges while it
 * is built) and the file is written afterwards in a single pass, so that no more than one piece of one tensor is ever in memory.
 */
import type { FileHandle } from "node:fs/promises";
import { throwIfAborted } from "../../../base/errors.ts";
import type { Work } from "../../../base/progress.ts";
import type { ExternalData } from "../../../graph/index.ts";

export const weightFileName = "weights.bin";

/** Ranges start at multiples of the largest page size in use, so that the runtime can map them. */
const alignment = 65_536;
/** Elements read, converted and written at a time. */
export const pieceElements = 1 << 24;

/** Writes bytes at an offset from the start of range `index` of the placement. */
export type WriteAt = (index: number, offset: number, bytes: ArrayBufferView) => Promise<void>;

interface Placement {
  readonly ranges: readonly ExternalData[];
  readonly fill: (write: WriteAt) => Promise<void>;
}

export class WeightFile {
  private readonly placements = new Map<string, Placement>();
  private end = 0;

  /** Size of the whole file, bytes. */
  get bytes(): number {
    return this.end;
  }

  /**
   * Reserves ranges of these lengths under a key, once: a second call with the key gives the same ranges.
   *
   * @param fill writes every byte of the ranges when the file is written.
   */
  place(key: string, lengths: readonly number[], fill: (write: WriteAt) => Promise<void>): readonly ExternalData[] {
    let placement = this.placements.get(key);
    if (placement === undefined) {
      const ranges = lengths.map((length) => {
        const offset = this.end;
        this.end = offset + Math.ceil(length / alignment) * alignment;
        return { location: weightFileName, offset, length };
      });
      placement = { ranges, fill };
      this.placements.set(key, placement);
    }
    return placement.ranges;
  }

  async write(file: FileHandle, { signal, onProgress }: Work): Promise<void> {
    await file.truncate(this.end);
    const total = [...this.placements.values()]
      .flatMap(({ ranges }) => ranges)
      .reduce((sum, { length }) => sum + length, 0);
    let done = 0;
    for (const { ranges, fill } of this.placements.values()) {
      await fill(async (index, offset, view) => {
        throwIfAborted(signal);
        const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
        await writeFully(file, bytes, ranges[index].offset + offset);
        done += bytes.length;
        onProgress?.({ stage: "preparing weights", done, total, unit: "bytes" });
      });
    }
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
