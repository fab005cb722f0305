/** f32 against Hugging Face transformers on random weights: tools/reference/nn_goldens.py computes the goldens and says how. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KvCache } from "../decode/kv-cache.ts";
import type { PromptTokens } from "../decode/prompt-tokens.ts";
import type { Engine } from "../engine.ts";
import { argmax } from "../sample/sampling.ts";
import { goldenJson, goldenPrompt, largestDifference, readGoldens, temporaryCache } from "../testing.ts";

const tolerance = 1e-4;

async function greedy(engine: Engine, cache: KvCache, prompt: PromptTokens, tokens: number, chunkTokens?: number) {
  let [logits] = (await engine.prefill(cache, prompt, { chunkTokens })).slice(-1);
  const ids: number[] = [];
  for (;;) {
    ids.push(argmax(logits));
    if (ids.length === tokens) return ids;
    [logits] = await engine.decode(cache, [ids[ids.length - 1]]);
  }
}

const suffixes = ["", ".input_layernorm", ".self_attn", ".mlp"];

describe.each(["gemma1", "gemma2", "gemma3-text", "gemma3-multimodal"])("%s", (model) => {
  const cases: Record<string, { ids: number[]; images?: number[]; intermediates?: boolean; greedy: number[] }> =
    goldenJson(model);
  let goldens: Awaited<ReturnType<typeof readGoldens>>;
  let cache: Awaited<ReturnType<typeof temporaryCache>>;
  let engine: Engine;
  beforeAll(async () => {
    goldens = await readGoldens(model);
    cache = await temporaryCache();
    engine = (await cache.open(model)).engine;
  }, 60_000);
  afterAll(() => cache.close());

  describe.each(Object.keys(cases))("%s", (name) => {
    test.each([1, 7, 256])("logits in chunks of %i", async (chunkTokens) => {
      const { data, shape } = goldens.get(`${name}/logits`)!;
      const all = await engine.prefill(engine.newCache(), goldenPrompt(cases[name]), { logitsFor: "all", chunkTokens });
      const last = all.slice(-shape[0]).flatMap((row) => [...row]);
      expect(largestDifference(last, data)).toBeLessThanOrEqual(tolerance);
    });

    test("greedy continuation", async () => {
      const found = await greedy(engine, engine.newCache(), goldenPrompt(cases[name]), cases[name].greedy.length);
      expect(found).toEqual(cases[name].greedy);
    });
  });

  test("every named intermediate", async () => {
    const debug = (await cache.open(model, "f32", { debug: true })).engine;
    const [name] = Object.entries(cases).find(([, c]) => c.intermediates)!;
    const { debug: found } = await debug.inspect(debug.newCache(), goldenPrompt(cases[name]));
    const prefix = model === "gemma3-multimodal" ? "model.language_model" : "model";
    const layers = debug.config.layers;
    const names = ["norm", ...Array.from({ length: layers }, (_, i) => suffixes.map((s) => `layers.${i}${s}`)).flat()];
    for (const part of names) {
      const golden = goldens.get(`${name}/${part}`)!;
      const difference = largestDifference(found.get(`${prefix}.${part}`)!.data as Float32Array, golden.data);
      expect(difference, part).toBeLessThanOrEqual(tolerance);
    }
  });

  test("a batch of unequal lengths, decoded together", async () => {
    const names = Object.keys(cases);
    const caches: KvCache[] = [];
    const next: number[] = [];
    for (const name of names) {
      const one = engine.newCache();
      const [logits] = await engine.prefill(one, goldenPrompt(cases[name]));
      caches.push(one);
      next.push(argmax(logits));
    }
    const batch = KvCache.join(caches);
    const found = next.map((id) => [id]);
    for (let i = 1; i < 10; i++) {
      const logits = await engine.decode(
        batch,
        found.map((ids) => ids[ids.length - 1]),
      );
      for (const [b, row] of logits.entries()) found[b].push(argmax(row));
    }
    expect(found).toEqual(names.map((name) => cases[name].greedy));
  });

  test("a kept prefix, forked, continues as if computed at once", async () => {
    for (const [name, golden] of Object.entries(cases)) {
      const prompt = goldenPrompt(golden);
      const inImage = (n: number) => prompt.images.some((i) => n > i.start && n < i.start + i.length);
      for (let cut = 1; cut < prompt.ids.length; cut += 5) {
        if (inImage(cut)) continue;
        const kept = engine.newCache();
        const images = prompt.images.filter((i) => i.start < cut);
        await engine.prefill(kept, { ids: prompt.ids.slice(0, cut), images });
        // What follows one fork leaves the other as it was.
        await greedy(
          engine,
          kept.copy(),
          { ids: Int32Array.from([...prompt.ids.slice(0, cut), 300, 301]), images },
          12,
        );
        expect(await greedy(engine, kept.copy(), prompt, golden.greedy.length), `${name} cut at ${cut}`).toEqual(
          golden.greedy,
        );
      }
    }
  });

  test("tokens taken back leave nothing behind", async () => {
    const [, golden] = Object.entries(cases).at(-1)!;
    const prompt = goldenPrompt(golden);
    const kept = engine.newCache();
    await greedy(engine, kept, prompt, 20);
    kept.truncate(0, prompt.ids.length - 1);
    expect(await greedy(engine, kept, prompt, golden.greedy.length)).toEqual(golden.greedy);
  });

  test("continuations scored side by side are those scored alone", async () => {
    const [, golden] = Object.entries(cases).at(-1)!;
    const prompt = goldenPrompt(golden);
    const kept = engine.newCache();
    await engine.prefill(kept, prompt);
    const continuations = [[5], [290, 301, 15, 16, 17, 18, 19, 20, 21, 22], [301, 302]];
    const together = await engine.branches(kept, continuations);
    for (const [i, ids] of continuations.entries()) {
      const alone = kept.copy();
      for (const [t, id] of ids.entries()) {
        const [logits] = await engine.decode(alone, [id]);
        expect(largestDifference(together[i][t], logits)).toBeLessThanOrEqual(tolerance);
      }
    }
    expect(kept.lengths).toEqual([prompt.ids.length]);
  });
});
