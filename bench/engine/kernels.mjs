/**
 * The upper bound of the engine: the runtime's own kernels alone, at the shapes of the 4B feed-forward layer, in a
 * separate process. Prints a JSON line: weights per second of the 4-bit product with one row (matrices that together
 * exceed the processor's caches), and operations per second of the 8-bit product with 1024 rows, whose weights arrive
 * unpacked as in the prefill form. Two threads.
 */
import * as ort from "onnxruntime-node";
import { add, Graph, matMulNBits, writeOnnx } from "../../dist/graph/index.js";

const [inner, outer] = [2560, 10240];

async function best(graph, feeds, times) {
  const session = await ort.InferenceSession.create(writeOnnx(graph), { intraOpNumThreads: 2, logSeverityLevel: 3 });
  await session.run(feeds);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await session.run(feeds);
    least = Math.min(least, (performance.now() - start) / 1000);
  }
  await session.release();
  return least;
}

const rows = (count) =>
  new ort.Tensor(
    "float32",
    Float32Array.from({ length: count * inner }, (_, i) => Math.sin(i)),
    [count, inner],
  );

async function fourBit(matrices = 12, blockSize = 64) {
  const graph = new Graph("decode");
  const x = graph.input("x", "float32", [1, inner]);
  const blocks = inner / blockSize;
  // Each is different: the runtime stores equal constants once, and they would stay in the processor's caches.
  const packed = (seed) =>
    Uint8Array.from({ length: (outer * inner) / 2 }, (_, i) => Math.imul(i + seed, 2654435761) >>> 24);
  const scales = new Float32Array(outer * blocks).fill(0.01);
  const products = Array.from({ length: matrices }, (_, i) =>
    matMulNBits(
      x,
      graph.constant(`w${i}`, "uint8", [outer, blocks, blockSize / 2], packed(i + 1)),
      graph.constant(`s${i}`, "float32", [outer * blocks], scales),
      { K: inner, N: outer, bits: 4, blockSize, accuracyLevel: 4 },
    ),
  );
  graph.output("y", products.reduce(add));
  return (matrices * inner * outer) / (await best(graph, { x: rows(1) }, 12));
}

async function eightBit(tokens = 1024) {
  const graph = new Graph("prefill");
  const x = graph.input("x", "float32", [tokens, inner]);
  const w = graph.input("w", "int8", [inner, outer]);
  const scales = graph.constant("scales", "float32", [outer], new Float32Array(outer).fill(0.01));
  /** @type {import("../../dist/graph/index.js").Operator} */
  const operator = {
    type: "DynamicQuantizeMatMul",
    domain: "com.microsoft",
    infer: ([a, b]) => [{ dtype: "float32", shape: [a.shape[0], b.shape[1]] }],
  };
  graph.output("y", graph.apply(operator, [x, w, scales])[0]);
  const weights = Int8Array.from({ length: inner * outer }, (_, i) => ((i * 2654435761) >>> 25) - 63);
  const feeds = { x: rows(tokens), w: new ort.Tensor("int8", weights, [inner, outer]) };
  return (2 * tokens * inner * outer) / (await best(graph, feeds, 6));
}

console.log(JSON.stringify({ fourBit: await fourBit(), eightBit: await eightBit() }));
process.exit(0);
