import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { studyOf } from "../study.ts";
import type { ImagePart } from "../types.ts";
import { image2dView, imagesOf, longitudinalView, viewOf } from "./index.ts";
import { panAndScanCrops } from "./pan-and-scan.ts";

// Made by tools/reference/pan_and_scan.py with transformers.
const golden = JSON.parse(readFileSync(new URL("../../text/goldens/pan-and-scan.json", import.meta.url), "utf8"));
const gemma = { minCropSize: 256, maxCrops: 4, minRatio: 1.2 };
const small = { minCropSize: 16, maxCrops: 3, minRatio: 1.5 };
const limits = { imageSize: 32, tokensPerImage: 20, contextTokens: 8192, panAndScan: small };

function gradient(width: number, height: number): ImagePart {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set([x * 2, y * 6, (x * y) % 256], (y * width + x) * 3);
  const image = { kind: "image" as const, width, height, channels: 3 as const, data };
  return {
    kind: "image",
    label: "film",
    modality: "DX",
    image,
    origin: { files: ["file"], sha256: "00" },
    warnings: [],
  };
}

test("crops are those of transformers, for 73 sizes under two settings", () => {
  expect(golden.crops).toHaveLength(73);
  for (const { size, boxes, small } of golden.crops) {
    const [width, height] = size;
    const plain = (settings: typeof gemma) =>
      panAndScanCrops(width, height, settings).map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1]);
    expect(plain(gemma), `${width} x ${height}`).toEqual(boxes);
    expect(plain({ minCropSize: 32, maxCrops: 3, minRatio: 1.5 }), `${width} x ${height}`).toEqual(small);
  }
});

test("pixels of the whole image and its crops are Pillow's", () => {
  const { items, recipe } = image2dView(gradient(90, 40), limits);
  expect(recipe).toBe("pan-and-scan");
  const images = imagesOf({ items });
  expect(images.map(({ image }) => [...image.data])).toEqual(golden.pixels.images);
  expect(images.map(({ crop }) => crop)).toEqual([undefined, true, true]);
  // The corners of each image lie where it was cut.
  expect(images.map(({ toSource }) => [...toSource(0, 0), ...toSource(32, 32)])).toEqual([
    [0, 0, 90, 40],
    [0, 0, 45, 40],
    [45, 0, 90, 40],
  ]);
});

test("crops that do not fit are left out and listed, and a square image has none", async () => {
  const part = gradient(90, 40);
  const narrow = { ...limits, contextTokens: 60 };
  const view = await viewOf(studyOf([part]), narrow, { reserveTokens: 0 });
  expect(view.items).toHaveLength(1);
  expect(view.leftOut).toEqual(["film: its 2 crops, which do not fit into the context"]);
  expect((await viewOf(studyOf([part]), limits)).items).toHaveLength(3);
  expect((await viewOf(studyOf([gradient(40, 40)]), limits)).items).toHaveLength(1);
});

test("of a pair the current image keeps its crops longest", () => {
  const [prior, current] = [0, 1].map((index) => ({ part: gradient(90, 40), index }));
  const partsShown = (contextTokens: number) =>
    longitudinalView(prior, current, { ...limits, contextTokens }).items.map(({ part }) => part);
  // A quarter of the context is reserved, and an image takes 20 tokens.
  expect(partsShown(160)).toEqual([0, 0, 0, 1, 1, 1]);
  expect(partsShown(134)).toEqual([0, 1, 1, 1]);
  expect(partsShown(80)).toEqual([0, 1]);
});
