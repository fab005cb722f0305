/** Sums, means and maxima over axes; and the sum that reverses a broadcast. */
import { type Attributes, inferenceOnly, mismatch, type Node, notedInts, type Operator, type Value } from "../graph.ts";
import { multiplyDims, resolveAxis, type Shape } from "../shape.ts";
import { equal, mul } from "./elementwise.ts";
import { divideByCount, expandLike, reshape, reshapeLike, toFloat, unsqueeze } from "./layout.ts";
import { matmul } from "./matmul.ts";
import { slice } from "./select.ts";

const axesOf = (attributes: Attributes) => notedInts(attributes.axes);

function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return shape.flatMap((dim, i) => (axes.includes(i) ? (keep ? [1] : []) : [dim]));
}

/** The gradient of a reduced output, expanded to the rank of the input. */
function restoreRank(node: Node, gradient: Value): Value {
  return node.attributes.keepdims === 1 ? gradient : unsqueeze(gradient, axesOf(node.attributes));
}

function reduction(type: string, gradient: Operator["gradient"]): Operator {
  return {
    type,
    infer([x], attributes) {
      const axes = axesOf(attributes);
      if (axes.some((axis) => axis < 0 || axis >= x!.rank))
        throw mismatch(type, [x], `axes below the input's rank, not ${axes}`);
      return [{ dtype: x!.dtype, shape: reducedShape(x!.shape, axes, attributes.keepdims === 1) }];
    },
    gradient,
  };
}

const reduceSumOp = reduction("ReduceSum", (node, [dy]) => [expandLike(restoreRank(node, dy!), node.inputs[0]!)]);

const reduceMeanOp = reduction("ReduceMean", (node, [dy]) => {
  const x = node.inputs[0]!;
  return [expandLike(divideByCount(restoreRank(node, dy!), x, axesOf(node.attributes)), x)];
});

// Every tied maximum gets the full gradient: in these models (maxima of images and scores) ties do not matter.
const reduceMaxOp = reduction("ReduceMax", (node, [dy]) => {
  const x = node.inputs[0]!;
  const y = restoreRank(node, node.outputs[0]);
  return [mul(toFloat(equal(x, y)), restoreRank(node, dy!))];
});

function reduce(operator: Operator, x: Value, axes: readonly number[], keepdims: boolean): Value {
  const resolved = axes.map((axis) => resolveAxis(axis, x.rank));
  return x.graph.apply(operator, [x, x.graph.ints(resolved)], {
    axes: inferenceOnly(resolved),
    keepdims: keepdims ? 1 : 0,
  })[0];
}

/** Sum over the given axes. */
export const reduceSum = (x: Value, axes: readonly number[], keepdims = false) =>
  reduce(reduceSumOp, x, axes, keepdims);
/** Mean over the given axes. */
export const reduceMean = (x: Value, axes: readonly number[], keepdims = false) =>
  reduce(reduceMeanOp, x, axes, keepdims);
/** Maximum over the given axes. */
export const reduceMax = (x: Value, axes: readonly number[], keepdims = false) =>
  reduce(reduceMaxOp, x, axes, keepdims);

/** Sums `gradient` over the axes along which `source` was broadcast to the gradient's shape. */
export function sumToShapeOf(gradient: Value, source: Value): Value {
  const lead = gradient.rank - source.rank;
  const axes = gradient.shape.flatMap((dim, i) => (i < lead || (source.shape[i - lead] === 1 && dim !== 1) ? [i] : []));
  if (axes.length === 0) return gradient;
  if (source.rank === 1 && gradient.shape.at(-1) === source.shape[0]) return sumRows(gradient);
  const summed = reduceSum(gradient, axes, true);
  return lead === 0 ? summed : reshapeLike(summed, source);
}

/**
 * `[..., n] -> [n]`: the gradient of a bias. Written as a row of ones times a matrix, because ONNX Runtime sums over leading axes on one
 * thread but multiplies on all; ones on the left, because that product reads the matrix once and needs no packing.
 */
function sumRows(x: Value): Value {
  const n = x.shape.at(-1)!;
  const count = multiplyDims(x.shape.slice(0, -1));
  const rows = reshape(x, [count, n]);
  const ones = expandLike(x.graph.constant("one", "float32", [1, 1], Float32Array.of(1)), slice(rows, 1, 0, 1));
  return reshape(matmul(reshape(ones, [1, count]), rows), [n]);
}
