/** Every derivative against central finite differences of the same graph, run by the same runtime. */
import { describe, expect, test } from "vitest";
import { Random } from "../base/random.ts";
import { gradients } from "./gradient.ts";
import { Graph, type Value } from "./graph.ts";
import * as ops from "./ops/index.ts";
import { type Feed, openGraph } from "./testing.ts";

interface Case {
  name: string;
  shapes: number[][];
  /** Symbolic first dimension of every input, to cover run-time shapes. */
  symbolic?: boolean;
  /** Values are shifted to stay where the function is smooth. */
  offset?: number;
  build: (inputs: Value[], g: Graph) => Value;
}

const table = (g: Graph, name: string, f: (x: number) => number) =>
  g.constant(
    name,
    "float32",
    [1, 3, 2],
    Float32Array.from({ length: 6 }, (_, i) => f(Math.floor(i / 2) / (i % 2 ? 10 : 1))),
  );
const indices = (g: Graph, shape: number[], values: number[]) =>
  g.constant("indices", "int64", shape, BigInt64Array.from(values, BigInt));

const cases: Case[] = [
  { name: "Add broadcast", shapes: [[2, 3], [3]], build: ([a, b]) => ops.add(a, b) },
  {
    name: "Add broadcast, symbolic batch",
    shapes: [
      [2, 3],
      [2, 1],
    ],
    symbolic: true,
    build: ([a, b]) => ops.add(a, b),
  },
  {
    name: "Sub",
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: ([a, b]) => ops.sub(a, b),
  },
  {
    name: "Mul",
    shapes: [
      [2, 3],
      [1, 3],
    ],
    build: ([a, b]) => ops.mul(a, b),
  },
  {
    name: "Div",
    shapes: [
      [2, 3],
      [2, 3],
    ],
    offset: 2,
    build: ([a, b]) => ops.div(a, b),
  },
  { name: "Neg", shapes: [[2, 3]], build: ([a]) => ops.neg(a) },
  { name: "Exp", shapes: [[2, 3]], build: ([a]) => ops.exp(a) },
  { name: "Log", shapes: [[2, 3]], offset: 2, build: ([a]) => ops.log(a) },
  { name: "Sqrt", shapes: [[2, 3]], offset: 2, build: ([a]) => ops.sqrt(a) },
  { name: "Reciprocal", shapes: [[2, 3]], offset: 2, build: ([a]) => ops.reciprocal(a) },
  { name: "Tanh", shapes: [[2, 3]], build: ([a]) => ops.tanh(a) },
  { name: "Sigmoid", shapes: [[2, 3]], build: ([a]) => ops.sigmoid(a) },
  { name: "Softplus", shapes: [[2, 3]], build: ([a]) => ops.softplus(a) },
  { name: "Cos", shapes: [[2, 3]], build: ([a]) => ops.cos(a) },
  { name: "Sin", shapes: [[2, 3]], build: ([a]) => ops.sin(a) },
  { name: "Abs", shapes: [[2, 3]], offset: 2, build: ([a]) => ops.abs(a) },
  { name: "Gelu", shapes: [[4, 5]], build: ([a]) => ops.geluTanh(a) },
  { name: "Where", shapes: [[2, 3], [3]], build: ([a, b]) => ops.where(ops.less(a, 0), a, b) },
  { name: "Cast", shapes: [[2, 3]], build: ([a]) => ops.cast(a, "float32") },
  { name: "Reshape", shapes: [[2, 6]], symbolic: true, build: ([a]) => ops.reshape(a, ["batch", 2, 3]) },
  {
    name: "Reshape moving two symbols",
    shapes: [[2, 6]],
    symbolic: true,
    build: ([a]) => ops.reshape(ops.matmul(a, a, { transB: true }), ["batch*batch"]),
  },
  {
    name: "Expand",
    shapes: [
      [2, 1],
      [2, 3],
    ],
    build: ([a, b]) => ops.mul(ops.expandLike(a, b), b),
  },
  { name: "Transpose", shapes: [[2, 3, 4]], build: ([a]) => ops.transpose(a, [2, 0, 1]) },
  { name: "Unsqueeze and squeeze", shapes: [[2, 3]], build: ([a]) => ops.squeeze(ops.unsqueeze(a, [0, 2]), [0]) },
  {
    name: "Concat",
    shapes: [
      [2, 3],
      [2, 2],
    ],
    build: ([a, b]) => ops.concat([a, b], 1),
  },
  {
    name: "Concat, symbolic",
    shapes: [
      [2, 3],
      [2, 3],
    ],
    symbolic: true,
    build: ([a, b]) => ops.concat([a, b], 0),
  },
  { name: "Split", shapes: [[2, 5]], build: ([a]) => ops.mul(ops.split(a, 1, [2, 3])[1], 3) },
  { name: "Slice", shapes: [[4, 3]], build: ([a]) => ops.slice(a, 0, 1, 3) },
  { name: "Slice, symbolic", shapes: [[4, 3]], symbolic: true, build: ([a]) => ops.slice(a, 0, 1, 3) },
  { name: "Gather with repeats", shapes: [[4, 3]], build: ([a], g) => ops.gather(a, indices(g, [2, 2], [0, 2, 2, 3])) },
  {
    name: "GatherElements",
    shapes: [[3, 4]],
    build: ([a], g) => ops.gatherElements(a, indices(g, [3, 1], [0, 3, 3]), 1),
  },
  { name: "ReduceSum", shapes: [[2, 3, 2]], build: ([a]) => ops.reduceSum(a, [1]) },
  { name: "ReduceMean", shapes: [[2, 3, 2]], build: ([a]) => ops.reduceMean(a, [0, 2], true) },
  { name: "ReduceMean over a symbol", shapes: [[2, 3]], symbolic: true, build: ([a]) => ops.reduceMean(a, [0]) },
  { name: "ReduceMax", shapes: [[2, 3]], build: ([a]) => ops.reduceMax(a, [1]) },
  { name: "Softmax", shapes: [[2, 5]], build: ([a]) => ops.softmax(a) },
  { name: "LogSoftmax", shapes: [[2, 5]], build: ([a]) => ops.logSoftmax(a) },
  { name: "LayerNormalization", shapes: [[2, 3, 6], [6], [6]], build: ([x, s, b]) => ops.layerNorm(x, s, b, 1e-6) },
  { name: "RMS norm", shapes: [[2, 3, 6], [6]], build: ([x, s]) => ops.rmsNorm(x, s, 1e-6) },
  {
    name: "RotaryEmbedding",
    shapes: [[1, 2, 3, 4]],
    build: ([x], g) => ops.rotary(x, table(g, "cos", Math.cos), table(g, "sin", Math.sin)),
  },
  ...[false, true].flatMap((transA) =>
    [false, true].map((transB) => ({
      name: `MatMul${transA ? " a'" : ""}${transB ? " b'" : ""}`,
      shapes: [transA ? [2, 4, 3] : [2, 3, 4], transB ? [2, 5, 4] : [2, 4, 5]],
      build: ([a, b]: Value[]) => ops.matmul(a, b, { transA, transB, alpha: 0.5 }),
    })),
  ),
  ...[false, true].map((transB) => ({
    name: `MatMul of ${transB ? "few columns into many" : "many columns into few"}, as in attention`,
    shapes: [transB ? [2, 5, 2] : [2, 3, 5], transB ? [1, 6, 2] : [1, 5, 2]],
    build: ([a, b]: Value[]) => ops.matmul(a, b, { transB, alpha: 0.5 }),
  })),
  {
    name: "MatMul with a shared weight",
    shapes: [
      [2, 3, 4],
      [5, 4],
    ],
    build: ([a, b]) => ops.matmul(a, b, { transB: true }),
  },
  {
    name: "MatMul with a plain weight",
    shapes: [
      [2, 3, 4],
      [4, 5],
    ],
    build: ([a, b]) => ops.matmul(a, b),
  },
  { name: "Gemm", shapes: [[2, 3, 4], [5, 4], [5]], symbolic: false, build: ([x, w, b]) => ops.affine(x, w, b) },
  {
    name: "MatMul with a broadcast batch",
    shapes: [
      [2, 2, 3, 4],
      [2, 1, 4, 3],
    ],
    build: ([a, b]) => ops.matmul(a, b),
  },
];

