/** Operators that move elements without changing them: reshape, expand, transpose, concatenation, splits, and shapes at run time. */
import { inferenceOnly, mismatch, noted, notedInts, type Operator, requireSameDType, type Value } from "../graph.ts";
import { addDims, broadcastShapes, type Dim, divideDims, multiplyDims, resolveAxis, type Shape } from "../shape.ts";
import { cast, div } from "./elementwise.ts";
import { sumToShapeOf } from "./reduce.ts";
import { gather, slice } from "./select.ts";

const shapeOp: Operator = { type: "Shape", infer: ([x]) => [{ dtype: "int64", shape: [x!.rank] }] };

/** The run-time shape, int64 `[rank]`. */
export const shapeOf = (x: Value) => x.graph.apply(shapeOp, [x])[0];

/** Casts to float32. */
export const toFloat = (x: Value) => cast(x, "float32");

const reshapeOp: Operator = {
  type: "Reshape",
  infer: ([x], attributes) => [{ dtype: x!.dtype, shape: noted(attributes.target) }],
  fold: ([x]) => x.data,
  gradient: (node, [dy]) => [reshapeLike(dy!, node.inputs[0]!)],
};

/**
 * Reshapes to `target`; its product must be the input's. At most one dimension may be absent from the input's own dimensions.
 */
export function reshape(x: Value, target: Shape): Value {
  if (divideDims(multiplyDims(x.shape), multiplyDims(target)) !== 1) {
    throw mismatch("Reshape", [x], `as many elements as [${target.join(", ")}]`);
  }
  const g = x.graph;
  const attributes = { target: inferenceOnly(target) };
  const plan = target.map((dim, i) => (typeof dim === "number" ? dim : dim === x.shape[i] ? 0 : undefined));
  const open = plan.filter((p) => p === undefined).length;
  if (open <= 1) return g.apply(reshapeOp, [x, g.ints(plan.map((p) => p ?? -1))], attributes)[0];
  // Several symbols change position: read them from the input's shape at run time.
  const shape = shapeOf(x);
  let inferred = false;
  const pieces = target.map((dim) => {
    if (typeof dim === "number") return g.ints([dim]);
    const at = x.shape.indexOf(dim);
    if (at >= 0) return slice(shape, 0, at, at + 1);
    if (inferred)
      throw mismatch(
        "Reshape",
        [x],
        `[${target.join(", ")}] with at most one dimension that does not occur in the input`,
      );
    inferred = true;
    return g.ints([-1]);
  });
  return g.apply(reshapeOp, [x, concat(pieces, 0)], attributes)[0];
}

/** Splits one axis into two with the lengths of two axes of `like`; their product must equal the axis. */
export function splitAxisLike(x: Value, axis: number, like: Value, likeAxes: readonly [number, number]): Value {
  const at = resolveAxis(axis, x.rank);
  const [outer, inner] = likeAxes.map((a) => like.shape[a]);
  if (multiplyDims([outer, inner]) !== x.shape[at])
    throw mismatch(
      "Reshape",
      [x, like],
      `axis ${at} of the same size as axes ${likeAxes.join(" and ")} of the second input`,
    );
  const target = [...x.shape.slice(0, at), outer, inner, ...x.shape.slice(at + 1)];
  const own = shapeOf(x);
  const other = shapeOf(like);
  const pieces = [
    slice(own, 0, 0, at),
    ...likeAxes.map((a) => slice(other, 0, a, a + 1)),
    slice(own, 0, at + 1, x.rank),
  ].filter(({ shape }) => shape[0] !== 0);
  return x.graph.apply(reshapeOp, [x, concat(pieces, 0)], { target: inferenceOnly(target) })[0];
}

/** Reshapes to the run-time shape of another value with the same number of elements. */
export function reshapeLike(x: Value, like: Value): Value {
  return x.graph.apply(reshapeOp, [x, shapeOf(like)], { target: inferenceOnly(like.shape) })[0];
}

const expandOp: Operator = {
  type: "Expand",
  infer(inputs, attributes) {
    const target = noted(attributes.target);
    const shape = broadcastShapes(inputs[0]!.shape, target);
    if (shape === undefined)
      throw mismatch("Expand", [inputs[0]], `a shape that can be broadcast to [${target.join(", ")}]`);
    return [{ dtype: inputs[0]!.dtype, shape }];
  },
  gradient: (node, [dy]) => [sumToShapeOf(dy!, node.inputs[0]!)],
};

/** Broadcasts to the run-time shape of `like`. */
export function expandLike(x: Value, like: Value): Value {
  if (x.rank === like.rank && x.shape.every((dim, i) => dim === like.shape[i])) return x;
  return x.graph.apply(expandOp, [x, shapeOf(like)], { target: inferenceOnly(like.shape) })[0];
}

/** Divides by the number of elements of `x` along `axes`. */
export function divideByCount(gradient: Value, x: Value, axes: readonly number[]): Value {
  const count = multiplyDims(axes.map((axis) => x.shape[axis]));
  if (typeof count === "number") return div(gradient, count);
  const g = x.graph;
  const sizes = gather(shapeOf(x), g.ints(axes), 0);
  return div(gradient, toFloat(g.apply(reduceProdOp, [sizes], { keepdims: 0 })[0]));
}

const reduceProdOp: Operator = { type: "ReduceProd", infer: ([x]) => [{ dtype: x!.dtype, shape: [] }] };

