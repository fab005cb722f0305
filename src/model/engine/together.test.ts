/** Conversations answered at the same time: each gets the answer it gets alone, whoever joins, leaves or is aborted beside it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerateOptions, GenerationResult, Generator, Message } from "../contract.ts";
import { nodeRuntime } from "../runtime/node/node-runtime.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { KvCache } from "./decode/kv-cache.ts";
import { loadModel } from "./load-model.ts";
import { goldenConfig, goldenFolder, goldenImage } from "./testing.ts";

/** Sequences and tokens `[batch, seq]` of every step of a decoder. */
const steps: (readonly number[])[] = [];
const counting: Runtime = {
  ...nodeRuntime,
  async open(source, options) {
    const session = await nodeRuntime.open(source, options);
    const run: typeof session.run = (feeds, outputs) => {
      if (feeds.hidden) steps.push(feeds.hidden.dims.slice(0, 2));
      return session.run(feeds, outputs);
    };
    return Object.assign(Object.create(session), { run, close: () => session.close() });
  },
};

let cacheFolder: string;
let model: Generator;
/** The calls' answers, one after the other. */
const expected: GenerationResult[] = [];
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "polyclinic-"));
  model = await loadModel(goldenFolder("gemma3-multimodal"), { cacheFolder, threads: 1, runtime: counting });
  for (const [messages, options] of calls) expected.push(await model.generate(messages, options).result);
}, 60_000);
afterAll(async () => {
  await model.close();
  await rm(cacheFolder, { recursive: true });
});

const ask = (text: string, ...images: number[]): Message[] => [
  {
    role: "user",
    content: [...images.map((i) => ({ type: "image" as const, image: goldenImage(i) })), { type: "text", text }],
  },
];
const schema = {
  type: "object",
  properties: { seen: { type: "boolean" }, side: { enum: ["left", "right", "both"] } },
  required: ["seen", "side"],
};
const calls: [Message[], GenerateOptions][] = [
  [ask("What is this?", 0), { temperature: 1.5, seed: 1, maxTokens: 30 }],
  [ask("Hm"), { temperature: 0, maxTokens: 7 }],
  [ask("Where is it, and on which side of the two?", 1, 2), { temperature: 1, schema, maxTokens: 60 }],
  [ask("What is this?", 0, 1, 2, 3), { temperature: 2, seed: 4, topK: 5, maxTokens: 55, repetitionPenalty: 1.3 }],
  [ask("A long one ".repeat(12), 3), { temperature: 1.5, seed: 5, maxTokens: 40 }],
  [ask("What is this?", 2), { temperature: 1.5, seed: 6, maxTokens: 1 }],
  [ask("Again?", 1), { temperature: 1.5, seed: 7, maxTokens: 45, draft: "no such answer" }],
];

test("answers together are those of one after the other, to the token", async () => {
  steps.length = 0;
  const together = await Promise.all(calls.map(([messages, options]) => model.generate(messages, options).result));
  expect(together).toEqual(expected);
  expect(Math.max(...steps.map(([batch]) => batch))).toBeGreaterThanOrEqual(5);
  const tokens = expected.reduce((sum, { usage }) => sum + usage.completionTokens, 0);
  expect(steps.length).toBeLessThan(tokens / 2);
});

test("joining in the middle of others' answers changes none", async () => {
  const results: Promise<GenerationResult>[] = [];
  const start = (i: number) => results.push(model.generate(...calls[i]).result);
  const first = model.generate(...calls[0]);
  results.push(first.result);
  let next = 1;
  for await (const _ of first) if (next < calls.length) start(next++);
  while (next < calls.length) start(next++);
  expect(await Promise.all(results)).toEqual(expected);
});

test("an abort ends its own answer alone", async () => {
  const stop = new AbortController();
  const aborted = model.generate(calls[3][0], { ...calls[3][1], signal: stop.signal });
  const others = calls.map(([messages, options]) => model.generate(messages, options).result);
  for await (const _ of aborted) stop.abort();
  expect((await aborted.result).finishReason).toBe("abort");
  expect(await Promise.all(others)).toEqual(expected);
});

test("a failure ends its own answer alone, and the next ones are answered", async () => {
  const nothing = Array.from({ length: 352 }, (_, id) => id);
  const failing = model.generate(ask("Hm", 0), { forbiddenTokenIds: nothing }).result;
  const others = calls.map(([messages, options]) => model.generate(messages, options).result);
  await expect(failing).rejects.toMatchObject({ code: "model/nothing-allowed" });
  expect(await Promise.all(others)).toEqual(expected);
  expect(await model.generate(...calls[0]).result).toEqual(expected[0]);
});

test("samples under a schema are drawn side by side, those of consecutive seeds", async () => {
  const [messages] = calls[2];
  const options = { schema, temperature: 1.5, maxTokens: 60 };
  steps.length = 0;
  const samples = await model.sample(messages, 5, options);
  // The prompt is computed once; the first answer begins while the others are being laid out.
  expect(steps.filter(([, seq]) => seq > 16)).toHaveLength(1);
  expect(Math.max(...steps.map(([batch]) => batch))).toBe(5);
  for (const [seed, { tokenIds }] of samples.entries())
    expect(tokenIds).toEqual((await model.generate(messages, { ...options, seed }).result).tokenIds);
});

test("a cache that sequences leave keeps the others' entries, and gives back room that nobody needs", () => {
  const config = goldenConfig("gemma3-multimodal");
  if (config.kind !== "multimodal") throw new TypeError(config.kind);
  const { kvHeads, headDim, layerTypes } = config.text;
  /** A cache of one sequence whose entries are all `value`. */
  const filled = (tokens: number, value: number) => {
    const cache = new KvCache(config.text);
    cache.reserve(tokens);
    const entries = new Float32Array(kvHeads * headDim * tokens).fill(value);
    for (let i = 0; i < layerTypes.length; i++) cache.write(i, entries, entries, tokens, [tokens]);
    cache.advance([tokens]);
    return cache;
  };
  const batch = KvCache.join([filled(20, 1), filled(900, 2), filled(33, 3)]);
  const { global } = batch.capacity;
  batch.leave(0);
  expect(batch.lengths).toEqual([33, 900]);
  expect(batch.capacity.global).toBe(global);
  batch.leave(1);
  expect(batch.lengths).toEqual([33]);
  expect(batch.capacity.global).toBeLessThan(100);
  batch.join(filled(40, 4));
  for (const [i, kind] of layerTypes.entries()) {
    const capacity = batch.capacity[kind];
    const keys = batch.fed(i, "k");
    for (const [b, length, value] of [
      [0, 33, 3],
      [1, 40, 4],
    ] as const) {
      const held = Math.min(length, capacity);
      for (let g = 0; g < kvHeads * headDim; g++) {
        const from = (b * kvHeads * headDim + g) * capacity;
        expect(new Set(keys.subarray(from, from + held))).toEqual(new Set([value]));
      }
    }
  }
});
