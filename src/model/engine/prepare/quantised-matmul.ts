/**
 * A linear layer in 8-bit integers: `DynamicQuantizeMatMul` rounds its input to unsigned 8 bits with one scale for the whole tensor,
 * which loses too much accuracy on a residual stream with outliers. Dividing every row by its largest magnitude first makes that one scale a scale
 * per row, at the cost of two passes over the input and one over the output, and keeps the fastest integer kernel of the runtime.
 */

import { mismatch } from "../../../graph/graph.ts";
import {
  abs,
  add,
  cast,
  concat,
  div,
  mul,
  multiplyDims,
  type Operator,
  reduceMax,
  reshape,
  slice,
  transpose,
  type Value,
} from "../../../graph/index.ts";

const dynamicQuantizeMatMul: Operator = {
  type: "DynamicQuantizeMatMul",
  domain: "com.microsoft",
  infer(inputs) {
    const [x, w, scales] = inputs as Value[];
    if (x.shape.at(-1) !== w.shape[0] || w.rank !== 2 || scales.shape[0] !== w.shape[1])
      throw mismatch("DynamicQuantizeMatMul", inputs, "[..., k], int8 [k, n] and scales [n]");
    return [{ dtype: "float32", shape: [...x.shape.slice(0, -1), w.shape[1]] }];
  },
};

/** Avoids division by zero for rows of zeros; far below any activation. */
const tiny = 1e-20;

/** `x` f32 `[..., in]` times int8 `[in, out]` with f32 scales `[out]`: `[..., out]`. */
export function quantisedMatmul(x: Value, weights: Value, scales: Value): Value {
  const largest = add(reduceMax(abs(x), [-1], true), tiny);
  return mul(x.graph.apply(dynamicQuantizeMatMul, [div(x, largest), weights, scales])[0], largest);
}

const nibbleOp = (type: "BitwiseAnd" | "BitShift"): Operator => ({
  type,
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
});
const bitwiseAnd = nibbleOp("BitwiseAnd");
const bitShift = nibbleOp("BitShift");

/** One scale for each entry of the first axis. */
const dequantizeLinear: Operator = {
  type: "DequantizeLinear",
  infer: ([q]) => [{ dtype: "float32", shape: q!.shape }],
};
const quantizeLinear: Operator = {
  type: "QuantizeLinear",
  infer: ([x]) => [{ dtype: "int8", shape: x!.shape }],
};

/** Number of elements, int64 `[]`. */
const sizeOp: Operator = { type: "Size", infer: () => [{ dtype: "int64", shape: [] }] };

/**
 * A constant that depends on `x`, so that the runtime cannot dequantise every layer up front. Otherwise it would convert the weights of many layers
 * in advance and keep all of them in memory.
 */
const notBefore = (x: Value, value: number) => cast(add(mul(x.graph.apply(sizeOp, [x])[0], 0), value), "uint8");

export interface BlockWeights {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** uint8 `[out * blocks, blockSize / 2]`: two weights per byte, those of even columns in the low nibbles. */
  readonly packed: Value;
  /** f32 `[out * blocks]`. */
  readonly scales: Value;
  /** uint8 `[out * blocks]`: the zero point. */
  readonly zero: Value;
  /** f32 `[out]`: the scale of each row in 8 bits. */
  readonly rowScales: Value;
}

/**
 * A linear layer whose 4-bit weights are converted to 8 bits when it runs. For hundreds of rows the 8-bit product is so much faster than the
 * 4-bit one that the conversion pays off, and no 8-bit copy of the model has to stay in memory. Low and high nibbles are converted separately,
 * with operators that the runtime has vectorised, so weights of even columns come first; the input's columns are reordered to match.
 */
export function requantisedMatmul(x: Value, weights: BlockWeights): Value {
  const { inFeatures, outFeatures, packed, scales, zero, rowScales } = weights;
  const g = x.graph;
  const zeros = g.constant("zeros", "int8", [outFeatures], new Int8Array(outFeatures));
  const columns = (multiplyDims(packed.shape) as number) / outFeatures;
  const bytesOf = (half: Value) => {
    const floats = reshape(g.apply(dequantizeLinear, [half, scales, zero], { axis: 0 })[0], [outFeatures, columns]);
    const bytes = transpose(g.apply(quantizeLinear, [floats, rowScales, zeros], { axis: 0 })[0], [1, 0]);
    return columns === inFeatures / 2 ? bytes : slice(bytes, 0, 0, inFeatures / 2);
  };
  const low = g.apply(bitwiseAnd, [packed, notBefore(x, 15)])[0];
  const high = g.apply(bitShift, [packed, notBefore(x, 4)], {
    direction: "RIGHT",
  })[0];
  const evenFirst = concat([bytesOf(low), bytesOf(high)], 0); // [in, out]
  const outer = x.shape.slice(0, -1);
  const pairs = reshape(x, [...outer, inFeatures / 2, 2]);
  const order = [...outer.keys(), outer.length + 1, outer.length];
  const columnsEvenFirst = reshape(transpose(pairs, order), [...outer, inFeatures]);
  return quantisedMatmul(columnsEvenFirst, evenFirst, rowScales);
}
