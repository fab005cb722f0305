import { expect, test } from "vitest";
import { Random } from "../base/random.ts";
import { packed } from "./packed-image.ts";
import type { Image } from "./types.ts";

function picture(width: number, height: number, valueAt: (i: number) => number): Image {
  return {
    kind: "image",
    width,
    height,
    channels: 3,
    data: new Uint8Array(width * height * 3).map((_, i) => valueAt(i)),
  };
}

const random = new Random(5);
const smooth = picture(300, 200, (i) => 128 + 90 * Math.sin(i / 700) + random.below(3));
const flat = picture(130, 1, (i) => (i < 200 ? 255 : 0));
const jumps = picture(97, 31, (i) => [0, 255, 7, 250][(i >> 5) & 3]);

test.each([
  ["a smooth picture", smooth],
  ["a flat one that ends in a run", flat],
  ["one of few colours far apart", jumps],
  ["one pixel", picture(1, 1, () => 9)],
])("%s comes back to the last bit", (_, image) => {
  expect(packed(image).data).toEqual(image.data);
  expect({ ...packed(image) }).toEqual(image);
  expect(structuredClone(packed(image))).toEqual(image);
});

test("pictures read in turn do not disturb each other", () => {
  const [a, b] = [packed(smooth), packed(jumps)];
  const first = a.data;
  expect(b.data).toEqual(jumps.data);
  expect(first).toEqual(smooth.data);
  expect(a.data).toEqual(smooth.data);
});

test("reading the same picture again unpacks nothing", () => {
  const image = packed(smooth);
  expect(image.data).toBe(image.data);
});

test("noise and grey images stay as they are", () => {
  const noise = picture(64, 64, () => random.below(256));
  const grey: Image = { kind: "image", width: 2, height: 1, channels: 1, data: Uint8Array.of(1, 2) };
  expect(packed(noise)).toBe(noise);
  expect(packed(grey)).toBe(grey);
});
