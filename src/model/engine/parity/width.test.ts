/**
 * f32 at the real widths of the 4B model: one local and one global decoder layer, one vision layer. Weights are the formula of
 * tools/reference/nn_width.py, which computed the goldens with Hugging Face transformers.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../../../checkpoint/index.ts";
import { decoderConfig, expectedTensors, type WeightSource } from "../../../nn/index.ts";
import { nodeRuntime } from "../../runtime/node/node-runtime.ts";
import { float32, floats, type RuntimeTensor } from "../../runtime/runtime.ts";
import { Decoder } from "../decode/decoder.ts";
import { EmbeddingTable } from "../decode/embedding-table.ts";
import { KvCache } from "../decode/kv-cache.ts";
import { lazy } from "../decode/lazy.ts";
import { prepareModel } from "../prepare/prepare.ts";
import { openGraph, type PreparedStore } from "../prepare/store.ts";
import { goldenFolder, goldenJson, largestDifference, readGoldens } from "../testing.ts";

const tolerance = 2e-3;
const folder = goldenFolder("width-4b");
const config = readConfig(JSON.parse(readFileSync(join(folder, "config.json"), "utf8")), folder);

/** Numbers in [-0.5, 0.5): lowbias32 of index and FNV-1a of the name, 24 bits kept. */
function uniform(name: string, start: number, count: number): Float32Array<ArrayBuffer> {
  let salt = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) salt = Math.imul(salt ^ byte, 0x01000193);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let x = (start + i + salt) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    out[i] = ((x ^ (x >>> 16)) >>> 8) * 2 ** -24 - 0.5;
  }
  return out;
}

/** The spelling on the hub, which the formula hashes. */
const storedName = (name: string) =>
  name
    .replace("model.language_model.", "language_model.model.")
    .replace("model.vision_tower.", "vision_tower.")
    .replace("model.multi_modal_projector", "multi_modal_projector");

function scaleOf(name: string, shape: readonly number[]): number {
  if (shape.length < 2) return 0.4;
  if (name.includes("embed")) return name.includes("patch") ? Math.sqrt(12 / (3 * 14 * 14)) : 0.1;
  return Math.sqrt(12 / (name.includes("mm_input_projection") ? shape[0] : shape[1]));
}

const shapes = expectedTensors(config);
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

const formulaWeights: WeightSource = {
  names: [...shapes.keys()],
  has: (name) => shapes.has(name),
  shape: (name) => shapes.get(name)!,
  dtype: () => "F32",
  read: (name) => formulaWeights.readRows(name, 0, shapes.get(name)![0]),
  async readRows(name, start, count) {
    const shape = shapes.get(name)!;
    const width = size(shape.slice(1));
    const stored = storedName(name);
    const values = uniform(stored, start * width, count * width);
    const scale = Math.fround(scaleOf(stored, shape));
    const layerNorm = stored.includes("vision") && /(layer_norm\d|post_layernorm)\.weight$/.test(stored);
    for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i] * scale) + (layerNorm ? 1 : 0);
    return values;
  },
  readRaw: async (name) => new Uint8Array((await formulaWeights.read(name)).buffer),
};

let cacheFolder: string;
let prepared: PreparedStore;
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "polyclinic-"));
  const source = { config, weights: formulaWeights, where: folder, hash: "width" };
  prepared = await prepareModel(source, { precision: "f32", cacheFolder, debug: true });
}, 120_000);
afterAll(() => rm(cacheFolder, { recursive: true }));

test("one image, more text than the window: logits and every named intermediate", { timeout: 120_000 }, async () => {
  const goldens = await readGoldens("width-4b");
  const { ids } = goldenJson("width-4b") as { ids: number[] };
  const gemma = decoderConfig(config)!;
  const sampled = (tensor: RuntimeTensor) => {
    const width = tensor.dims.at(-1)!;
    return floats(tensor)
      .slice(-width)
      .filter((_, i) => i % 8 === 0);
  };
  const vision = await openGraph(nodeRuntime, prepared, "vision");
  const pixels = uniform("pixels", 0, 3 * 56 * 56).map((x) => x * 2);
  const encoded = await vision.run({ pixels: float32(pixels, [1, 3, 56, 56]) });
  await vision.close();
  expect(largestDifference(sampled(encoded.softTokens), goldens.get("vision.projector")!.data)).toBeLessThanOrEqual(
    tolerance,
  );

  const table = await EmbeddingTable.open(prepared, prepared.manifest.embedding!, gemma);
  const isImage = (id: number) => id === 511;
  const hidden = table.lookup(Int32Array.from(ids, (id) => (isImage(id) ? -1 : id)));
  hidden.set(floats(encoded.softTokens), ids.findIndex(isImage) * gemma.hiddenSize);
  await table.close();
  const decoder = new Decoder(
    {
      decode: lazy(() => openGraph(nodeRuntime, prepared, "decoder")),
    },
    gemma,
  );
  const { logits, debug } = await decoder.step(new KvCache(gemma), [
    {
      hidden,
      positions: Int32Array.from(ids.keys()),
      images: Int32Array.from(ids, (id) => (isImage(id) ? 0 : -1)),
      branches: new Int32Array(ids.length),
      logitsFor: [ids.length - 3, ids.length - 2, ids.length - 1],
    },
  ]);
  await decoder.close();
  const parts = [0, 1].flatMap((i) =>
    ["", ".input_layernorm", ".self_attn", ".mlp"].map((part) => `layers.${i}${part}`),
  );
  for (const part of [...parts, "norm"]) {
    const difference = largestDifference(sampled(debug.get(`model.language_model.${part}`)!), goldens.get(part)!.data);
    expect(difference, part).toBeLessThanOrEqual(tolerance);
  }
  expect(
    largestDifference(logits[0].flatMap((row) => [...row]) as unknown as number[], goldens.get("logits")!.data),
  ).toBeLessThanOrEqual(tolerance);
});
