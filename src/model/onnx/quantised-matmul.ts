/**
 * A linear layer in 8-bit integers: `DynamicQuantizeMatMul` rounds its input to unsigned 8 bits with one scale for the whole tensor,
 * which a residual stream with outliers does not survive. Dividing every row by its largest magnitude first makes that one scale a scale
 * per row, at the cost of two passes over the input and one over the output, and keeps the fastest integer kernel of the runtime.
 */

import { mismatch } from "../../graph/graph.ts";
import { abs, add, div, mul, type Operator, reduceMax, slice, transpose, type Value } from "../../graph/index.ts";

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

/** Keeps a row of zeros from dividing by zero; far below any activation. */
const tiny = 1e-20;

/** `x` f32 `[..., in]` times int8 `[in, out]` with f32 scales `[out]`: `[..., out]`. */
export function quantisedMatmul(x: Value, weights: Value, scales: Value): Value {
  const largest = add(reduceMax(abs(x), [-1], true), tiny);
  return mul(x.graph.apply(dynamicQuantizeMatMul, [div(x, largest), weights, scales])[0], largest);
}

const dequantizeLinear: Operator = {
  type: "DequantizeLinear",
  infer(inputs, { block_size }) {
    const [q, scales] = inputs as Value[];
    if (q.shape[1] !== (scales.shape[1] as number) * (block_size as number))
      throw mismatch("DequantizeLinear", inputs, `one scale for ${block_size} columns`);
    return [{ dtype: "float32", shape: q.shape }];
  },
};

const quantizeLinear: Operator = {
  type: "QuantizeLinear",
  infer: ([x]) => [{ dtype: "int8", shape: x!.shape }],
};

export interface BlockWeights {
  readonly inFeatures: number;
  /** uint4 `[out, blocks * blockSize]`. */
  readonly packed: Value;
  /** f32 `[out, blocks]`. */
  readonly scales: Value;
  /** uint4 `[out, blocks]`: the number that stands for zero. */
  readonly zero: Value;
  /** f32 `[out]`: the scale of the row in 8 bits. */
  readonly rowScales: Value;
  readonly blockSize: number;
}

/**
 * A linear layer whose 4-bit weights become 8-bit ones when it runs. For hundreds of rows the integer product is so much faster than the
 * 4-bit one that the conversion pays, and no 8-bit copy of the model has to stay in memory.
 */
export function requantisedMatmul(
  x: Value,
  { inFeatures, packed, scales, zero, rowScales, blockSize }: BlockWeights,
): Value {
  const g = x.graph;
  const floats = g.apply(dequantizeLinear, [packed, scales, zero], { axis: 1, block_size: blockSize })[0];
  const zeros = g.constant(
    "zeros",
    "int8",
    [rowScales.shape[0] as number],
    new Int8Array(rowScales.shape[0] as number),
  );
  const bytes = transpose(g.apply(quantizeLinear, [floats, rowScales, zeros], { axis: 0 })[0], [1, 0]);
  const weights = bytes.shape[0] === inFeatures ? bytes : slice(bytes, 0, 0, inFeatures);
  return quantisedMatmul(x, weights, rowScales);
}
