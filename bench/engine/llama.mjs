/** llama.cpp's side, in a process of its own: `node llama.mjs FOLDER DECODER_LAYERS`. Prints a JSON line. Two threads, CPU only. */
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { architecture } from "./geometry.mjs";
import { writeGguf } from "./gguf.mjs";

const [folder, decoderLayers] = process.argv.slice(2);
const require = createRequire(new URL("../package.json", import.meta.url));
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(require.resolve("node-llama-cpp")).href);
const { text } = architecture({ decoderLayers: Number(decoderLayers), visionLayers: 1 });
mkdirSync(folder, { recursive: true });
const path = join(folder, `gemma3-${decoderLayers}.gguf`);
if (!existsSync(path)) writeGguf(path, text);

const llama = await getLlama({ gpu: false, build: "never", maxThreads: 2, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath: path, gpuLayers: 0 });
const context = await model.createContext({
  contextSize: 16384 + 256,
  batchSize: 512,
  threads: { ideal: 2, min: 2 },
  flashAttention: process.env.LLAMA_FLASH === "1",
});
const token = (i) => 1000 + ((i * 7919) % 200000);
const tokens = (from, to) => Array.from({ length: to - from }, (_, i) => token(from + i));
const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const sequence = context.getSequence();
await sequence.evaluateWithoutGeneratingNewTokens(tokens(0, 32));
const result = {};
for (const length of [512, 2048]) {
  await sequence.clearHistory();
  result[`prefill-${length}`] =
    length / (await seconds(() => sequence.evaluateWithoutGeneratingNewTokens(tokens(0, length))));
}
for (const at of [512, 4096, 16384]) {
  if (sequence.nextTokenIndex > at) await sequence.clearHistory();
  await sequence.evaluateWithoutGeneratingNewTokens(tokens(sequence.nextTokenIndex, at));
  let best = Number.POSITIVE_INFINITY;
  let last = performance.now();
  let count = 0;
  for await (const _ of sequence.evaluate([token(at)], { temperature: 0 })) {
    const now = performance.now();
    if (count > 0) best = Math.min(best, (now - last) / 1000);
    last = now;
    if (++count === 13) break;
  }
  result[`decode-${at}`] = 1 / best;
}
console.log(JSON.stringify(result));
process.exit(0);
