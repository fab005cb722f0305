/** Golden windows: numpy in single precision, by tools/reference/imaging/ct_windows.py. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyAffine, invertAffine } from "../../../imaging/geometry/index.ts";
import type { Volume } from "../../../imaging/types.ts";
import type { VolumePart } from "../../types.ts";
import { ctView, ctWindows, imagesOf, mriView, sliceIndices, windowByte } from "../index.ts";

const limits = { imageSize: 64, tokensPerImage: 20, contextTokens: 8192 };
const goldens = JSON.parse(readFileSync(new URL("./goldens/ct-windows.json", import.meta.url), "utf8"));

function volumePart(volume: Partial<Volume> & Pick<Volume, "shape">, label = "series"): VolumePart {
  const [depth, height, width] = volume.shape;
  return {
    kind: "volume",
    label,
    modality: "CT",
    origin: { files: [label], sha256: "00" },
    warnings: [],
    volume: {
      kind: "volume",
      data: new Float32Array(depth * height * width),
      affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
      unit: "HU",
      ...volume,
    },
  };
}

test("CT windows equal numpy's bytes at every half Hounsfield unit", () => {
  for (const generation of ["1.5", "1.0"] as const) {
    ctWindows[generation].forEach((window, channel) => {
      const expected = Buffer.from(goldens[generation][channel], "base64");
      const found = Buffer.from(Array.from(expected, (_, i) => windowByte(goldens.from + i * goldens.step, window)));
      expect(found.equals(expected)).toBe(true);
    });
  }
});

test("the report's windows put air, water, soft tissue and bone where they belong", () => {
  const bytes = (generation: keyof typeof ctWindows) => (hu: number) =>
    ctWindows[generation].map((window) => windowByte(hu, window));
  expect([-1024, 0, 40, 80, 1024].map(bytes("1.5"))).toEqual([
    [0, 0, 0],
    [128, 98, 0],
    [132, 128, 128],
    [137, 157, 255],
    [255, 255, 255],
  ]);
  // By hand from MedGemma 1's widths and levels: water's red is (0 + 1225) / 2250 * 255 = 138.8.
  expect([-1225, 0, 40, 80, 1025].map(bytes("1.0"))).toEqual([
    [0, 0, 0],
    [139, 98, 0],
    [143, 128, 128],
    [148, 157, 255],
    [255, 255, 255],
  ]);
});

test.each(["1.5", "1.0"] as const)("a CT view colours its slices by the windows of MedGemma %s", (windows) => {
  const data = Float32Array.from({ length: 5 * 64 * 64 }, (_, i) => -1500 + i * 0.25);
  const view = ctView([{ part: volumePart({ shape: [5, 64, 64], data }), index: 0 }], limits, { windows });
  expect(view.recipe).toBe(`ct-${windows}`);
  expect(imagesOf(view).map(({ label }) => label)).toEqual(["SLICE 1", "SLICE 2", "SLICE 3", "SLICE 4", "SLICE 5"]);
  const wrong = imagesOf(view).flatMap(({ image }, z) =>
    Array.from(image.data).filter(
      (byte, i) => byte !== windowByte(data[z * 4096 + Math.floor(i / 3)], ctWindows[windows][i % 3]),
    ),
  );
  expect(wrong).toEqual([]);
});

test("slice indices are equidistant, ascending, distinct, with both ends; the notebook's never take the first", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 2, max: 126 }), (count, max) => {
      const indices = sliceIndices(count, max);
      const steps = indices.slice(1).map((v, i) => v - indices[i]);
      const notebook = sliceIndices(count, max, "notebook");
      return (
        indices.length === Math.min(count, max) &&
        indices[0] === 0 &&
        indices.at(-1) === count - 1 &&
        steps.every((step) => step >= 1) &&
        (steps.length === 0 || Math.max(...steps) - Math.min(...steps) <= 1) &&
        notebook.at(-1) === count - 1 &&
        (count <= max || notebook[0] > 0)
      );
    }),
  );
  // Python: [round(i / 85 * (200 - 1)) for i in range(1, 86)][:8]
  expect(sliceIndices(200, 85, "notebook").slice(0, 8)).toEqual([2, 5, 7, 9, 12, 14, 16, 19]);
});

test("MR scales each volume by its own range, constant volumes are white, one slice has no label", () => {
  const ramp = Float32Array.from({ length: 64 * 64 }, (_, i) => i);
  const part = (data: Float32Array) => volumePart({ shape: [1, 64, 64], data, unit: "arbitrary" });
  const [a, b] = [ramp, ramp.map((v) => v * 1000 - 7)].map((data) => mriView([{ part: part(data), index: 0 }], limits));
  expect(imagesOf(a)[0].label).toBeUndefined();
  expect(Buffer.from(imagesOf(a)[0].image.data).equals(Buffer.from(imagesOf(b)[0].image.data))).toBe(true);
  const white = mriView([{ part: part(new Float32Array(4096).fill(3)), index: 0 }], limits);
  expect(imagesOf(white)[0].image.data.every((v) => v === 255)).toBe(true);
});

test("several series are sampled as one stack and what is left out is said", () => {
  const parts = [200, 100].map((depth, index) => ({
    part: volumePart({ shape: [depth, 8, 8] }, `series ${index}`),
    index,
  }));
  const view = ctView(parts, limits, { maxSlices: 30 });
  expect(imagesOf(view)).toHaveLength(30);
  expect(imagesOf(view).filter(({ part }) => part === 0)).toHaveLength(20);
  expect(imagesOf(view).at(-1)).toMatchObject({ part: 1, index: 99, label: "SLICE 30" });
  expect(view.leftOut).toEqual([
    "series 0: 180 of 200 slices, to stay within the model's limits",
    "series 1: 90 of 100 slices, to stay within the model's limits",
  ]);
});

test("a smaller context takes fewer slices, and none at all is an error", () => {
  const part = volumePart({ shape: [200, 8, 8] });
  const small = { ...limits, contextTokens: 1024 };
  expect(imagesOf(ctView([{ part, index: 0 }], small))).toHaveLength(Math.floor((1024 - 256) / 26));
  expect(() => ctView([{ part, index: 0 }], { ...limits, contextTokens: 20 })).toThrow("no image fits");
});

/** Every way to lay three axes, forwards and backwards, with unequal steps and a small tilt. */
const grid = fc
  .tuple(
    fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
    fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    fc.tuple(
      ...([0, 1, 2].map(() => fc.double({ min: 0.7, max: 1.3, noNaN: true })) as [
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
      ]),
    ),
    fc.double({ min: -0.05, max: 0.05, noNaN: true }),
  )
  .map(([axes, flips, steps, tilt]) => {
    const affine = new Array<number>(16).fill(0);
    affine[15] = 1;
    axes.forEach((patient, axis) => {
      affine[patient * 4 + axis] = (flips[axis] ? -1 : 1) * steps[axis];
      affine[((patient + 1) % 3) * 4 + axis] = tilt;
    });
    affine[3] = -30;
    affine[7] = 12;
    affine[11] = 100;
    return affine;
  });

