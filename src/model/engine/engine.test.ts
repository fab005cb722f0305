/** What the engine keeps, what it stops, and what it leaves alone. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeAdapter } from "../../checkpoint/index.ts";
import type { Message } from "../contract.ts";
import { imageHash } from "./decode/prompt-tokens.ts";
import { loadModel } from "./load-model.ts";
import {
  goldenFolder,
  goldenImage,
  goldenJson,
  goldenPrompt,
  largestDifference,
  type OpenedModel,
  temporaryCache,
} from "./testing.ts";

let cache: Awaited<ReturnType<typeof temporaryCache>>;
let opened: OpenedModel;
beforeAll(async () => {
  cache = await temporaryCache();
  opened = await cache.open("gemma3-multimodal");
}, 60_000);
afterAll(() => cache.close());

const prompt = () => goldenPrompt(goldenJson("gemma3-multimodal")["several-windows"]);

test("an image is encoded once, whoever asks and under whatever object", async () => {
  const encode = async (index: number) => {
    const image = goldenImage(index);
    return opened.engine.encodeImage({ image, hash: await imageHash(image) });
  };
  const [first, again, other] = [await encode(0), await encode(0), await encode(1)];
  expect(again).toBe(first);
  expect(largestDifference(first, other)).toBeGreaterThan(0.01);
});

test("a signal stops a prefill at the next chunk, and the cache holds whole chunks", async () => {
  const stop = new AbortController();
  const kv = opened.engine.newCache();
  setImmediate(() => setTimeout(() => stop.abort(), 1));
  const running = opened.engine.prefill(kv, prompt(), { chunkTokens: 1, signal: stop.signal });
  await expect(running).rejects.toMatchObject({ code: "abort/aborted" });
  expect(kv.lengths[0]).toBeLessThan(prompt().ids.length);
  // What was computed is sound: the rest gives the same answer as without the interruption.
  const [resumed] = await opened.engine.prefill(kv, prompt());
  const [whole] = await opened.engine.prefill(opened.engine.newCache(), prompt());
  expect(largestDifference(resumed, whole)).toBeLessThan(1e-4);
});

test("timers fire between chunks, and one that aborts waits for one chunk at most", async () => {
  const stop = new AbortController();
  const kv = opened.engine.newCache();
  const seen: number[] = [];
  const timer = setInterval(() => {
    seen.push(kv.lengths[0]);
    if (kv.lengths[0] >= 12) stop.abort();
  }, 0);
  const ids = Int32Array.from({ length: 600 }, (_, i) => 20 + (i % 250));
  const running = opened.engine.prefill(kv, { ids, images: [] }, { chunkTokens: 3, signal: stop.signal });
  await expect(running).rejects.toMatchObject({ code: "abort/aborted" });
  clearInterval(timer);
  expect(seen.filter((length) => length > 0 && length < 12).length).toBeGreaterThan(0);
  const atAbort = seen.find((length) => length >= 12)!;
  expect(kv.lengths[0]).toBeLessThanOrEqual(atAbort + 3);
});

test("local layers hold their window and no more, global layers everything", async () => {
  const kv = opened.engine.newCache();
  await opened.engine.prefill(kv, prompt());
  for (let i = 0; i < 100; i++) await opened.engine.decode(kv, [300]);
  expect(kv.capacity.global).toBeGreaterThanOrEqual(kv.lengths[0]);
  expect(kv.capacity.local).toBeLessThan(opened.engine.config.slidingWindow! + 40);
});

test("a long cache, whose values are read in tiles, answers as if everything were computed at once", async () => {
  const ids = Int32Array.from({ length: 2100 }, (_, i) => 3 + ((i * 7919) % 300));
  const kv = opened.engine.newCache();
  await opened.engine.prefill(kv, { ids: ids.subarray(0, 2099), images: [] }, { logitsFor: "none" });
  expect(kv.tiling("global", 1)).toEqual([kv.capacity.global / 64, 64]);
  expect(kv.tiling("global", 2)).toEqual([1, kv.capacity.global]);
  const [step] = await opened.engine.decode(kv, [ids[2099]]);
  const [whole] = await opened.engine.prefill(opened.engine.newCache(), { ids, images: [] }, { chunkTokens: 2100 });
  expect(largestDifference(step, whole)).toBeLessThan(1e-4);
});

test("an adapter changes the model and its identity", async () => {
  const adapter = join(cache.folder, "adapter");
  const { hiddenSize, heads, headDim } = opened.engine.config;
  await writeAdapter(adapter, {
    config: {
      rank: 2,
      alpha: 4,
      rankStabilised: false,
      targetModules: ["q_proj"],
      rankPattern: {},
      alphaPattern: {},
      baseModel: undefined,
    },
    factors: [
      {
        weight: "model.language_model.layers.0.self_attn.q_proj.weight",
        a: new Float32Array(2 * hiddenSize).fill(0.5),
        b: new Float32Array(heads * headDim * 2).fill(0.5),
      },
    ],
  });
  const question: Message[] = [{ role: "user", content: [{ type: "text", text: "hello" }] }];
  const load = (options: object) =>
    loadModel(goldenFolder("gemma3-multimodal"), { cacheFolder: cache.folder, ...options });
  const [plain, adapted] = [await load({}), await load({ adapter })];
  expect(adapted.identity.hash).not.toBe(plain.identity.hash);
  const [[a], [b]] = [await plain.score!(question, ["yes"]), await adapted.score!(question, ["yes"])];
  expect(Math.abs(a.logLikelihood - b.logLikelihood)).toBeGreaterThan(1e-3);
  await Promise.all([plain.close(), adapted.close()]);
});