const transposeOp: Operator = {
  type: "Transpose",
  infer([x], attributes) {
    const perm = attributes.perm as readonly number[];
    if (perm.length !== x!.rank) throw mismatch("Transpose", [x], `rank ${perm.length}`);
    return [{ dtype: x!.dtype, shape: perm.map((axis) => x!.shape[axis]) }];
  },
  gradient(node, [dy]) {
    const perm = node.attributes.perm as readonly number[];
    return [
      transpose(
        dy!,
        perm.map((_, i) => perm.indexOf(i)),
      ),
    ];
  },
};

/** Permutes the axes: output axis i is input axis `perm[i]`. */
export const transpose = (x: Value, perm: readonly number[]) => x.graph.apply(transposeOp, [x], { perm })[0];

const unsqueezeOp: Operator = {
  type: "Unsqueeze",
  infer([x], attributes) {
    const axes = notedInts(attributes.axes);
    const shape: Dim[] = [...x!.shape];
    for (const axis of axes) shape.splice(axis, 0, 1);
    return [{ dtype: x!.dtype, shape }];
  },
  gradient: (node, [dy]) => [squeeze(dy!, notedInts(node.attributes.axes))],
};

/** Inserts axes of size 1 at these (ascending, non-negative) positions of the result. */
export const unsqueeze = (x: Value, axes: readonly number[]) =>
  x.graph.apply(unsqueezeOp, [x, x.graph.ints(axes)], { axes: inferenceOnly(axes) })[0];

const squeezeOp: Operator = {
  type: "Squeeze",
  infer([x], attributes) {
    const axes = notedInts(attributes.axes);
    if (axes.some((axis) => x!.shape[axis] !== 1)) throw mismatch("Squeeze", [x], `size 1 at axes ${axes}`);
    return [{ dtype: x!.dtype, shape: x!.shape.filter((_, i) => !axes.includes(i)) }];
  },
  gradient: (node, [dy]) => [unsqueeze(dy!, notedInts(node.attributes.axes))],
};

/** Removes the given axes, which must have length 1. */
export const squeeze = (x: Value, axes: readonly number[]) =>
  x.graph.apply(squeezeOp, [x, x.graph.ints(axes)], { axes: inferenceOnly(axes) })[0];

const concatOp: Operator = {
  type: "Concat",
  infer(inputs, attributes) {
    const values = inputs as Value[];
    const axis = attributes.axis as number;
    const fits = values.every(
      (v) => v.rank === values[0].rank && v.shape.every((d, i) => i === axis || d === values[0].shape[i]),
    );
    if (!fits) throw mismatch("Concat", inputs, `equal shapes except along axis ${axis}`);
    const shape = [...values[0].shape];
    shape[axis] = addDims(values.map((v) => v.shape[axis]));
    return [{ dtype: requireSameDType("Concat", values), shape }];
  },
  gradient(node, [dy]) {
    const axis = node.attributes.axis as number;
    const sizes = (node.inputs as Value[]).map((v) => v.shape[axis]);
    return splitBy(dy!, axis, node.inputs as Value[], sizes);
  },
};

/** Concatenates values along an axis; all other dimensions must be equal. */
export function concat(values: readonly Value[], axis: number): Value {
  return values[0].graph.apply(concatOp, values, { axis: resolveAxis(axis, values[0].rank) })[0];
}

const splitOp: Operator = {
  type: "Split",
  infer([x], attributes) {
    const axis = attributes.axis as number;
    const sizes = noted(attributes.sizes);
    return sizes.map((size) => ({ dtype: x!.dtype, shape: x!.shape.map((dim, i) => (i === axis ? size : dim)) }));
  },
  gradient(node, outputGradients) {
    const pieces = node.outputs.map((y, i) => outputGradients[i] ?? zerosLike(y));
    return [concat(pieces, node.attributes.axis as number)];
  },
};

/** Splits along an axis into pieces with the lengths of the values in `like`. */
function splitBy(x: Value, axis: number, like: readonly Value[], sizes: readonly Dim[]): Value[] {
  const g = x.graph;
  const lengths = sizes.every((s) => typeof s === "number")
    ? g.ints(sizes as number[])
    : concat(
        like.map((v) => slice(shapeOf(v), 0, axis, axis + 1)),
        0,
      );
  return g.apply(splitOp, [x, lengths], { axis, sizes: inferenceOnly(sizes) });
}

/** Splits along an axis into pieces of these sizes. */
export function split(x: Value, axis: number, sizes: readonly number[]): Value[] {
  const at = resolveAxis(axis, x.rank);
  if (addDims(sizes) !== x.shape[at]) throw mismatch("Split", [x], `size ${addDims(sizes)} along axis ${at}`);
  return splitBy(x, at, [], sizes);
}

/** Splits along an axis into pieces as long as the values of `like` along their axis. */
export function splitLike(x: Value, axis: number, like: readonly Value[], likeAxis: number): Value[] {
  const at = resolveAxis(axis, x.rank);
  const g = x.graph;
  const sizes = like.map((v) => v.shape[resolveAxis(likeAxis, v.rank)]);
  const lengths = concat(
    like.map((v) => {
      const a = resolveAxis(likeAxis, v.rank);
      return slice(shapeOf(v), 0, a, a + 1);
    }),
    0,
  );
  return g.apply(splitOp, [x, lengths], { axis: at, sizes: inferenceOnly(sizes) });
}

const mulZeroOp: Operator = {
  type: "ConstantOfShape",
  infer: (_i, a) => [{ dtype: "float32", shape: noted(a.target) }],
};

/** Zeros of a value's run-time shape. */
export const zerosLike = (x: Value) => x.graph.apply(mulZeroOp, [shapeOf(x)], { target: inferenceOnly(x.shape) })[0];