test("whatever the stored axes, a shown pixel's millimetres lead back to the voxel it was made of", () => {
  fc.assert(
    fc.property(grid, (affine) => {
      const shape = [6, 9, 7] as const;
      const data = Float32Array.from({ length: 6 * 9 * 7 }, (_, i) => i);
      const part = volumePart({ shape, data, affine, unit: "arbitrary" });
      const view = mriView([{ part, index: 0 }], { ...limits, imageSize: 9 }, { plane: "as-acquired" });
      const inverse = invertAffine(affine);
      return imagesOf(view).every((shown) => {
        const [mx, my, mz] = shown.toPatient!(4.5, 4.5);
        const [x, y, z] = applyAffine(inverse, mx, my, mz).map(Math.round);
        const value = Math.round((data[(z * 9 + y) * 7 + x] / (data.length - 1)) * 255);
        const [sx, sy] = shown.toSource(4.5, 4.5);
        const same = shown.index === z && Math.floor(sx) === x && Math.floor(sy) === y;
        return same && Math.abs(shown.image.data[(4 * shown.image.width + 4) * 3] - value) <= 1;
      });
    }),
  );
});

test("axial slices show the patient's right on the left, the front at the top, and run from the feet to the head", () => {
  fc.assert(
    fc.property(grid, (affine) => {
      const part = volumePart({ shape: [8, 8, 8], affine, unit: "arbitrary" });
      const images = imagesOf(mriView([{ part, index: 0 }], limits, { plane: "axial" }));
      const [a, b] = [images[0].toPatient!(10, 10), images[0].toPatient!(20, 30)];
      const [first, last] = [images[0].toPatient!(32, 32), images.at(-1)!.toPatient!(32, 32)];
      return b[0] > a[0] && b[1] > a[1] && last[2] > first[2];
    }),
  );
});

test("values without Hounsfield units are refused by the CT view", () => {
  const part = volumePart({ shape: [2, 4, 4], unit: "arbitrary" });
  expect(() => ctView([{ part, index: 0 }], limits)).toThrow("need Hounsfield units");
});
