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
const smooth = picture(700, 600, (i) => 128 + 90 * Math.sin(i / 700) + random.below(9));
const flat = picture(400_000, 1, (i) => (i < 500_000 ? 255 : 0));
const jumps = picture(31, 12_001, (i) => [0, 255, 7, 250][(i >> 9) & 3]);

test.each([
  ["a smooth picture", smooth],
  ["a flat one of a single line", flat],
  ["a narrow one of colours far apart", jumps],
])("%s comes back to the last bit", (_, image) => {
  expect(packed(image) === image).toBe(false);
  expect(Buffer.compare(packed(image).data, image.data)).toBe(0);
  const cloned = structuredClone(packed(image));
  expect({ ...cloned, data: Buffer.compare(cloned.data, image.data) }).toEqual({ ...image, data: 0 });
});

test("pictures read in turn do not disturb each other", () => {
  const [a, b] = [packed(smooth), packed(jumps)];
  const first = a.data;
  expect(Buffer.compare(b.data, jumps.data)).toBe(0);
  expect(Buffer.compare(first, smooth.data)).toBe(0);
  expect(Buffer.compare(a.data, smooth.data)).toBe(0);
});

test("reading the same picture again unpacks nothing", () => {
  const image = packed(smooth);
  expect(image.data).toBe(image.data);
});

test("noise, small and grey images stay as they are", () => {
  const noise = picture(700, 600, () => random.below(256));
  const small = picture(10, 10, () => 0);
  const grey: Image = { kind: "image", width: 2000, height: 1000, channels: 1, data: new Uint8Array(2_000_000) };
  expect(packed(noise) === noise).toBe(true);
  expect(packed(small)).toBe(small);
  expect(packed(grey)).toBe(grey);
});
