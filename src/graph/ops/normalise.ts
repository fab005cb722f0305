/** Softmax, and the two norms of these models, as fused operators of the runtime. */
import { mismatch, type Operator, type Value } from "../graph.ts";
import { resolveAxis } from "../shape.ts";
import { exp, mul, sub } from "./elementwise.ts";
import { reduceMean, reduceSum, sumToShapeOf } from "./reduce.ts";

const softmaxOp: Operator = {
  type: "Softmax",
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  gradient(node, [dy]) {
    const y = node.outputs[0];
    const weighted = mul(dy!, y);
    return [sub(weighted, mul(y, reduceSum(weighted, [node.attributes.axis as number], true)))];
  },
};

/** Softmax along an axis. */
export const softmax = (x: Value, axis = -1) => x.graph.apply(softmaxOp, [x], { axis: resolveAxis(axis, x.rank) })[0];

const logSoftmaxOp: Operator = {
  type: "LogSoftmax",
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  gradient(node, [dy]) {
    return [sub(dy!, mul(exp(node.outputs[0]), reduceSum(dy!, [node.attributes.axis as number], true)))];
  },
};

/** Natural logarithm of the softmax along an axis, computed stably. */
export const logSoftmax = (x: Value, axis = -1) =>
  x.graph.apply(logSoftmaxOp, [x], { axis: resolveAxis(axis, x.rank) })[0];

function requireScale(type: string, x: Value, vectors: readonly Value[]): void {
  if (vectors.some((v) => v.rank !== 1 || v.shape[0] !== x.shape.at(-1))) {
    throw mismatch(type, [x, ...vectors], "vectors of the size of the last axis");
  }
}

const layerNormOp: Operator = {
  type: "LayerNormalization",
  infer(inputs) {
    const [x, scale, bias] = inputs as Value[];
    requireScale("LayerNormalization", x, [scale, bias]);
    const statistics = [...x.shape.slice(0, -1), 1];
    return [x, { dtype: x.dtype, shape: statistics }, { dtype: x.dtype, shape: statistics }];
  },
  gradient(node, [dy]) {
    const [x, scale, bias] = node.inputs as Value[];
    const [, mean, inverseDeviation] = node.outputs;
    const normal = mul(sub(x, mean), inverseDeviation);
    const scaled = mul(dy!, scale);
    const centred = sub(
      sub(scaled, reduceMean(scaled, [-1], true)),
      mul(normal, reduceMean(mul(scaled, normal), [-1], true)),
    );
    return [mul(centred, inverseDeviation), sumToShapeOf(mul(dy!, normal), scale), sumToShapeOf(dy!, bias)];
  },
};

/** Layer normalisation over the last axis. */
export const layerNorm = (x: Value, scale: Value, bias: Value, epsilon: number) =>
  x.graph.apply(layerNormOp, [x, scale, bias], { axis: -1, epsilon: { float: epsilon } })[0];

const rmsNormOp: Operator = {
  // The runtime registers this operator in the default ONNX domain, although the ONNX standard does not define it.
  type: "SimplifiedLayerNormalization",
  infer(inputs) {
    const [x, scale] = inputs as Value[];
    requireScale("SimplifiedLayerNormalization", x, [scale]);
    return [x, { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] }];
  },
  gradient(node, [dy]) {
    const [x, scale] = node.inputs as Value[];
    const inverse = node.outputs[1];
    const normal = mul(x, inverse);
    const scaled = mul(dy!, scale);
    const dx = mul(sub(scaled, mul(normal, reduceMean(mul(scaled, normal), [-1], true))), inverse);
    return [dx, sumToShapeOf(mul(dy!, normal), scale)];
  },
};

/** Root-mean-square normalisation over the last axis times `scale` (Zhang and Sennrich 2019). Gemma's scale is `1 + weight`. */
export const rmsNorm = (x: Value, scale: Value, epsilon: number) =>
  x.graph.apply(rmsNormOp, [x, scale], { axis: -1, epsilon: { float: epsilon }, stash_type: 1 })[0];
