/**
 * Whether this processor's unsigned-by-signed 8-bit kernel adds pairs of products in 16 bits and saturates (x86 with AVX2 but without
 * VNNI; ONNX Runtime documents it). Weights are then held to 7 bits, where the largest pair, 2 * 255 * 63, still fits.
 */
import * as ort from "onnxruntime-node";
import { Graph, matMulInteger, writeOnnx } from "../../../graph/index.ts";

let answer: Promise<number> | undefined;

/** The largest magnitude an 8-bit weight may have here: 127, or 63. Asked of the runtime once a process. */
export function largestInt8Weight(): Promise<number> {
  answer ??= probe();
  return answer;
}

async function probe(): Promise<number> {
  const [rows, inner, columns] = [4, 64, 16];
  const graph = new Graph("saturation");
  const x = graph.input("x", "uint8", [rows, inner]);
  const w = graph.constant("w", "int8", [inner, columns], new Int8Array(inner * columns).fill(127));
  graph.output("y", matMulInteger(x, w));
  const session = await ort.InferenceSession.create(writeOnnx(graph), { intraOpNumThreads: 1 });
  const { y } = await session.run({
    x: new ort.Tensor("uint8", new Uint8Array(rows * inner).fill(255), [rows, inner]),
  });
  await session.release();
  return (y.data as Int32Array).every((sum) => sum === 255 * 127 * inner) ? 127 : 63;
}
