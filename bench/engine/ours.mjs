/**
 * Polyclinic's side, in a process of its own: `node ours.mjs prepare|speed|vision|load FOLDER DECODER_LAYERS VISION_LAYERS`. Prints a JSON
 * line. Two threads.
 */
import { openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { Engine } from "../../dist/model/onnx/engine.js";
import { prepareModel } from "../../dist/model/onnx/prepare.js";
import { architecture, randomWeights } from "./geometry.mjs";

const [task, cacheFolder, decoderLayers, visionLayers] = process.argv.slice(2);
const config = architecture({ decoderLayers: Number(decoderLayers), visionLayers: Number(visionLayers) });
const source = {
  config,
  weights: randomWeights(config),
  where: "bench",
  hash: `bench-${decoderLayers}-${visionLayers}`,
};
const prepared = await prepareModel(source, { precision: "int4", cacheFolder });
const scaling = { imageSize: 896, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], rescaleFactor: 1 / 255 };
const open = () => Engine.open(prepared, config, scaling, { threads: 2 });
const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const text = (length) => ({ ids: Int32Array.from({ length }, (_, i) => 1000 + ((i * 7919) % 200000)), images: [] });

const tasks = {
  prepare: async () => ({ folder: prepared.folder }),
  async speed() {
    const engine = await open();
    const result = {};
    await engine.prefill(engine.newCache(), text(16));
    for (const length of [512, 2048]) {
      const cache = engine.newCache();
      result[`prefill-${length}`] = length / (await seconds(() => engine.prefill(cache, text(length))));
    }
    for (const context of [512, 4096, 16384]) {
      // The time of a step does not depend on what the cache holds, only on how much.
      const cache = engine.newCache();
      cache.reserve(context + 64);
      cache.advance([context]);
      await engine.decode(cache, [1000]);
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 12; i++) best = Math.min(best, await seconds(() => engine.decode(cache, [1000 + i])));
      result[`decode-${context}`] = 1 / best;
    }
    await engine.close();
    return result;
  },
  async vision() {
    const engine = await open();
    const encode = (seed) => {
      const data = Uint8Array.from({ length: 896 * 896 * 3 }, (_, i) => (i * seed) & 255);
      const image = { kind: "image", width: 896, height: 896, channels: 3, data };
      return engine.encodeImage({ image, hash: String(seed) });
    };
    await encode(3);
    return { seconds: Math.min(await seconds(() => encode(5)), await seconds(() => encode(7))) };
  },
  /** The whole model: opened, then 2048 tokens; what the system says was resident at most. */
  async load() {
    const path = join(prepared.folder, "weights.bin");
    const read = () => {
      const file = openSync(path, "r");
      const piece = new Uint8Array(1 << 24);
      while (readSync(file, piece) > 0);
    };
    read();
    const reading = await seconds(read);
    let engine;
    const opening = await seconds(async () => {
      engine = await open();
    });
    const prefill = await seconds(() => engine.prefill(engine.newCache(), text(2048)));
    const cache = engine.newCache();
    cache.advance([512]);
    let decode = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 4; i++) decode = Math.min(decode, await seconds(() => engine.decode(cache, [1000 + i])));
    const peak =
      process.platform === "linux"
        ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024
        : process.resourceUsage().maxRSS * 1024;
    return { reading, opening, bytes: statSync(path).size, peak, prefill, decode: 1 / decode };
  },
};
console.log(JSON.stringify(await tasks[task]()));
process.exit(0);
