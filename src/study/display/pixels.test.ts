import { expect, test } from "vitest";
import { type Pixels, reduced } from "./pixels.ts";

/** The definition, value by value. */
function mean({ width, height, channels, data }: Pixels, by: number, x: number, y: number, c: number): number {
  let [sum, count] = [0, 0];
  for (let v = y * by; v < Math.min(height, (y + 1) * by); v++)
    for (let u = x * by; u < Math.min(width, (x + 1) * by); u++, count++) sum += data[(v * width + u) * channels + c];
  return sum / count;
}

test.each([
  ["grey bytes", 1, (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * 37) % 251)],
  ["colour", 3, (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * 37) % 251)],
  ["colour with opacity", 4, (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * 37) % 251)],
  ["Hounsfield units", 1, (n: number) => Int16Array.from({ length: n }, (_, i) => ((i * 7919) % 4096) - 1024)],
  ["fractions", 1, (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i) * 100)],
] as const)("%s are averaged over whole squares and over the incomplete ones at the edges", (_, channels, make) => {
  const pixels: Pixels = { width: 11, height: 7, channels, data: make(77 * channels), range: [0, 255] };
  for (const by of [2, 3, 20]) {
    const { width, height, data, range } = reduced(pixels, by);
    expect([width, height, range]).toEqual([Math.ceil(11 / by), Math.ceil(7 / by), [0, 255]]);
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < channels; c++, i++) {
          const expected = mean(pixels, by, x, y, c);
          if (pixels.data instanceof Uint8Array) expect(data[i]).toBe(Math.round(expected));
          else expect(data[i]).toBeCloseTo(expected, 3);
        }
  }
  expect(reduced(pixels, 1)).toBe(pixels);
});
