/** Selecting elements: slices and gathers, and the padding and scattering that reverse them. */
import { inferenceOnly, mismatch, noted, notedInts, type Operator, type Value } from "../graph.ts";
import { multiplyDims, resolveAxis } from "../shape.ts";
import { concat, expandLike, reshape, shapeOf, zerosLike } from "./layout.ts";

const sliceOp: Operator = {
  type: "Slice",
  infer([x], attributes) {
    const [axis, start, end] = notedInts(attributes.range);
    const dim = x!.shape[axis];
    if (typeof dim !== "number" && (start < 0 || end < 0))
      throw mismatch("Slice", [x], "non-negative bounds on a symbolic axis");
    const size = typeof dim === "number" ? Math.min(end, dim) - start : end - start;
    if (size < 0 || (typeof dim === "number" && start > dim))
      throw mismatch("Slice", [x], `${start}..${end} inside axis ${axis}`);
    return [{ dtype: x!.dtype, shape: x!.shape.map((d, i) => (i === axis ? size : d)) }];
  },
  gradient(node, [dy]) {
    const x = node.inputs[0]!;
    const g = x.graph;
    const [axis, start, end] = notedInts(node.attributes.range);
    // Zeros before and after, along that axis, up to the input's own size.
    const before = new Array(x.rank).fill(0);
    before[axis] = start;
    const dim = x.shape[axis];
    if (typeof dim !== "number") {
      const total = slice(shapeOf(x), 0, axis, axis + 1);
      const after = concat(
        [
          g.ints(new Array(axis).fill(0)),
          g.apply(subInt, [total, g.ints([end])])[0],
          g.ints(new Array(x.rank - axis - 1).fill(0)),
        ],
        0,
      );
      return [g.apply(padOp, [dy, concat([g.ints(before), after], 0)], { target: inferenceOnly(x.shape) })[0]];
    }
    const after = new Array(x.rank).fill(0);
    after[axis] = dim - Math.min(end, dim);
    return [g.apply(padOp, [dy, g.ints([...before, ...after])], { target: inferenceOnly(x.shape) })[0]];
  },
};

const subInt: Operator = { type: "Sub", infer: ([a]) => [{ dtype: a!.dtype, shape: a!.shape }] };
const padOp: Operator = {
  type: "Pad",
  infer: ([x], a) => [{ dtype: x!.dtype, shape: noted(a.target) }],
};

/** Elements `start` to `end` (exclusive) along one axis; bounds count from the start. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const at = resolveAxis(axis, x.rank);
  const g = x.graph;
  return g.apply(sliceOp, [x, g.ints([start]), g.ints([end]), g.ints([at])], {
    range: inferenceOnly([at, start, end]),
  })[0];
}

const gatherOp: Operator = {
  type: "Gather",
  infer(inputs, attributes) {
    const [x, indices] = inputs as Value[];
    const axis = attributes.axis as number;
    if (indices.dtype !== "int64" && indices.dtype !== "int32") throw mismatch("Gather", inputs, "integer indices");
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }];
  },
  gradient(node, [dy]) {
    const [x, indices] = node.inputs as Value[];
    if (node.attributes.axis !== 0 || x.rank !== 2)
      throw mismatch("Gather gradient", [x, indices], "indices into the rows of a matrix");
    // Rows may repeat: ScatterElements adds sequentially, while ScatterND may race on duplicates.
    const g = x.graph;
    const flat = reshape(indices, [multiplyDims(indices.shape), 1]);
    const rows = reshape(dy!, [multiplyDims(indices.shape), x.shape[1]]);
    const scattered = g.apply(scatterElementsOp, [zerosLike(x), expandLike(flat, rows), rows], {
      axis: 0,
      reduction: "add",
    })[0];
    return [scattered, undefined];
  },
};

const scatterElementsOp: Operator = { type: "ScatterElements", infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }] };

/** Takes entries of `x` along `axis`: rows of a table for axis 0. Differentiable for axis 0 of a matrix. */
export const gather = (x: Value, indices: Value, axis = 0) =>
  x.graph.apply(gatherOp, [x, indices], { axis: resolveAxis(axis, x.rank) })[0];

const gatherElementsOp: Operator = {
  type: "GatherElements",
  infer: ([x, indices]) => [{ dtype: x!.dtype, shape: indices!.shape }],
  gradient(node, [dy]) {
    const [x, indices] = node.inputs as Value[];
    return [
      x.graph.apply(scatterElementsOp, [zerosLike(x), indices, dy!], {
        axis: node.attributes.axis,
        reduction: "add",
      })[0],
      undefined,
    ];
  },
};

/** One element of `x` along `axis` for each index; `indices` has the rank of `x`. */
export const gatherElements = (x: Value, indices: Value, axis: number) =>
  x.graph.apply(gatherElementsOp, [x, indices], { axis: resolveAxis(axis, x.rank) })[0];
