/**
 * Weights as constants in a prepared model's file, each linear layer in the form its precision runs best:
 *
 * - `f32`: unchanged.
 * - `int8`: 8-bit weights, one scale per output channel; activations rounded to 8 bits row by row.
 * - `int4`: 4-bit weights in blocks; activations rounded to 8 bits block by block (inside the runtime's kernel).
 *
 * Norms, biases, position embeddings, the patch embedding and the projector stay f32 in all of them: they are small,
 * and their accuracy matters.
 */
import {
  add,
  cast,
  type ExternalData,
  type Graph,
  gather,
  matMulNBits,
  matmul,
  mul,
  type Value,
} from "../../../graph/index.ts";
import type { WeightSource, Weights } from "../../../nn/index.ts";
import { quantiseBlocks, quantiseBlocks8, quantiseRows } from "./quantise.ts";
import { quantisedMatmul, requantisedMatmul } from "./quantised-matmul.ts";
import { pieceElements, type WeightFile } from "./weight-file.ts";

/** How a model in this process computes its linear layers; see the top of this file. */
export type Precision = "f32" | "int8" | "int4";

/**
 * How linear layers are computed. `int4 as int8` computes with the 4-bit weights in 8-bit integers, for many rows at a time. `int4 as float` and
 * `int8 blocks` are for devices: weights in blocks, activations as they are.
 */
export type WeightForm = Precision | "int4 as int8" | "int4 as float" | "int8 blocks";

/** Number of int4 weights that share a scale; 64 is only slightly slower than 128 and more accurate. */
export const int4Block = 64;

/** Constants this small are inside the graph, where the runtime can fold them. */
const inlineElements = 16_384;

export interface WeightPlacement {
  readonly source: WeightSource;
  readonly file: WeightFile;
  /** Largest magnitude of an 8-bit weight: 127, or 63 where the processor's 16-bit sums saturate (see `saturation.ts`). */
  readonly largestInt8: number;
}

export interface InferenceWeightsOptions extends WeightPlacement {
  readonly graph: Graph;
  readonly form: WeightForm;
  /** Tensors small enough to be stored in the graph, read before it is built. */
  readonly small: ReadonlyMap<string, Float32Array>;
}

/** The tensors of a source that will be stored in the graph. */
export async function readSmallTensors(source: WeightSource): Promise<Map<string, Float32Array>> {
  const small = new Map<string, Float32Array>();
  for (const name of source.names) {
    if (elements(source.shape(name)) <= inlineElements) small.set(name, await source.read(name));
  }
  return small;
}

const elements = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

export function inferenceWeights(options: InferenceWeightsOptions): Weights {
  const { graph, form } = options;
  const values = new Map<string, Value>();
  const once = (key: string, make: () => Value) => {
    let value = values.get(key);
    if (value === undefined) {
      value = make();
      values.set(key, value);
    }
    return value;
  };
  const tensor = (name: string, shape: readonly number[]) =>
    once(name, () => {
      const inline = options.small.get(name);
      return graph.constant(name, "float32", shape, inline ?? placeFloats(options, name));
    });
  const blockProduct =
    (bits: 4 | 8, accuracyLevel: 0 | 4) => (x: Value, name: string, inFeatures: number, outFeatures: number) => {
      const blocks = Math.ceil(inFeatures / int4Block);
      const [packed, scales] =
        bits === 4 ? placeInt4(options, `${name}.weight`) : placeInt8Blocks(options, `${name}.weight`);
      return matMulNBits(
        x,
        once(`${name}.int${bits}`, () =>
          graph.constant(`${name}.int${bits}`, "uint8", [outFeatures, blocks, (int4Block * bits) / 8], packed),
        ),
        once(`${name}.scales`, () => graph.constant(`${name}.scales`, "float32", [outFeatures * blocks], scales)),
        { K: inFeatures, N: outFeatures, bits, blockSize: int4Block, accuracyLevel },
      );
    };
  const product = {
    f32: (x: Value, name: string, inFeatures: number, outFeatures: number) =>
      matmul(x, tensor(`${name}.weight`, [outFeatures, inFeatures]), { transB: true }),
    int8(x: Value, name: string, inFeatures: number, outFeatures: number) {
      const [q, scales] = placeInt8(options, `${name}.weight`);
      return quantisedMatmul(
        x,
        once(`${name}.int8`, () => graph.constant(`${name}.int8`, "int8", [inFeatures, outFeatures], q)),
        once(`${name}.scales`, () => graph.constant(`${name}.scales`, "float32", [outFeatures], scales)),
      );
    },
    int4: blockProduct(4, 4),
    "int4 as float": blockProduct(4, 0),
    "int8 blocks": blockProduct(8, 0),
    "int4 as int8"(x: Value, name: string, inFeatures: number, outFeatures: number) {
      const blocks = Math.ceil(inFeatures / int4Block);
      const [packed, scales, rowScales] = placeInt4(options, `${name}.weight`);
      const count = outFeatures * blocks;
      return requantisedMatmul(x, {
        inFeatures,
        outFeatures,
        packed: graph.constant(`${name}.int4`, "uint8", [count, int4Block / 2], packed),
        scales: graph.constant(`${name}.scales`, "float32", [count], scales),
        rowScales: graph.constant(`${name}.rowScales`, "float32", [outFeatures], rowScales),
        zero: once(`eights.${count}`, () => graph.constant("eights", "uint8", [count], placeEights(options, count))),
      });
    },
  }[form];
  return {
    tensor,
    linear(x, name, inFeatures, outFeatures, bias) {
      const y = product(x, name, inFeatures, outFeatures);
      return bias ? add(y, tensor(`${name}.bias`, [outFeatures])) : y;
    },
    embedding(ids, name, rows, width) {
      if (form === "f32") return gather(tensor(`${name}.weight`, [rows, width]), ids);
      const [q, scales] = placeInt8Rows(options, `${name}.weight`);
      const table = graph.constant(`${name}.rows`, "int8", [rows, width], q);
      const rowScales = graph.constant(`${name}.rowScales`, "float32", [rows, 1], scales);
      return mul(cast(gather(table, ids), "float32"), gather(rowScales, ids));
    },
  };
}

