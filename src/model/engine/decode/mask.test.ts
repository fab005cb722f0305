/** Properties of attention masks and chunking on the tiny multimodal model (window 8, images of 4 tokens). */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../engine.ts";
import { goldenPrompt, largestDifference, temporaryCache } from "../testing.ts";
import { attentionBias } from "./attention-bias.ts";
import { KvCache } from "./kv-cache.ts";
import { type PromptTokens, planChunks } from "./prompt-tokens.ts";

const soft = 351;
const tolerance = 1e-4;
let cache: Awaited<ReturnType<typeof temporaryCache>>;
let engine: Engine;
beforeAll(async () => {
  cache = await temporaryCache();
  engine = (await cache.open("gemma3-multimodal", "f32", { debug: true })).engine;
}, 60_000);
afterAll(() => cache.close());

/** Text and images in any order: a number is a text token, `image` one of the five golden images. */
const layout = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 270, max: 349 }) }, fc.record({ image: fc.nat(4) })),
  {
    minLength: 1,
    maxLength: 14,
  },
);
type Layout = (number | { image: number })[];

function promptOf(parts: Layout): PromptTokens {
  const ids = [2, ...parts.flatMap((part) => (typeof part === "number" ? [part] : [12, soft, soft, soft, soft, 13]))];
  return goldenPrompt({ ids, images: parts.flatMap((part) => (typeof part === "number" ? [] : [part.image])) });
}

/** The last layer's hidden states, one row per token. */
async function states(prompt: PromptTokens): Promise<Float32Array[]> {
  const { debug } = await engine.inspect(engine.newCache(), prompt);
  const data = debug.get(`model.language_model.layers.${engine.config.layers - 1}`)!.data as Float32Array;
  const width = engine.config.hiddenSize;
  return Array.from(prompt.ids, (_, i) => data.subarray(i * width, (i + 1) * width));
}

const runs = { numRuns: 25, seed: 1 };

test("another image changes nothing before it and every one of its own tokens", async () => {
  await fc.assert(
    fc.asyncProperty(layout, fc.nat(4), async (before, image) => {
      const [a, b] = [promptOf([...before, { image }]), promptOf([...before, { image: (image + 1) % 5 }])];
      const [x, y] = [await states(a), await states(b)];
      const { start, length } = a.images.at(-1)!;
      for (let i = 0; i < start; i++) expect(largestDifference(x[i], y[i])).toBe(0);
      for (let i = start; i < start + length; i++) expect(largestDifference(x[i], y[i])).toBeGreaterThan(tolerance);
    }),
    runs,
  );
});

test("a later token changes nothing before it", async () => {
  await fc.assert(
    fc.asyncProperty(layout, async (parts) => {
      const [x, y] = [await states(promptOf([...parts, 300])), await states(promptOf([...parts, 301]))];
      for (let i = 0; i < x.length - 1; i++) expect(largestDifference(x[i], y[i])).toBe(0);
    }),
    runs,
  );
});

test("chunking never changes anything", async () => {
  await fc.assert(
    fc.asyncProperty(layout, fc.integer({ min: 1, max: 30 }), async (parts, chunkTokens) => {
      const prompt = promptOf(parts);
      const whole = await engine.prefill(engine.newCache(), prompt, { logitsFor: "all" });
      const pieces = await engine.prefill(engine.newCache(), prompt, { logitsFor: "all", chunkTokens });
      for (const [i, row] of whole.entries()) expect(largestDifference(row, pieces[i])).toBeLessThanOrEqual(tolerance);
    }),
    runs,
  );
});

test("chunks cover the prompt in order and never cut an image", () => {
  fc.assert(
    fc.property(layout, fc.integer({ min: 1, max: 40 }), (parts, size) => {
      const { ids, images } = promptOf(parts);
      const chunks = planChunks(0, ids.length, images, size);
      expect(chunks.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual([
        ...ids.keys(),
      ]);
      for (const { start, length } of images) {
        expect(chunks.every(([, to]) => to <= start || to >= start + length)).toBe(true);
      }
    }),
  );
});

describe("the bias itself", () => {
  const config = () => engine.config;

  test("tokens of one image see each other both ways and nobody else ahead", () => {
    fc.assert(
      fc.property(layout, (parts) => {
        const { ids, images } = promptOf(parts);
        const seq = ids.length;
        const numbers = new Int32Array(seq).fill(-1);
        for (const [n, { start, length }] of images.entries()) numbers.fill(n, start, start + length);
        const positions = Int32Array.from(ids.keys());
        const kv = new KvCache(config());
        for (const kind of ["local", "global"] as const) {
          const bias = attentionBias(kind, kv, [{ positions, images: numbers, branches: new Int32Array(seq) }], seq);
          const width = kv.capacity[kind] + seq;
          for (let q = 0; q < seq; q++) {
            for (let k = q + 1; k < seq; k++) {
              const sees = bias[q * width + kv.capacity[kind] + k] === 0;
              expect(sees).toBe(numbers[q] >= 0 && numbers[q] === numbers[k]);
            }
          }
        }
      }),
    );
  });

  /** Who the token at `position` of an image-free prompt sees, past and new together, on a local or global layer. */
  function seen(kind: "local" | "global", past: number, position: number): number[] {
    const kv = new KvCache(config());
    kv.reserve(past);
    for (let t = 0; t < past; t++) kv.advance([1]);
    const positions = Int32Array.from({ length: position - past + 1 }, (_, i) => past + i);
    const none = new Int32Array(positions.length);
    const seq = positions.length;
    const bias = attentionBias(kind, kv, [{ positions, images: none.map(() => -1), branches: none }], seq);
    const width = kv.capacity[kind] + seq;
    const row = bias.subarray((seq - 1) * width, seq * width);
    const visible: number[] = [];
    for (const [i, b] of row.entries()) {
      if (b === 0) visible.push(i < kv.capacity[kind] ? kv.positionOf(kind, 0, i) : past + i - kv.capacity[kind]);
    }
    return visible.sort((a, b) => a - b);
  }

  test("local layers see exactly their window, global layers everything, whatever is cached", () => {
    fc.assert(
      fc.property(fc.nat(120), fc.nat(20), (past, extra) => {
        const position = past + extra;
        const from = Math.max(0, position - config().slidingWindow! + 1);
        expect(seen("local", past, position)).toEqual(Array.from({ length: position - from + 1 }, (_, i) => from + i));
        expect(seen("global", past, position)).toEqual(Array.from({ length: position + 1 }, (_, i) => i));
      }),
    );
  });
});
