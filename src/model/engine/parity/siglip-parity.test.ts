/** SigLIP's towers and MedGemma's image path against transformers; tools/reference/nn_goldens.py computes the goldens. */

import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CheckpointWeights, readConfig } from "../../../checkpoint/index.ts";
import { writeSafetensors } from "../../../checkpoint/safetensors/safetensors-writer.ts";
import { MemoryWeights } from "../../../checkpoint/testing.ts";
import { imagePixels } from "../../../nn/index.ts";
import { resolveModel } from "../../hub/resolve.ts";
import { nodeRuntime } from "../../runtime/node/node-runtime.ts";
import { float32, floats, int64, type RuntimeTensor, type Session } from "../../runtime/runtime.ts";
import { loadEmbedder, loadModel } from "../load-model.ts";
import { prepareModel } from "../prepare/prepare.ts";
import { openGraph } from "../prepare/store.ts";
import { goldenFolder, goldenImage, goldenJson, goldenScaling, largestDifference, readGoldens } from "../testing.ts";
import { DualEncoder } from "../vision/dual-encoder.ts";

const tolerance = 1e-4;
let cacheFolder: string;
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "polyclinic-"));
});
afterAll(() => rm(cacheFolder, { recursive: true }));

async function prepare(model: string) {
  const where = goldenFolder(model);
  const config = readConfig(JSON.parse(readFileSync(join(where, "config.json"), "utf8")), where);
  const weights = await CheckpointWeights.open([join(where, "model.safetensors")], config.kind);
  const prepared = await prepareModel(
    { config, weights, where, hash: model },
    { precision: "f32", cacheFolder, debug: true },
  );
  return { config, weights, prepared };
}

const pixels = (...indices: number[]) => {
  const rows = indices.map((i) => imagePixels(goldenImage(i), goldenScaling));
  const data = new Float32Array(rows.length * rows[0].length);
  for (const [i, row] of rows.entries()) data.set(row, i * row.length);
  return float32(data, [rows.length, 3, 16, 16]);
};

test("both towers of a dual encoder, every named intermediate", async () => {
  const goldens = await readGoldens("siglip");
  const { texts, images } = goldenJson("siglip") as { texts: number[][]; images: number[] };
  const { prepared, weights } = await prepare("siglip");
  const image = await openGraph(nodeRuntime, prepared, "image", { threads: 1 });
  const text = await openGraph(nodeRuntime, prepared, "text", { threads: 1 });
  const ids = int64(BigInt64Array.from(texts.flat(), BigInt), [texts.length, texts[0].length]);
  const found: Record<string, RuntimeTensor> = {};
  for (const results of [await image.run({ pixels: pixels(...images) }), await text.run({ ids })])
    Object.assign(found, results);
  const parts = {
    "vision.embeddings": "vision_model.embeddings",
    "vision.layers.0": "vision_model.encoder.layers.0",
    "vision.layers.1": "vision_model.encoder.layers.1",
    "vision.post_layernorm": "vision_model.post_layernorm",
    "vision.pooled": "vision_model.head",
    "text.embeddings": "text_model.embeddings",
    "text.layers.0": "text_model.encoder.layers.0",
    "text.layers.1": "text_model.encoder.layers.1",
    "text.final_layer_norm": "text_model.final_layer_norm",
  };
  for (const [golden, part] of Object.entries(parts)) {
    const difference = largestDifference(floats(found[`debug.${part}`]), goldens.get(golden)!.data);
    expect(difference, part).toBeLessThanOrEqual(tolerance);
  }
  const rows = async (session: Session, feeds: Record<string, RuntimeTensor>) =>
    floats((await session.run(feeds)).embeddings);
  expect(
    largestDifference(await rows(image, { pixels: pixels(...images) }), goldens.get("imageEmbeds")!.data),
  ).toBeLessThanOrEqual(tolerance);
  expect(largestDifference(await rows(text, { ids }), goldens.get("textEmbeds")!.data)).toBeLessThanOrEqual(tolerance);
  await Promise.all([image.close(), text.close(), weights.close()]);
});

test("MedGemma's image path, every named intermediate", async () => {
  const goldens = await readGoldens("gemma3-multimodal");
  const { prepared, weights } = await prepare("gemma3-multimodal");
  const session = await openGraph(nodeRuntime, prepared, "vision", { threads: 1 });
  const found = await session.run({ pixels: pixels(0) });
  const tower = "model.vision_tower.vision_model";
  const parts = {
    "vision.embeddings": `${tower}.embeddings`,
    "vision.layers.0": `${tower}.encoder.layers.0`,
    "vision.layers.1": `${tower}.encoder.layers.1`,
    "vision.post_layernorm": `${tower}.post_layernorm`,
    "vision.projector": "model.multi_modal_projector",
  };
  for (const [golden, part] of Object.entries(parts)) {
    const difference = largestDifference(floats(found[`debug.${part}`]), goldens.get(`one-image/${golden}`)!.data);
    expect(difference, part).toBeLessThanOrEqual(tolerance);
  }
  await session.close();
  await weights.close();
});

