/** Integer arithmetic for inference; none of these is differentiated. */
import { mismatch, type Operator, type Value } from "../graph.ts";

const matMulIntegerOp: Operator = {
  type: "MatMulInteger",
  infer(inputs) {
    const [a, b] = inputs as Value[];
    if (a.shape.at(-1) !== b.shape.at(-2) || b.rank !== 2)
      throw mismatch("MatMulInteger", inputs, "[..., m, k] x [k, n]");
    return [{ dtype: "int32", shape: [...a.shape.slice(0, -1), b.shape[1]] }];
  },
};

/** Exact int32 product of (a - aZeroPoint) and b; a uint8 or int8, b int8 [k, n]. */
export const matMulInteger = (a: Value, b: Value, aZeroPoint?: Value) =>
  a.graph.apply(matMulIntegerOp, aZeroPoint === undefined ? [a, b] : [a, b, aZeroPoint])[0];

const matMulNBitsOp: Operator = {
  type: "MatMulNBits",
  domain: "com.microsoft",
  infer(inputs, { K, N }) {
    const [a, b] = inputs as Value[];
    if (a.shape.at(-1) !== K || b.rank !== 3 || b.shape[0] !== N)
      throw mismatch("MatMulNBits", inputs, `[..., ${K}] and packed [${N}, blocks, bytes]`);
    return [{ dtype: a.dtype, shape: [...a.shape.slice(0, -1), N as number] }];
  },
};

/**
 * Options of ONNX Runtime's MatMulNBits: a product with a matrix of 4-bit or 8-bit weights, quantised in blocks along the input.
 */
export interface MatMulNBitsOptions {
  /** Input features. */
  K: number;
  /** Output features. */
  N: number;
  bits: 4 | 8;
  /** Input features that share one scale: a power of two, at least 16. */
  blockSize: number;
  /** Accuracy level: 0 computes in float32, 4 quantises activations to int8 per block. */
  accuracyLevel: 0 | 4;
}

/** `a` [..., K] times block-quantised weights: packed uint8 [N, K/block, block*bits/8], scales float32 [N * K/block]. */
export const matMulNBits = (
  a: Value,
  packed: Value,
  scales: Value,
  { K, N, bits, blockSize, accuracyLevel }: MatMulNBitsOptions,
) =>
  a.graph.apply(matMulNBitsOp, [a, packed, scales], {
    K,
    N,
    bits,
    block_size: blockSize,
    accuracy_level: accuracyLevel,
  })[0];
