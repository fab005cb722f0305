/** Gated cross-attention: nothing with a closed gate, and otherwise the weighted mean of the values of the latents. */
import { expect, test } from "vitest";
import { Graph, writeOnnx } from "../graph/index.ts";
import { nodeRuntime } from "../model/runtime/node/node-runtime.ts";
import { float32, floats } from "../model/runtime/runtime.ts";
import { gatedCrossAttention } from "./cross-attention.ts";
import { parameterWeights } from "./index.ts";

test("x + tanh(gate) * attention, and x to the bit at gate 0", async () => {
  const graph = new Graph("cross");
  const parameters = new Map();
  const weights = parameterWeights(graph, parameters);
  const x = graph.input("x", "float32", [1, 1, 2]);
  const latents = graph.input("latents", "float32", [1, 2, 2]);
  const config = { layers: [0], latentSize: 2, heads: 1, headDim: 2 };
  const y = gatedCrossAttention({ graph, weights }, x, latents, { hiddenSize: 2, rmsNormEps: 0 }, config, "b");
  graph.output("y", y);
  await using session = await nodeRuntime.open({ model: writeOnnx(graph) }, { threads: 1 });
  const identity = float32(Float32Array.of(1, 0, 0, 1), [2, 2]);
  const run = async (gate: number) => {
    const { y } = await session.run({
      x: float32(Float32Array.of(3, 4), [1, 1, 2]),
      latents: float32(Float32Array.of(1, 0, 0, 1), [1, 2, 2]),
      "b.norm.weight": float32(Float32Array.of(0, 0), [2]),
      "b.q_proj.weight": identity,
      "b.k_proj.weight": identity,
      "b.v_proj.weight": identity,
      "b.o_proj.weight": identity,
      "b.gate": float32(Float32Array.of(gate), [1]),
    });
    return [...floats(y)];
  };
  expect(await run(0)).toEqual([3, 4]);
  // By hand: the norm of (3, 4) is (3, 4) / sqrt(12.5); scores are its parts over sqrt(2).
  const [a, b] = [3, 4].map((part) => Math.exp(part / Math.sqrt(12.5) / Math.SQRT2));
  const opened = await run(1);
  expect(opened[0]).toBeCloseTo(3 + (Math.tanh(1) * a) / (a + b), 5);
  expect(opened[1]).toBeCloseTo(4 + (Math.tanh(1) * b) / (a + b), 5);
});
