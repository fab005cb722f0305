/**
 * A linear layer in 8-bit integers: `DynamicQuantizeMatMul` rounds its input to unsigned 8 bits with one scale for the whole tensor,
 * which a residual stream with outliers does not survive. Dividing every row by its largest magnitude first makes that one scale a scale
 * per row, at the cost of two passes over the input and one over the output, and keeps the fastest integer kernel of the runtime.
 */

import { mismatch } from "../../graph/graph.ts";
import { abs, add, div, mul, type Operator, reduceMax, type Value } from "../../graph/index.ts";

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
