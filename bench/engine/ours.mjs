/**
 * Polyclinic's side, in a separate process: `node ours.mjs prepare|prefill|decode|vision|load|memory FOLDER
 * DECODER_LAYERS VISION_LAYERS [TOKENS]`. Prints a JSON line. Two threads.
 */
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { Engine } from "../../dist/model/engine/engine.js";
import { prepareModel } from "../../dist/model/engine/prepare/prepare.js";
import { nodeRuntime } from "../../dist/model/runtime/index.js";
import { architecture, randomWeights } from "./geometry.mjs";

const [task, cacheFolder, decoderLayers, visionLayers, argument] = process.argv.slice(2);
const tokens = Number(argument);
const config = architecture({ decoderLayers: Number(decoderLayers), visionLayers: Number(visionLayers) });
const source = {
  config,
  weights: randomWeights(config),
  where: "bench",
  hash: `bench-${decoderLayers}-${visionLayers}`,
};
const prepared = await prepareModel(source, { precision: "int4", cacheFolder });
/** @type {import("../../dist/nn/index.js").PixelScaling} */
const scaling = { imageSize: 896, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], rescaleFactor: 1 / 255 };
const open = () => Engine.open(nodeRuntime, prepared, config, scaling, { threads: 2 });
const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const best = async (times, work) => {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) least = Math.min(least, await seconds(() => work(i)));
  return least;
};
const text = (length) => ({ ids: Int32Array.from({ length }, (_, i) => 1000 + ((i * 7919) % 200000)), images: [] });

const tasks = {
  prepare: async () => ({ folder: prepared.folder }),
  async prefill() {
    const engine = await open();
    // The first prompt opens the prefill and the decode session, the second reopens prefill.
    for (let i = 0; i < 2; i++) await engine.prefill(engine.newCache(), text(300));
    const time = await best(tokens > 512 ? 1 : 2, () => engine.prefill(engine.newCache(), text(tokens)));
    return { rate: tokens / time };
  },
  async decode() {
    const engine = await open();
    // The time of a step depends only on the length of the cache, not on its content.
    const cache = engine.newCache();
    cache.reserve(tokens);
    cache.advance([tokens]);
    await engine.decode(cache, [1000]);
    return { rate: 1 / (await best(12, (i) => engine.decode(cache, [1000 + i]))) };
  },
  async vision() {
    const engine = await open();
    const encode = (seed) => {
      const data = Uint8Array.from({ length: 896 * 896 * 3 }, (_, i) => (i * seed) & 255);
      /** @type {import("../../dist/imaging/index.js").Image} */
      const image = { kind: "image", width: 896, height: 896, channels: 3, data };
      return engine.encodeImage({ image, hash: String(seed) });
    };
    await encode(3);
    return { seconds: await best(2, (i) => encode(5 + 2 * i)) };
  },
  /**
   * Time until the first token against reading the bytes of the file; both from the page cache, the better of two each.
   */
  async load() {
    const path = join(prepared.folder, "weights.bin");
    const read = () => {
      const file = openSync(path, "r");
      const piece = new Uint8Array(1 << 24);
      while (readSync(file, piece) > 0);
      closeSync(file);
    };
    read();
    const reading = await best(2, async () => read());
    const opening = await best(2, async () => {
      const engine = await open();
      await engine.decode(engine.newCache(), [1000]);
      await engine.close();
    });
    return { reading, opening, bytes: statSync(path).size };
  },
  /** Peak resident memory after opening and 2048 tokens plus a few more. */
  async memory() {
    const engine = await open();
    const cache = engine.newCache();
    await engine.prefill(cache, text(2048));
    for (let i = 0; i < 4; i++) await engine.decode(cache, [1000 + i]);
    if (process.platform !== "linux") return { peak: process.resourceUsage().maxRSS * 1024 };
    const status = readFileSync("/proc/self/status", "utf8");
    const bytes = (field) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)[1]) * 1024;
    return { peak: bytes("VmHWM"), anonymous: bytes("RssAnon") };
  },
};
console.log(JSON.stringify(await tasks[task]()));
process.exit(0);
