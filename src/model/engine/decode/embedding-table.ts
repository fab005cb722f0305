/** Token embeddings read row by row from the prepared file: a prompt needs a few thousand rows of a table of hundreds of megabytes. */
import { readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { ExternalData } from "../../../graph/index.ts";
import type { GemmaConfig } from "../../../nn/index.ts";

/** Where the table stands in the prepared model's weight file. */
export interface EmbeddingRanges {
  readonly rows: ExternalData;
  /** One f32 a row where the rows are int8; undefined where they are f32. */
  readonly scales?: ExternalData;
}

export class EmbeddingTable {
  private constructor(
    private readonly file: FileHandle,
    private readonly rows: ExternalData,
    private readonly scales: Float32Array | undefined,
    private readonly width: number,
  ) {}

  static async open(
    folder: string,
    { rows, scales }: EmbeddingRanges,
    { hiddenSize }: GemmaConfig,
  ): Promise<EmbeddingTable> {
    const file = await open(join(folder, rows.location), "r");
    let values: Float32Array | undefined;
    if (scales !== undefined) {
      values = new Float32Array(scales.length / 4);
      await file.read(new Uint8Array(values.buffer), 0, scales.length, scales.offset);
    }
    return new EmbeddingTable(file, rows, values, hiddenSize);
  }

  /** `[ids, hidden]`, scaled by sqrt(hidden) as Gemma does; rows of ids below 0 are left zero for the caller to fill. */
  async lookup(ids: Int32Array): Promise<Float32Array<ArrayBuffer>> {
    const { width, scales } = this;
    const out = new Float32Array(ids.length * width);
    const factor = Math.fround(Math.sqrt(width));
    const rowBytes = width * (scales === undefined ? 4 : 1);
    const bytes = new Uint8Array(rowBytes);
    const row = scales === undefined ? new Float32Array(bytes.buffer) : new Int8Array(bytes.buffer);
    for (const [t, id] of ids.entries()) {
      if (id < 0) continue;
      // A row is a few kilobytes of a file the system holds: waiting for the thread pool takes eight times as long as reading it.
      readSync(this.file.fd, bytes, 0, rowBytes, this.rows.offset + id * rowBytes);
      const scale = factor * (scales?.[id] ?? 1);
      for (let i = 0; i < width; i++) out[t * width + i] = row[i] * scale;
    }
    return out;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
