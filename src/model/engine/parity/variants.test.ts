/** Fields of a Gemma 3 configuration that are easily misread, against transformers; tools/reference/gemma3_variants.py computed the goldens. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CheckpointWeights, readConfig } from "../../../checkpoint/index.ts";
import { MemoryWeights } from "../../../checkpoint/testing.ts";
import { nodeRuntime } from "../../runtime/node/node-runtime.ts";
import { Engine } from "../engine.ts";
import { prepareModel } from "../prepare/prepare.ts";
import {
  goldenFolder,
  goldenJson,
  goldenPrompt,
  goldenScaling,
  largestDifference,
  readGoldens,
  temporaryCache,
} from "../testing.ts";

interface Variant {
  readonly base: string;
  readonly case: string;
  readonly fields: Readonly<Record<string, unknown>>;
}
const variants = goldenJson("variants") as Readonly<Record<string, Variant>>;

let cache: Awaited<ReturnType<typeof temporaryCache>>;
let goldens: Awaited<ReturnType<typeof readGoldens>>;
beforeAll(async () => {
  cache = await temporaryCache();
  goldens = await readGoldens("variants");
});
afterAll(() => cache.close());

test.each(Object.entries(variants))("%s: the logits are transformers'", async (name, variant) => {
  const where = goldenFolder(variant.base);
  const raw = JSON.parse(readFileSync(join(where, "config.json"), "utf8"));
  Object.assign(raw.text_config ?? raw, variant.fields);
  const config = readConfig(raw, where);
  const stored = await CheckpointWeights.open([join(where, "model.safetensors")], config.kind);
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const tensor of stored.names)
    tensors.set(tensor, { shape: stored.shape(tensor), data: await stored.read(tensor) });
  await stored.close();
  for (const [key, golden] of goldens)
    if (key.startsWith(`${name}/`) && !key.endsWith("/logits")) tensors.set(key.slice(name.length + 1), golden);
  const prepared = await prepareModel(
    { config, weights: new MemoryWeights(tensors), where, hash: `variant ${name}` },
    { precision: "f32", cacheFolder: cache.folder },
  );
  const engine = await Engine.open(nodeRuntime, prepared, config, goldenScaling, { threads: 1 });
  const prompt = goldenPrompt(goldenJson(variant.base)[variant.case]);
  const expected = goldens.get(`${name}/logits`)!.data;
  for (const chunkTokens of [512, 5]) {
    const rows = await engine.prefill(engine.newCache(), prompt, { logitsFor: 3, chunkTokens });
    expect(
      largestDifference(
        rows.flatMap((row) => [...row]),
        expected,
      ),
      `chunks of ${chunkTokens}`,
    ).toBeLessThan(2e-4);
  }
  await engine.close();
});
