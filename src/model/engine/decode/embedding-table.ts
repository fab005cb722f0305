/** Token embeddings read row by row from the prepared file: a prompt needs a few thousand rows of a table of hundreds of megabytes. */
import type { GemmaConfig } from "../../../nn/index.ts";
import type { EmbeddingRanges } from "../prepare/manifest.ts";
import { type PreparedStore, readRange, type WeightRanges } from "../prepare/store.ts";

export class EmbeddingTable {
  private constructor(
    private readonly file: WeightRanges,
    private readonly offset: number,
    private readonly scales: Float32Array | undefined,
    private readonly width: number,
  ) {}

  static async open(
    store: PreparedStore,
    { rows, scales }: EmbeddingRanges,
    { hiddenSize }: GemmaConfig,
  ): Promise<EmbeddingTable> {
    const file = await store.weights();
    try {
      const values = scales && new Float32Array(readRange(file, scales).buffer);
      return new EmbeddingTable(file, rows.offset, values, hiddenSize);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** `[ids, hidden]`, scaled by sqrt(hidden) as Gemma does; rows of ids below 0 are left zero for the caller to fill. */
  lookup(ids: Int32Array): Float32Array<ArrayBuffer> {
    const { width, scales } = this;
    const out = new Float32Array(ids.length * width);
    const factor = Math.fround(Math.sqrt(width));
    const rowBytes = width * (scales === undefined ? 4 : 1);
    const bytes = new Uint8Array(rowBytes);
    const row = scales === undefined ? new Float32Array(bytes.buffer) : new Int8Array(bytes.buffer);
    for (const [t, id] of ids.entries()) {
      if (id < 0) continue;
      this.file.readSync(this.offset + id * rowBytes, bytes);
      const scale = factor * (scales?.[id] ?? 1);
      for (let i = 0; i < width; i++) out[t * width + i] = row[i] * scale;
    }
    return out;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
