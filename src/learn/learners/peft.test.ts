/**
 * Adapters go both ways between here and Python PEFT. `goldens/peft/trained-here` was trained and saved by `tune`
 * (tools/reference/learn/peft_adapter.mjs), `saved-by-peft` was made by PEFT; `logits.safetensors` holds what PEFT computes under each
 * (tools/reference/learn/peft_goldens.py).
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyAdapter, CheckpointWeights, openAdapter, readConfig, SafetensorsFile } from "../../checkpoint/index.ts";
import { reduceMean } from "../../graph/index.ts";
import { Engine } from "../../model/engine/engine.ts";
import { prepareModel } from "../../model/engine/prepare/prepare.ts";
import {
  goldenFolder,
  goldenImage,
  goldenJson,
  goldenPrompt,
  goldenScaling,
  largestDifference,
  temporaryCache,
} from "../../model/engine/testing.ts";
import { nodeRuntime } from "../../model/runtime/node/node-runtime.ts";
import { imagePixels } from "../../nn/index.ts";
import { answerLogits, type LanguageConfig } from "../language/objective.ts";
import { packedFeeds } from "../language/pack.ts";
import { TrainingStep } from "../step.ts";
import type { Tensors } from "../tensors.ts";
import { freshLora, loadLora, loraWeights } from "./lora.ts";

const goldens = fileURLToPath(new URL("./goldens/peft", import.meta.url));
const base = goldenFolder("gemma3-multimodal");
const config = readConfig(JSON.parse(readFileSync(join(base, "config.json"), "utf8")), base) as LanguageConfig & {
  kind: "multimodal";
};
const sample: { ids: number[]; images: number[] } = goldenJson("gemma3-multimodal")["text-between"];

let cache: Awaited<ReturnType<typeof temporaryCache>>;
const peft = new Map<string, Float32Array>();
beforeAll(async () => {
  cache = await temporaryCache();
  const file = await SafetensorsFile.open(join(goldens, "logits.safetensors"));
  for (const [name, entry] of file.header.tensors)
    peft.set(name, await file.readFloats(entry, 0, entry.shape[0] * entry.shape[1]));
  await file.close();
});
afterAll(() => cache.close());

/** The engine's logits of the last eight tokens, with the adapter added to the weights. */
async function engineLogits(folder: string): Promise<number[]> {
  const weights = await CheckpointWeights.open([join(base, "model.safetensors")], "multimodal");
  const adapter = await openAdapter(folder, "multimodal");
  const source = {
    config,
    weights: applyAdapter(weights, config, adapter).weights,
    where: base,
    hash: folder.replace(/\W/g, "").slice(-32),
  };
  const prepared = await prepareModel(source, { precision: "f32", cacheFolder: cache.folder });
  const engine = await Engine.open(nodeRuntime, prepared, config, goldenScaling, { threads: 1 });
  const rows = await engine.prefill(engine.newCache(), goldenPrompt(sample), { logitsFor: "all" });
  await Promise.all([engine.close(), adapter.close(), weights.close()]);
  return rows.slice(-8).flatMap((row) => [...row]);
}

/** The training graph's, with the adapter's factors read to be trained further. */
async function trainingLogits(folder: string): Promise<Float32Array> {
  const weights = await CheckpointWeights.open([join(base, "model.safetensors")], "multimodal");
  const tensors: Tensors = new Map();
  for (const name of weights.names) tensors.set(name, { shape: weights.shape(name), data: await weights.read(name) });
  await weights.close();
  const adapter = await openAdapter(folder, "multimodal");
  const { rank, alpha, targetModules } = adapter.config;
  await adapter.close();
  const options = {
    rank,
    alpha,
    targets: targetModules === "all-linear" ? targetModules : [...targetModules],
  } as const;
  for (const [name, value] of freshLora(tensors, options, 1)) tensors.set(name, value);
  await loadLora(folder, tensors, "multimodal");
  const tokens = sample.ids.length;
  const shape = { rows: 1, tokens: tokens + 1, answers: 8 };
  const lossMask = new Uint8Array(tokens + 1).fill(1, tokens - 7);
  const { images } = goldenPrompt(sample);
  // The token after the last, which nothing reads, gives the last one its row of logits.
  const sequence = {
    ids: Int32Array.from([...sample.ids, 1]),
    lossMask,
    imageStarts: images.map(({ start }) => start),
  };
  const { feeds } = packedFeeds([{ sequence, place: { row: 0, start: 0 } }], shape, config.text, config.tokensPerImage);
  const side = config.vision.imageSize;
  const pixels = new Float32Array(sample.images.length * 3 * side * side);
  for (const [i, index] of sample.images.entries())
    pixels.set(imagePixels(goldenImage(index), goldenScaling), i * 3 * side * side);
  const step = await TrainingStep.compile({
    name: "logits",
    tensors,
    trainable: () => false,
    define: (graph, plain) => {
      const logits = answerLogits(graph, loraWeights(graph, plain, options), config, shape);
      return { loss: reduceMean(logits, [0, 1]), outputs: { logits } };
    },
  });
  const { outputs } = await step.run({
    ...feeds,
    pixels: { data: pixels, dims: [sample.images.length, 3, side, side] },
  });
  await step.close();
  return outputs.logits.data;
}

test.each(["trained-here", "saved-by-peft"])("%s: the engine's and the trainer's logits are PEFT's", async (name) => {
  const expected = peft.get(name)!;
  // Both adapters change the answers by far more than the tolerance.
  expect(largestDifference(expected, peft.get("base")!)).toBeGreaterThan(1);
  const folder = join(goldens, name);
  expect(largestDifference(await engineLogits(folder), expected)).toBeLessThan(1e-4);
  expect(largestDifference(await trainingLogits(folder), expected)).toBeLessThan(1e-4);
});