/** An unmodified tensor; returns its range in the file. */
export function placeFloats({ source, file }: WeightPlacement, name: string): ExternalData {
  const size = elements(source.shape(name));
  return file.place(`${name} f32`, [size * 4], (write) =>
    eachPiece(source, name, (rows, start, width) => write(0, start * width * 4, rows)),
  )[0];
}

/** A matrix `[out, in]` as int8 rows and one f32 scale per row: ranges of the numbers and of the scales. */
export function placeInt8Rows({ source, file }: WeightPlacement, name: string): readonly ExternalData[] {
  const [rows, width] = source.shape(name);
  return file.place(`${name} int8 rows`, [rows * width, rows * 4], (write) =>
    eachPiece(source, name, async (values, start) => {
      const { q, scales } = quantiseRows(values, width, 127);
      await write(0, start * width, q);
      await write(1, start * 4, scales);
    }),
  );
}

/** A matrix `[out, in]` as int8 `[in, out]`, the layout of the integer kernels, and one f32 scale per output. */
function placeInt8({ source, file, largestInt8 }: WeightPlacement, name: string): readonly ExternalData[] {
  const [out, width] = source.shape(name);
  return file.place(`${name} int8`, [out * width, out * 4], (write) =>
    eachPiece(source, name, async (values, start) => {
      const { q, scales } = quantiseRows(values, width, largestInt8);
      await write(1, start * 4, scales);
      const count = scales.length;
      const columns = new Int8Array(q.length);
      for (let r = 0; r < count; r++) for (let c = 0; c < width; c++) columns[c * count + r] = q[r * width + c];
      if (count === out) return write(0, 0, columns);
      for (let c = 0; c < width; c++) await write(0, c * out + start, columns.subarray(c * count, (c + 1) * count));
    }),
  );
}

/**
 * A matrix `[out, in]` in blocks of 4-bit numbers: ranges of the packed numbers, of the f32 scales, and of one scale
 * per row for the conversion to 8 bits.
 */
function placeInt4({ source, file, largestInt8 }: WeightPlacement, name: string): readonly ExternalData[] {
  const [rows, width] = source.shape(name);
  const blocks = Math.ceil(width / int4Block);
  const rowBytes = (blocks * int4Block) / 2;
  return file.place(`${name} int4`, [rows * rowBytes, rows * blocks * 4, rows * 4], (write) =>
    eachPiece(source, name, async (values, start) => {
      const { packed, scales } = quantiseBlocks(values, width, int4Block);
      await write(0, start * rowBytes, packed);
      await write(1, start * blocks * 4, scales);
      const largest = Float32Array.from({ length: values.length / width }, (_, r) =>
        scales.subarray(r * blocks, (r + 1) * blocks).reduce((a, b) => Math.max(a, b)),
      );
      // The largest magnitude of a 4-bit weight is 8 times its block's scale.
      await write(
        2,
        start * 4,
        largest.map((scale) => (8 * scale) / largestInt8),
      );
    }),
  );
}

/** A matrix `[out, in]` in blocks of eight-bit numbers: ranges of the numbers and of their f32 scales. */
function placeInt8Blocks({ source, file }: WeightPlacement, name: string): readonly ExternalData[] {
  const [rows, width] = source.shape(name);
  const blocks = Math.ceil(width / int4Block);
  const rowBytes = blocks * int4Block;
  return file.place(`${name} int8 blocks`, [rows * rowBytes, rows * blocks * 4], (write) =>
    eachPiece(source, name, async (values, start) => {
      const { q, scales } = quantiseBlocks8(values, width, int4Block);
      await write(0, start * rowBytes, q);
      await write(1, start * blocks * 4, scales);
    }),
  );
}

/** Bytes of value 8, the zero point of every block. */
function placeEights({ file }: WeightPlacement, count: number): ExternalData {
  return file.place(`eights ${count}`, [count], (write) => write(0, 0, new Uint8Array(count).fill(8)))[0];
}

/** Reads a tensor in groups of rows of bounded size. */
async function eachPiece(
  source: WeightSource,
  name: string,
  use: (rows: Float32Array, start: number, width: number) => Promise<void>,
): Promise<void> {
  const [rows, ...rest] = source.shape(name);
  const width = elements(rest);
  const atOnce = Math.max(1, Math.floor(pieceElements / width));
  for (let start = 0; start < rows; start += atOnce) {
    await use(await source.readRows(name, start, Math.min(atOnce, rows - start)), start, width);
  }
}
