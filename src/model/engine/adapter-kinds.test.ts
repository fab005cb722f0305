/**
 * The kinds of adapter that users bring, against PEFT: equal, or refused by their true reason. Adapters and logits were made by PEFT 0.21 on
 * transformers 5.18 (tools/reference/learn/peft_kinds.py).
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyAdapter, CheckpointWeights, openAdapter, SafetensorsFile } from "../../checkpoint/index.ts";
import type { ArchitectureConfig } from "../../nn/index.ts";
import { nodeRuntime } from "../runtime/node/node-runtime.ts";
import { Engine } from "./engine.ts";
import { prepareModel } from "./prepare/prepare.ts";
import {
  goldenConfig,
  goldenFolder,
  goldenJson,
  goldenPrompt,
  goldenScaling,
  largestDifference,
  temporaryCache,
} from "./testing.ts";

const kinds = fileURLToPath(new URL("../../checkpoint/goldens/kinds", import.meta.url));
/** The field each of these is refused by. */
const refused: Readonly<Record<string, string>> = {
  pissa: "init_lora_weights",
  "pissa-niter": "init_lora_weights",
  olora: "init_lora_weights",
  "lora-bias": "lora_bias",
  "token-indices": "trainable_token_indices",
};
const all = readdirSync(kinds).filter((name) => !name.includes("."));

let cache: Awaited<ReturnType<typeof temporaryCache>>;
let weights: CheckpointWeights;
let config: ArchitectureConfig;
const expected = new Map<string, Float32Array>();
beforeAll(async () => {
  cache = await temporaryCache();
  config = goldenConfig("gemma3-multimodal");
  weights = await CheckpointWeights.open([join(goldenFolder("gemma3-multimodal"), "model.safetensors")], config.kind);
  const file = await SafetensorsFile.open(join(kinds, "logits.safetensors"));
  for (const [name, entry] of file.header.tensors)
    expected.set(name, await file.readFloats(entry, 0, entry.shape[0] * entry.shape[1]));
  await file.close();
});
afterAll(async () => {
  await weights.close();
  await cache.close();
});

test.each(all.filter((kind) => !(kind in refused)))("%s: the logits are PEFT's", async (kind) => {
  const adapter = await openAdapter(join(kinds, kind), config.kind);
  const adapted = applyAdapter(weights, config, adapter);
  const source = { ...adapted, where: kind, hash: `kind-${kind}` };
  const prepared = await prepareModel(source, { precision: "f32", cacheFolder: cache.folder });
  const engine = await Engine.open(nodeRuntime, prepared, adapted.config, goldenScaling, { threads: 1 });
  const rows = await engine.prefill(engine.newCache(), goldenPrompt(goldenJson("gemma3-multimodal")["text-between"]), {
    logitsFor: 2,
  });
  await engine.close();
  await adapter.close();
  const logits = rows.flatMap((row) => [...row]);
  // Every kind changes the answer by far more than the tolerance.
  expect(largestDifference(expected.get(kind)!, expected.get("base")!)).toBeGreaterThan(0.1);
  expect(largestDifference(logits, expected.get(kind)!)).toBeLessThan(2e-4);
});

test.each(Object.entries(refused))("%s is refused by %s", async (kind, field) => {
  await expect(openAdapter(join(kinds, kind), config.kind)).rejects.toMatchObject({
    code: "checkpoint/adapter",
    where: expect.stringContaining(field),
  });
});

test("every kind is there", () => {
  expect(all.length).toBeGreaterThanOrEqual(35);
  expect(all).toEqual(expect.arrayContaining(Object.keys(refused)));
});
