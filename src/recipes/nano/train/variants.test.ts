import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { Random } from "../../../base/random.ts";
import { CheckpointWeights, readConfig } from "../../../checkpoint/index.ts";
import { type LanguageConfig, languageObjective } from "../../../learn/language/objective.ts";
import { Packer, packedFeeds } from "../../../learn/language/pack.ts";
import { type Feed, TrainingStep } from "../../../learn/step.ts";
import type { Tensors } from "../../../learn/tensors.ts";
import { shownImages } from "./examples.ts";
import type { NanoImage, NanoPixels } from "./pixels.ts";
import { drawPixels, unchanged } from "./tower-batch.ts";
import { PooledVariants, variantCounts, variantOf, variantsOf } from "./variants.ts";

const goldens = fileURLToPath(new URL("../../../model/engine/goldens/gemma3-multimodal", import.meta.url));
const config = readConfig(JSON.parse(readFileSync(`${goldens}/config.json`, "utf8")), "config") as Extract<
  LanguageConfig,
  { kind: "multimodal" }
>;
const tensors: Tensors = new Map();
beforeAll(async () => {
  const weights = await CheckpointWeights.open([`${goldens}/model.safetensors`], "multimodal");
  for (const name of weights.names) tensors.set(name, { shape: weights.shape(name), data: await weights.read(name) });
  await weights.close();
});

const size = config.vision.imageSize;
const random = new Random(5);
/** Two films, one of them held out, and a volume of fourteen slices, each with its two mask planes. */
const pixels: NanoPixels = (() => {
  const images: NanoImage[] = [];
  let offset = 0;
  const add = (image: Pick<NanoImage, "set" | "split" | "slice">, planes: number) => {
    images.push({ ...image, path: `${images.length}`, label: "normal", group: "", channels: 1, offset });
    offset += planes * size * size;
  };
  add({ set: "cxr", split: "train" }, 1);
  add({ set: "cxr", split: "val" }, 1);
  for (let index = 0; index < 14; index++) add({ set: "hippocampus", split: "train", slice: { volume: 0, index } }, 3);
  const volume = { path: "v", first: 2, slices: 14, sideMm: 40, spacingMm: 1, anterior: 900, posterior: 800 } as const;
  const bytes = Uint8Array.from({ length: offset }, () => random.below(256));
  return { size, images, volumes: [{ ...volume, split: "train" }], bytes };
})();

test("a volume changes as one, each variant in its own way; held-out images are shown as they are", () => {
  const [film, held, first, second] = pixels.images;
  expect(variantOf(pixels, first, 3, 1).change).toEqual(variantOf(pixels, second, 3, 1).change);
  expect(variantOf(pixels, first, 3, 1).change).not.toEqual(variantOf(pixels, first, 4, 1).change);
  expect(variantOf(pixels, film, 0, 1).change).not.toEqual(variantOf(pixels, film, 0, 2).change);
  expect(variantsOf(film)).toBe(variantCounts.cxr);
  expect(variantsOf(held)).toBe(1);
  expect(variantOf(pixels, held, 0, 1).change).toEqual(unchanged(pixels));
  expect(shownImages(pixels, "train").map(({ slice }) => slice?.index)).toEqual([
    undefined,
    ...[0, 1, 2, 4, 5, 6, 7, 8, 9, 11, 12, 13],
  ]);
});

test("a decoder that reads encoded images answers as one that sees the pixels", async () => {
  const seed = 7;
  const images = shownImages(pixels, "train");
  const pooled = await PooledVariants.encode(pixels, images, config, tensors, { seed });
  const shown = [variantOf(pixels, images[0], 2, seed), variantOf(pixels, images[5], 11, seed)];

  const { tokensPerImage, vision, text } = config;
  const shape = { rows: 1, tokens: 40, answers: 6 };
  const packer = new Packer(shape);
  for (const start of [2, 4]) {
    const ids = [2, 20, ...new Array<number>(tokensPerImage).fill(config.imageTokenId), 31 + start, 40, 41];
    const learned = Uint8Array.from(ids, (_, i) => (i >= ids.length - 2 ? 1 : 0));
    packer.add({ ids: Int32Array.from(ids), lossMask: learned, imageStarts: [2] });
  }
  const { feeds } = packedFeeds(packer.placed, shape, text, tokensPerImage);
  const likelihoods = async (kind: "multimodal" | "pooled", images: Record<string, Feed>) => {
    const step = await TrainingStep.compile({
      name: kind,
      define: (graph, weights) => languageObjective(graph, weights, { ...config, kind }, shape),
      tensors,
      trainable: () => false,
    });
    const { outputs } = await step.run({ ...feeds, ...images });
    await step.close();
    return [...outputs.logLikelihoods.data];
  };
  const drawn = new Float32Array(2 * 3 * size * size);
  const gathered = new Float32Array(2 * pooled.size);
  for (const [i, variant] of shown.entries()) {
    drawPixels(pixels, variant.image, variant.change, drawn, i * 3 * size * size);
    gathered.set(pooled.of(variant), i * pooled.size);
  }
  const seen = await likelihoods("multimodal", { pixels: { data: drawn, dims: [2, 3, size, size] } });
  const read = await likelihoods("pooled", {
    pooled: { data: gathered, dims: [2, tokensPerImage, vision.hiddenSize] },
  });
  for (const [i, value] of seen.entries()) expect(read[i]).toBeCloseTo(value, 5);
});