describe("derivatives equal finite differences", () => {
  test.each(cases.map((c) => [c.name, c] as const))("%s", async (_name, c) => {
    const random = new Random(7);
    const feeds: Record<string, Feed> = {};
    const g = new Graph("case");
    const inputs = c.shapes.map((dims, i) => {
      const size = dims.reduce((a, b) => a * b, 1);
      feeds[`x${i}`] = {
        data: Float32Array.from({ length: size }, () => (c.offset ?? 0) + random.normal() * 0.5),
        dims,
      };
      return g.input(`x${i}`, "float32", c.symbolic ? ["batch", ...dims.slice(1)] : dims);
    });
    const y = c.build(inputs, g);
    // A weighted sum, so that no element's gradient is hidden by symmetry.
    const weighted = ops.mul(y, ops.sin(ops.add(ops.mul(y, 0.7), 1)));
    const loss = ops.reduceSum(
      weighted,
      y.shape.map((_, i) => i),
    );
    g.output("loss", loss);
    for (const [i, gradient] of gradients(loss, inputs).entries()) g.output(`d${i}`, gradient);
    const opened = await openGraph(g);
    const out = await opened.run(feeds);

    const step = 4e-3;
    for (const [i, dims] of c.shapes.entries()) {
      const analytic = out[`d${i}`].data as Float32Array;
      expect(out[`d${i}`].dims).toEqual(dims);
      for (let j = 0; j < analytic.length; j++) {
        const at = async (delta: number) => {
          const data = Float32Array.from(feeds[`x${i}`].data as Float32Array);
          data[j] += delta;
          const { loss: l } = await opened.run({ ...feeds, [`x${i}`]: { data, dims } });
          return (l.data as Float32Array)[0];
        };
        if (j % 3 !== 0 && analytic.length > 12) continue;
        const numeric = ((await at(step)) - (await at(-step))) / (2 * step);
        expect(Math.abs(numeric - analytic[j])).toBeLessThan(2e-2 * Math.max(1, Math.abs(numeric)));
      }
    }
    await opened.close();
  });
});
