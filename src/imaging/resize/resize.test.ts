/** Golden checksums: Pillow and numpy, by tools/reference/imaging/pillow_resize.py. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import type { Image } from "../types.ts";
import {
  fromSource,
  resizeBilinear,
  resizeBilinearPlain,
  resizeToSquare,
  SquareResizer,
  squareFit,
  toSource,
  valueRange,
} from "./index.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

type Row = [1 | 3, number, number, number, number, number, string, string, string];
const goldens: { rows: Row[] } = JSON.parse(readFileSync(new URL("./goldens/pillow.json", import.meta.url), "utf8"));

function noise(n: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: n }, (_, i) => {
    let v = (Math.imul(i, 2654435761) + seed * 40503) >>> 0;
    v = Math.imul(v ^ (v >>> 15), 2246822519) >>> 0;
    return (v ^ (v >>> 13)) >>> 24;
  });
}

const digest = (image: Image) => createHash("sha256").update(image.data).digest("hex").slice(0, 16);

test("bilinear, padded and plain resizes of 200 sizes equal the references to the last bit", () => {
  for (const [
    i,
    [channels, width, height, toWidth, toHeight, square, bilinear, padded, plain],
  ] of goldens.rows.entries()) {
    const image: Image = { kind: "image", width, height, channels, data: noise(width * height * channels, i) };
    expect([i, digest(resizeBilinear(image, toWidth, toHeight))]).toEqual([i, bilinear]);
    expect([i, digest(resizeToSquare(image, square))]).toEqual([i, padded]);
    expect([i, digest(resizeBilinearPlain(image, toWidth, toHeight))]).toEqual([i, plain]);
  }
});

const side = fc.integer({ min: 1, max: 3000 });

test("a point goes to the model's square and back within a thousandth of a pixel", () => {
  fc.assert(
    fc.property(
      side,
      side,
      fc.integer({ min: 1, max: 1200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (w, h, size, t) => {
        const fit = squareFit(w, h, size);
        const [x, y] = toSource(fit, ...fromSource(fit, w * t, h * (1 - t)));
        return Math.abs(x - w * t) < 1e-3 && Math.abs(y - h * (1 - t)) < 1e-3;
      },
    ),
  );
});

test("padding is zero, centred, with the odd remainder after the image", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (width, height) => {
      const side = Math.max(width, height);
      const image: Image = {
        kind: "image",
        width,
        height,
        channels: 1,
        data: new Uint8Array(width * height).fill(200),
      };
      const { data } = resizeToSquare(image, side); // no scaling: the padded square itself
      const before = [Math.floor((side - width) / 2), Math.floor((side - height) / 2)];
      return data.every((v, i) => {
        const x = Math.floor(i / 3) % side;
        const y = Math.floor(i / 3 / side);
        const inside = x >= before[0] && x < before[0] + width && y >= before[1] && y < before[1] + height;
        return v === (inside ? 200 : 0);
      });
    }),
  );
});

test("the range of values passes over what is not finite", () => {
  const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY];
  expect(valueRange(Float32Array.of(3, nan, -2, 5))).toEqual([-2, 5]);
  expect(valueRange(Float32Array.of(3, -inf, -2, inf, nan))).toEqual([-2, 3]);
  expect(valueRange(Float32Array.of(nan, inf))).toEqual([0, 0]);
  expect(valueRange(new Float32Array())).toEqual([0, 0]);
  // Longer than one piece of the vector code, extremes in the uneven end.
  const long = Float32Array.from({ length: 40_003 }, (_, i) => Math.sin(i));
  long[40_001] = 9;
  long[40_002] = -9;
  expect(valueRange(long)).toEqual([-9, 9]);
});

test("an empty image is a named error", () => {
  const image: Image = { kind: "image", width: 0, height: 4, channels: 1, data: new Uint8Array() };
  expect(() => resizeToSquare(image, 8)).toThrow("at least one pixel");
  expect(() => resizeBilinear({ ...image, width: 4, data: new Uint8Array(16) }, 0, 8)).toThrow("at least one pixel");
});

test("without WebAssembly the same bytes come out, of images and of values", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  vi.resetModules();
  const plain = await import("./index.ts");
  for (const [i, [channels, width, height, , , size]] of goldens.rows.slice(0, 60).entries()) {
    const image: Image = { kind: "image", width, height, channels, data: noise(width * height * channels, i) };
    expect(digest(plain.resizeToSquare(image, size))).toBe(digest(resizeToSquare(image, size)));
    // Values outside the range, on its ends and between, and what is not a number.
    const values = Float32Array.from(noise(width * height, i + 1), (v, at) =>
      at % 97 === 0 ? Number.NaN : v * 17.3 - 1500,
    );
    const ranges = [
      [-1024, 1024],
      [-135, 215],
      [0, 80],
    ] as const;
    const expected = new SquareResizer(width, height, size).values(values, ranges);
    expect(digest(new plain.SquareResizer(width, height, size).values(values, ranges))).toBe(digest(expected));
  }
});

test("an image larger than one band of the kernel is resized to the same bytes, of pixels and of values", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  vi.resetModules();
  const plain = await import("./index.ts");
  // Bands of 2^22 bytes: two of 32 rows and an uneven rest; the width of the square itself; many rows and a rest.
  for (const [width, height, channels, size] of [
    [40_003, 77, 3, 64],
    [128, 33_001, 1, 128],
    [2049, 700, 3, 37],
  ] as const) {
    const image: Image = { kind: "image", width, height, channels, data: noise(width * height * channels, width) };
    expect([width, digest(resizeToSquare(image, size))]).toEqual([width, digest(plain.resizeToSquare(image, size))]);
  }
  const values = Float32Array.from(noise(20_001 * 67, 5), (v) => v * 17.3 - 1500);
  const ranges = [
    [-1024, 1024],
    [-135, 215],
    [0, 80],
  ] as const;
  expect(digest(new SquareResizer(20_001, 67, 50).values(values, ranges))).toBe(
    digest(new plain.SquareResizer(20_001, 67, 50).values(values, ranges)),
  );
});
