/** Base weights with an adapter merged in as they are read, a few rows at a time, so that memory stays bounded for large matrices. */
import type { WeightDtype, WeightSource } from "../../nn/weight-source.ts";

/** The product of two factors that is added to a weight. */
export interface Delta {
  /** `linear`: W [out, in] + scale * B [out, rank] A [rank, in]; `embedding`: W [rows, width] + scale * (B [width, rank] A [rank, rows])'. */
  readonly kind: "linear" | "embedding";
  readonly a: string;
  readonly b: string;
  readonly rank: number;
  readonly scale: number;
  /** DoRA: name of the magnitude vector [out]; each row of the sum is rescaled to that norm. */
  readonly magnitude?: string;
}

/** Where a tensor comes from, and what is added to it. */
export interface Change {
  readonly source: WeightSource;
  readonly sourceName: string;
  readonly delta?: Delta;
}

export class AdaptedWeights implements WeightSource {
  constructor(
    private readonly base: WeightSource,
    private readonly adapter: WeightSource,
    private readonly changes: ReadonlyMap<string, Change>,
  ) {}

  get names(): readonly string[] {
    return [...new Set([...this.base.names, ...this.changes.keys()])];
  }

  has(name: string): boolean {
    return this.changes.has(name) || this.base.has(name);
  }

  shape(name: string): readonly number[] {
    const { source, sourceName } = this.find(name);
    return source.shape(sourceName);
  }

  dtype(name: string): WeightDtype {
    const { source, sourceName, delta } = this.find(name);
    return delta === undefined ? source.dtype(sourceName) : "F32";
  }

  read(name: string): Promise<Float32Array<ArrayBuffer>> {
    return this.readRows(name, 0, this.shape(name)[0] ?? 1);
  }

  async readRows(name: string, start: number, count: number): Promise<Float32Array<ArrayBuffer>> {
    const { source, sourceName, delta } = this.find(name);
    const whole = source.shape(sourceName).length === 0;
    const rows = await (whole ? source.read(sourceName) : source.readRows(sourceName, start, count));
    if (delta === undefined || rows.length === 0) return rows;
    await (delta.kind === "linear" ? this.addLinear(rows, delta, start) : this.addEmbedding(rows, delta, start, count));
    return rows;
  }

  async readRaw(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { source, sourceName, delta } = this.find(name);
    if (delta === undefined) return source.readRaw(sourceName);
    return new Uint8Array((await this.read(name)).buffer);
  }

  private find(name: string): Change {
    return this.changes.get(name) ?? { source: this.base, sourceName: name };
  }

  /** Adds rows `start`... of scale * B * A to `rows` [n, in], in place. */
  private async addLinear(rows: Float32Array, { a: nameA, b: nameB, rank, scale, magnitude }: Delta, start: number) {
    const a = await this.adapter.read(nameA); // [rank, in]
    const inputs = a.length / rank;
    const count = rows.length / inputs;
    const b = await this.adapter.readRows(nameB, start, count); // [n, rank]
    const lengths = magnitude === undefined ? undefined : await this.adapter.read(magnitude);
    for (let row = 0; row < count; row++) {
      const target = rows.subarray(row * inputs, (row + 1) * inputs);
      for (let k = 0; k < rank; k++) {
        const factor = scale * b[row * rank + k];
        const from = k * inputs;
        for (let i = 0; i < inputs; i++) target[i] += factor * a[from + i];
      }
      if (lengths === undefined) continue;
      let squares = 0;
      for (let i = 0; i < inputs; i++) squares += target[i] * target[i];
      const rescale = lengths[start + row] / Math.sqrt(squares);
      for (let i = 0; i < inputs; i++) target[i] *= rescale;
    }
  }

  /** The same for rows of an embedding table: row i of (B A)' is the sum over k of A[k, i] times column k of B. */
  private async addEmbedding(
    rows: Float32Array,
    { a: nameA, b: nameB, rank, scale }: Delta,
    start: number,
    count: number,
  ) {
    const a = await this.adapter.read(nameA); // [rank, all rows]
    const b = await this.adapter.read(nameB); // [width, rank]
    const width = b.length / rank;
    const all = a.length / rank;
    for (let row = 0; row < count; row++) {
      for (let k = 0; k < rank; k++) {
        const factor = scale * a[k * all + start + row];
        for (let i = 0; i < width; i++) rows[row * width + i] += factor * b[i * rank + k];
      }
    }
  }
}
