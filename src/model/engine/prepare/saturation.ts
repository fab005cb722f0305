/**
 * Whether this processor's unsigned-by-signed 8-bit kernel adds pairs of products in 16 bits and saturates (x86 with
 * AVX2 but without VNNI; documented by ONNX Runtime). Weights are then limited to 7 bits, where the largest pair, 2 *
 * 255 * 63, still fits.
 */
import { Graph, matMulInteger, writeOnnx } from "../../../graph/index.ts";
import type { Runtime } from "../../runtime/runtime.ts";

const answers = new Map<Runtime, Promise<number>>();

/** The largest safe magnitude of an 8-bit weight: 127, or 63. Measured once per process. */
export function largestInt8Weight(runtime: Runtime): Promise<number> {
  let answer = answers.get(runtime);
  if (answer === undefined) {
    answer = probe(runtime);
    answers.set(runtime, answer);
  }
  return answer;
}

async function probe(runtime: Runtime): Promise<number> {
  const [rows, inner, columns] = [4, 64, 16];
  const graph = new Graph("saturation");
  const x = graph.input("x", "uint8", [rows, inner]);
  const w = graph.constant("w", "int8", [inner, columns], new Int8Array(inner * columns).fill(127));
  graph.output("y", matMulInteger(x, w));
  const session = await runtime.open({ model: writeOnnx(graph) }, { threads: 1 });
  const ones = { type: "uint8", data: new Uint8Array(rows * inner).fill(255), dims: [rows, inner] } as const;
  const { y } = await session.run({ x: ones });
  await session.close();
  return (y.data as Int32Array).every((sum) => sum === 255 * 127 * inner) ? 127 : 63;
}
