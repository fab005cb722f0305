import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Volume } from "../types.ts";
import {
  affineDeterminant,
  affineFromColumns,
  applyAffine,
  canonicalAxes,
  invertAffine,
  multiplyAffines,
  orientationCode,
  planeOf,
  reformatToAxial,
  reorient,
  resample,
  swapRasLps,
  toCanonical,
  uprightGrid,
  type Vector,
} from "./index.ts";

const vector = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -50, max: 50, noNaN: true }))) as fc.Arbitrary<
  [number, number, number]
>;

/** A volume whose every voxel holds a value that names it. */
function numbered(shape: [number, number, number], affine: Volume["affine"]): Volume {
  const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => i);
  return { kind: "volume", shape, data, affine, unit: "arbitrary" };
}

const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;
const all48 = orders.flatMap((axes) =>
  Array.from({ length: 8 }, (_, bits) => ({
    axes,
    flip: [(bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0] as [boolean, boolean, boolean],
  })),
);

describe("affines", () => {
  test("an affine after its inverse is the identity", () => {
    fc.assert(
      fc.property(vector, vector, vector, vector, vector, (a, b, c, origin, point) => {
        const affine = affineFromColumns(
          [a[0] + 120, a[1], a[2]],
          [b[0], b[1] + 120, b[2]],
          [c[0], c[1], c[2] - 120],
          origin,
        );
        expect(affineDeterminant(affine)).toBeLessThan(0);
        const there = applyAffine(affine, ...point);
        const back = applyAffine(invertAffine(affine), ...there);
        back.forEach((value, i) => {
          expect(value).toBeCloseTo(point[i], 3);
        });
      }),
    );
  });

  test("a flat grid has no inverse", () => {
    expect(() => invertAffine(affineFromColumns([1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 0]))).toThrow(/inverted/);
    expect(() => invertAffine(new Array(16).fill(Number.NaN))).toThrow(/inverted/);
  });

  test("RAS and LPS differ by the signs of x and y", () => {
    const affine = affineFromColumns([1, 2, 3], [4, 5, 6], [7, 8, 10], [11, 12, 13]);
    const [x, y, z] = applyAffine(affine, 2, 3, 4);
    expect(applyAffine(swapRasLps(affine), 2, 3, 4)).toEqual([-x, -y, z]);
    expect(swapRasLps(swapRasLps(affine))).toEqual(affine);
  });
});

describe("canonical axes", () => {
  test("all 48 axis orders of a volume become one and the same volume", () => {
    const original = numbered([4, 3, 2], affineFromColumns([2, 0, 0], [0, 3, 0], [0, 0, 4], [-5, 6, 7]));
    for (const transform of all48) {
      const stored = reorient(original, transform);
      const canonical = toCanonical(stored);
      expect(canonical.shape).toEqual(original.shape);
      expect(canonical.data).toEqual(original.data);
      expect(canonical.affine.map((v) => v + 0)).toEqual(original.affine);
    }
  });

  test("a moved voxel keeps its place in the patient", () => {
    const affine = affineFromColumns([0.1, 0.9, 0.2], [1.1, -0.2, 0.3], [0.1, 0.3, -2], [-5, 6, 7]);
    const original = numbered([4, 3, 2], affine);
    for (const transform of all48) {
      const moved = reorient(original, transform);
      const [, height, width] = moved.shape;
      for (let i = 0; i < moved.data.length; i++) {
        const voxel = moved.data[i];
        const here = applyAffine(
          moved.affine,
          i % width,
          Math.floor(i / width) % height,
          Math.floor(i / width / height),
        );
        const there = applyAffine(affine, voxel % 2, Math.floor(voxel / 2) % 3, Math.floor(voxel / 6));
        here.forEach((value, axis) => {
          expect(value).toBeCloseTo(there[axis], 9);
        });
      }
    }
  });

  test("codes and planes name the stored axes", () => {
    const code = (x: Vector, y: Vector, z: Vector) => orientationCode(affineFromColumns(x, y, z, [0, 0, 0]));
    expect(code([1, 0, 0], [0, 1, 0], [0, 0, 1])).toBe("LPS");
    expect(code([0, 1, 0], [0, 0, -1], [-1, 0, 0])).toBe("PIR");
    expect(planeOf(affineFromColumns([0, 1, 0], [0, 0, -1], [-1, 0, 0], [0, 0, 0]))).toBe("sagittal");
    expect(planeOf(affineFromColumns([1, 0, 0], [0, 0, -1], [0, 1, 0], [0, 0, 0]))).toBe("coronal");
    expect(canonicalAxes(affineFromColumns([1, 0, 0], [0, 0.8, 0.6], [0, -0.6, 0.8], [0, 0, 0])).axes).toEqual([
      0, 1, 2,
    ]);
  });
});

describe("other grids", () => {
  test("resampling on the own grid changes nothing", () => {
    const volume = numbered(
      [4, 3, 5],
      affineFromColumns([0.7, 0.1, 0], [-0.1, 0.7, 0.2], [0, -0.3, 2.5], [-50, 60, 70]),
    );
    expect(resample(volume, volume, -1).data).toEqual(volume.data);
  });

  test("a linear field stays linear, and outside is marked", () => {
    const volume = numbered([3, 3, 3], affineFromColumns([2, 0, 0], [0, 2, 0], [0, 0, 2], [0, 0, 0]));
    const fine = resample(
      volume,
      { shape: [1, 1, 6], affine: affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 3]) },
      -9,
    );
    // Value = x/2 + 3 y/2 + 9 z/2 with the point in millimetres.
    expect([...fine.data]).toEqual([15, 15.5, 16, 16.5, 17, 17]);
    const far = resample(
      volume,
      { shape: [1, 1, 1], affine: affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 1], [9, 0, 0]) },
      -9,
    );
    expect([...far.data]).toEqual([-9]);
  });

  test("a thick sagittal stack becomes axial slices with square pixels", () => {
    // x index runs to posterior, y to the feet, slices 3 mm apart to the left.
    const volume = numbered([3, 4, 5], affineFromColumns([0, 1, 0], [0, 0, -1], [3, 0, 0], [10, 20, 30]));
    const axial = reformatToAxial(volume);
    expect(planeOf(axial.affine)).toBe("axial");
    expect(axial.shape).toEqual([4, 5, 7]);
    // The lowest axial slice is the last stored row; half-way between slices it is the mean.
    expect(axial.data[0]).toBe(15);
    expect(axial.data[3]).toBe(35);
    expect(axial.data[1]).toBeCloseTo(15 + 20 / 3, 4);
  });

  test("an upright grid holds every voxel centre of an oblique volume", () => {
    const volume = numbered([4, 4, 4], affineFromColumns([0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0.2, 1], [3, 4, 5]));
    const grid = uprightGrid(volume);
    const toGrid = invertAffine(grid.affine);
    for (const [x, y, z] of [
      [0, 0, 0],
      [3, 0, 0],
      [0, 3, 0],
      [0, 0, 3],
      [3, 3, 3],
    ] as const) {
      const at = applyAffine(multiplyAffines(toGrid, volume.affine), x, y, z);
      at.forEach((value, axis) => {
        expect(value).toBeGreaterThan(-1);
        expect(value).toBeLessThan(grid.shape[2 - axis]);
      });
    }
  });
});
