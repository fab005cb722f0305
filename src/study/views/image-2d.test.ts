import { expect, test } from "vitest";
import { resizeToSquare } from "../../imaging/resize/index.ts";
import type { Image } from "../../imaging/types.ts";
import type { ImagePart } from "../types.ts";
import { image2dView, imagesOf, medsiglipView } from "./index.ts";

const limits = { imageSize: 224, tokensPerImage: 68, contextTokens: 2048 };
const image: Image = {
  kind: "image",
  width: 300,
  height: 201,
  channels: 1,
  data: Uint8Array.from({ length: 300 * 201 }, (_, i) => (i * 31) % 251),
};
const part: ImagePart = {
  kind: "image",
  label: "film",
  modality: "DX",
  origin: { files: ["film.png"], sha256: "00" },
  warnings: [],
  image,
};

test("a radiograph is the padded, antialiased square with its way back through the padding", () => {
  const view = image2dView(part, limits);
  expect(Buffer.from(imagesOf(view)[0].image.data).equals(resizeToSquare(image, 224).data)).toBe(true);
  // Source (0, 0) lies 49 rows down in the 300-pixel square: (300 - 201) / 2, remainder after.
  const [x, y] = imagesOf(view)[0].toSource(0, (49 * 224) / 300);
  expect([x, y]).toEqual([0, expect.closeTo(0, 9)]);
  expect(imagesOf(view)[0].toSource(224, 224)).toEqual([300, 251]);
});

test("MedSigLIP's view squashes instead of padding and says so by another recipe name", () => {
  const view = medsiglipView(part, { ...limits, imageSize: 448 });
  expect(view.recipe).toBe("medsiglip");
  expect(imagesOf(view)[0].image).toMatchObject({ width: 448, height: 448, channels: 3 });
  expect(imagesOf(view)[0].toSource(448, 448)).toEqual([300, 201]);
});

test("a text-only model is told apart", () => {
  expect(() => image2dView(part, { ...limits, imageSize: undefined })).toThrow("this model does not accept images");
});
