import { expect, test } from "vitest";
import { Random } from "../base/random.ts";
import { gradients } from "./gradient.ts";
import { Graph, type Node, type Value } from "./graph.ts";
import * as ops from "./ops/index.ts";
import { openGraph } from "./testing.ts";
import { liveNodes } from "./write.ts";

const partOf = ({ name }: Node) => /^layer\d/.exec(name)?.[0];

/** Three layers of two products with a bend between, a side input that every layer reads, and a loss. */
function network(recompute: boolean) {
  const g = new Graph("net");
  const x = g.input("x", "float32", ["n", 4]);
  const side = ops.cos(g.input("side", "float32", ["n", 4]));
  const weights: Value[] = [];
  let h = x;
  for (let i = 0; i < 3; i++)
    h = g.scope(`layer${i}`, () => {
      const [w, v] = ["w", "v"].map((name) => g.input(`${name}${i}`, "float32", [4, 4]));
      weights.push(w, v);
      const inner = ops.geluTanh(ops.matmul(ops.mul(h, side), w));
      return ops.add(h, ops.matmul(ops.softmax(inner), v));
    });
  const loss = ops.reduceSum(ops.mul(h, ops.sin(h)), [0, 1]);
  g.output("loss", loss);
  for (const [i, d] of gradients(loss, weights, recompute ? partOf : undefined).entries()) g.output(`d${i}`, d);
  return g;
}

const random = new Random(5);
const feeds = Object.fromEntries(
  network(false).inputs.map(({ name, shape }) => {
    const dims = shape.map((dim) => (typeof dim === "number" ? dim : 3));
    return [name, { data: Float32Array.from({ length: dims[0] * dims[1] }, () => random.normal()), dims }];
  }),
);

test("gradients over recomputed values are the same to the bit", async () => {
  const results = [];
  for (const recompute of [false, true]) {
    const opened = await openGraph(network(recompute));
    results.push(await opened.run(feeds));
    await opened.close();
  }
  const [kept, again] = results;
  expect(Object.keys(again)).toHaveLength(7);
  for (const name of Object.keys(kept))
    expect([...(again[name].data as Float32Array)], name).toEqual([...(kept[name].data as Float32Array)]);
});

test("the backward pass reads nothing of a layer's inside but what it made again, after the layer's gradient arrived", () => {
  const g = network(true);
  const nodes = liveNodes(g);
  const outputs = new Set(
    ["layer0", "layer1", "layer2"].map((layer) => nodes.filter((n) => partOf(n) === layer).at(-1)),
  );
  const inside = new Set(nodes.filter((node) => partOf(node) !== undefined && !outputs.has(node)));
  const backward = nodes.filter(({ name }) => /^(grad|again)\//.test(name));
  const kept = backward.flatMap((node) => node.inputs.filter((value) => value?.node && inside.has(value.node)));
  expect(kept).toEqual([]);
  for (const layer of ["layer0", "layer1", "layer2"]) {
    const again = nodes.filter(({ name }) => name.startsWith(`again/${layer}`) || name.includes(`/again/${layer}`));
    expect(
      again.some(({ operator }) => operator.type === "Gelu"),
      layer,
    ).toBe(true);
  }
});
