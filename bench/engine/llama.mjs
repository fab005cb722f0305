/**
 * llama.cpp's side, in a separate process: `node llama.mjs prefill|decode FOLDER DECODER_LAYERS TOKENS`. Prints a JSON
 * line. Two threads, CPU only.
 */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { architecture } from "./geometry.mjs";
import { writeGguf } from "./gguf.mjs";

const [task, folder, decoderLayers, argument] = process.argv.slice(2);
const length = Number(argument);
const require = createRequire(new URL("../package.json", import.meta.url));
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(require.resolve("node-llama-cpp")).href);
const { text } = architecture({ decoderLayers: Number(decoderLayers), visionLayers: 1 });
mkdirSync(folder, { recursive: true });
const path = join(folder, `gemma3-${decoderLayers}.gguf`);
if (!existsSync(path)) {
  // Written under a temporary name first, so that an interrupted run leaves no partial file.
  writeGguf(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}

const llama = await getLlama({ gpu: false, build: "never", maxThreads: 2, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath: path, gpuLayers: 0 });
const context = await model.createContext({
  contextSize: length + 256,
  batchSize: 512,
  threads: { ideal: 2, min: 2 },
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
if (task === "prefill") {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < (length > 512 ? 1 : 2); i++) {
    await sequence.clearHistory();
    best = Math.min(best, await seconds(() => sequence.evaluateWithoutGeneratingNewTokens(tokens(0, length))));
  }
  console.log(JSON.stringify({ rate: length / best }));
} else {
  await sequence.clearHistory();
  await sequence.evaluateWithoutGeneratingNewTokens(tokens(0, length));
  let best = Number.POSITIVE_INFINITY;
  let last = performance.now();
  let count = 0;
  for await (const _ of sequence.evaluate([token(length)], { temperature: 0 })) {
    const now = performance.now();
    if (count > 0) best = Math.min(best, (now - last) / 1000);
    last = now;
    if (++count === 13) break;
  }
  console.log(JSON.stringify({ rate: 1 / best }));
}
process.exit(0);
