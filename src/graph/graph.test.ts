import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PolyclinicError } from "../base/errors.ts";
import { gradients } from "./gradient.ts";
import { Graph } from "./graph.ts";
import * as ops from "./ops/index.ts";
import { printGraph } from "./print.ts";
import { addDims, broadcastShapes, divideDims, multiplyDims } from "./shape.ts";
import { openGraph } from "./testing.ts";
import { writeOnnx } from "./write.ts";

const small = () => {
  const g = new Graph("mlp");
  const x = g.input("x", "float32", ["batch", 3]);
  const w = g.constant("w", "float32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
  g.output("y", ops.geluTanh(ops.matmul(x, w, { transB: true })));
  return g;
};

describe("dimensions", () => {
  const dim = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom("batch", "seq", "(past+seq)"));

  test("a product divided by one of its factors is the product of the others, in any order", () => {
    fc.assert(
      fc.property(fc.array(dim, { minLength: 1, maxLength: 5 }), (dims) => {
        expect(divideDims(multiplyDims(dims), dims[0])).toBe(multiplyDims(dims.slice(1)));
        expect(multiplyDims([...dims].reverse())).toBe(multiplyDims(dims));
      }),
    );
  });

  test("different symbols neither divide nor broadcast", () => {
    expect(divideDims("batch", "seq")).toBeUndefined();
    expect(broadcastShapes(["batch", 3], ["seq", 3])).toBeUndefined();
    expect(broadcastShapes(["batch", 1], [3])).toEqual(["batch", 3]);
    expect(addDims(["past", "seq"])).toBe("(past+seq)");
  });
});

describe("building", () => {
  test("what does not fit is refused where it is written, with the operator and the shapes", () => {
    const g = new Graph("wrong");
    const a = g.input("a", "float32", ["batch", 3]);
    const b = g.input("b", "float32", [4, 5]);
    expect(() => ops.matmul(a, b)).toThrow(
      /MatMul\(a: float32\[batch, 3\], b: float32\[4, 5\]\).*inner dimensions \(3 and 4\)/,
    );
    expect(() => ops.add(a, b)).toThrow(/Add.*broadcast/);
    expect(() => ops.reshape(a, ["batch", 4])).toThrow(/Reshape/);
    expect(() => ops.add(a, new Graph("other").input("c", "float32", [3]))).toThrow(/another graph/);
    expect(() => g.input("a", "float32", [1])).toThrow(PolyclinicError);
  });

  test("a printed graph reads line by line", () => {
    expect(printGraph(small())).toBe(
      [
        "graph mlp(x: float32[batch, 3]) {",
        '  FusedMatMul:: float32[batch, 2] = FusedMatMul(x, w) {transA=0, transB=1, alpha={"float":1}}',
        "  Gelu:: float32[batch, 2] = Gelu(FusedMatMul:) {approximate=tanh}",
        "  return y = Gelu:",
        "}",
      ].join("\n"),
    );
  });

  test("what only constants decide is computed while building", async () => {
    const g = new Graph("folded");
    const w = g.constant("w", "float32", [2, 1], Float32Array.of(1, 2));
    const row = g.constant("row", "float32", [3], Float32Array.of(10, 20, 30));
    const folded = ops.reshape(ops.div(ops.add(ops.mul(w, row), 1), 2), [6]);
    const x = g.input("x", "float32", [6]);
    g.output("y", ops.add(x, folded));
    expect(g.nodes.map((n) => n.operator.type)).toEqual(["Add"]);
    const opened = await openGraph(g);
    const { y } = await opened.run({ x: { data: new Float32Array(6), dims: [6] } });
    expect([...(y.data as Float32Array)]).toEqual([5.5, 10.5, 15.5, 10.5, 20.5, 30.5]);
    await opened.close();
  });
});

describe("writing", () => {
  test("the runtime runs what was written, with symbols filled in", async () => {
    const opened = await openGraph(small());
    const { y } = await opened.run({ x: { data: Float32Array.of(1, 0, 0, 0, 1, 0), dims: [2, 3] } });
    expect(y.dims).toEqual([2, 2]);
    // gelu_tanh at 1, 4, 2, 5; torch.nn.functional.gelu(x, approximate="tanh").
    for (const [i, value] of [0.8411920071, 3.9999270439, 1.9545977116, 4.9999999404].entries()) {
      expect((y.data as Float32Array)[i]).toBeCloseTo(value, 3);
    }
    await opened.close();
  });

  test("nodes and constants that no output needs are left out", () => {
    const g = small();
    const before = writeOnnx(g).length;
    ops.mul(g.inputs[0], g.constant("unused", "float32", [3], new Float32Array(3)));
    expect(writeOnnx(g).length).toBe(before);
  });
});

describe("gradients", () => {
  test("only of a scalar, through operators that have a derivative, to values that reach it", () => {
    const g = new Graph("wrong");
    const x = g.input("x", "float32", [2]);
    const idle = g.input("idle", "float32", [2]);
    expect(() => gradients(x, [x])).toThrow(/only a float32 scalar/);
    expect(() => gradients(ops.reduceSum(ops.round(x), [0]), [x])).toThrow(/Round has no derivative/);
    expect(() => gradients(ops.reduceSum(x, [0]), [idle])).toThrow(/idle: the loss does not depend on this value/);
  });

  test("a value used twice gets the sum", async () => {
    const g = new Graph("twice");
    const x = g.input("x", "float32", [2]);
    g.output("d", gradients(ops.reduceSum(ops.add(ops.mul(x, x), x), [0]), [x])[0]);
    const opened = await openGraph(g);
    expect([
      ...((await opened.run({ x: { data: Float32Array.of(3, -1), dims: [2] } })).d.data as Float32Array),
    ]).toEqual([7, -1]);
    await opened.close();
  });
});