test("a dual encoder embeds images and says what it cannot", async () => {
  const goldens = await readGoldens("siglip");
  const { config, prepared, weights } = await prepare("siglip");
  if (config.kind !== "siglip") throw new TypeError(config.kind);
  const image = await openGraph(nodeRuntime, prepared, "image", { threads: 1 });
  const identity = { name: "tiny", hash: "siglip", precision: "f32", engine: "onnx" };
  const encoder = new DualEncoder({
    identity,
    architecture: config,
    scaling: goldenScaling,
    image,
    onClose: () => weights.close(),
  });
  const [row] = await encoder.embed([{ type: "image", image: goldenImage(0) }]);
  expect(largestDifference(row, goldens.get("imageEmbeds")!.data.subarray(0, row.length))).toBeLessThanOrEqual(
    tolerance,
  );
  await expect(encoder.embed([{ type: "text", text: "a chest X-ray" }])).rejects.toMatchObject({
    code: "model/no-text-tower",
  });
  await expect(encoder.embed([{ type: "image", image: goldenImage(0, 8) }])).rejects.toMatchObject({
    code: "model/image-size",
    expected: "16x16",
    found: "8x8",
  });
  await encoder.close();
});

test("tensors that do not fit the configuration are named before anything is written", async () => {
  const { config } = await prepare("siglip");
  const source = { config, weights: new MemoryWeights(new Map()), where: "here", hash: "empty" };
  await expect(prepareModel(source, { precision: "f32", cacheFolder })).rejects.toMatchObject({
    code: "checkpoint/tensors",
  });
});

test("a folder with both towers loads and embeds images and texts at every precision", async () => {
  const folder = join(cacheFolder, "siglip");
  await cp(goldenFolder("siglip"), folder, { recursive: true });
  await cp(join(goldenFolder("gemma3-multimodal"), "tokenizer.json"), join(folder, "tokenizer.json"));
  const goldens = await readGoldens("siglip");
  for (const precision of ["f32", "int8", "int4"] as const) {
    const model = await loadEmbedder(folder, { precision, cacheFolder });
    const [image, text, same, long] = await model.embed([
      { type: "image", image: goldenImage(0) },
      { type: "text", text: "effusion" },
      { type: "text", text: "effusion" },
      { type: "text", text: "a very long text that goes on beyond what the tower reads" },
    ]);
    const exact = goldens.get("imageEmbeds")!.data.subarray(0, image.length);
    const cosine = image.reduce((sum, x, i) => sum + x * exact[i], 0);
    expect(cosine).toBeGreaterThan(precision === "f32" ? 0.99999 : 0.99);
    expect(same).toEqual(text);
    for (const row of [image, text, long]) expect(Math.hypot(...row)).toBeCloseTo(1, 4);
    expect(model.sigmoid!.scale).toBeGreaterThan(0);
    await model.close();
  }
  await expect(loadModel(folder, { cacheFolder })).rejects.toMatchObject({ code: "model/not-generative" });
  const generative = goldenFolder("gemma3-multimodal");
  await expect(loadEmbedder(generative, { cacheFolder })).rejects.toMatchObject({ code: "model/no-embedding" });
});

test("a folder with the image tower alone resolves, and embeds images as the folder with both does", async () => {
  const both = goldenFolder("siglip");
  const folder = join(cacheFolder, "vision-only");
  await mkdir(folder);
  const { vision_config } = JSON.parse(readFileSync(join(both, "config.json"), "utf8"));
  const config = { ...vision_config, architectures: ["SiglipVisionModel"], model_type: "siglip_vision_model" };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  const weights = await CheckpointWeights.open([join(both, "model.safetensors")], "siglip");
  const own = weights.names.filter((name) => name.startsWith("vision_model."));
  const tensors = own.map((name) => ({ name, shape: weights.shape(name), data: () => weights.read(name) }));
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  await weights.close();
  expect(await resolveModel(folder)).toEqual({ kind: "folder", folder, name: folder });
  const model = await loadEmbedder(folder, { cacheFolder });
  const [image] = await model.embed([{ type: "image", image: goldenImage(0) }]);
  const exact = (await readGoldens("siglip")).get("imageEmbeds")!.data.subarray(0, image.length);
  const unit = Math.hypot(...exact);
  expect(
    largestDifference(
      image,
      exact.map((x) => x / unit),
    ),
  ).toBeLessThan(tolerance);
  await expect(model.embed([{ type: "text", text: "effusion" }])).rejects.toMatchObject({
    code: expect.stringMatching(/^model\//),
  });
  await model.close();
  await expect(loadModel(folder, { cacheFolder })).rejects.toMatchObject({ code: "model/not-generative" });
});
