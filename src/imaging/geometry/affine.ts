/**
 * 4x4 affines, row-major, from voxel indices `(x, y, z)` to patient millimetres in LPS (DICOM PS3.3 C.7.6.2.1.1). Independent of any file format.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Affine } from "../types.ts";

export type Vector = readonly [x: number, y: number, z: number];

export const identityAffine: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** The affine whose columns are the steps in millimetres of one voxel along x, y and z, and the centre of voxel `(0, 0, 0)`. */
export function affineFromColumns(x: Vector, y: Vector, z: Vector, origin: Vector): Affine {
  return [x[0], y[0], z[0], origin[0], x[1], y[1], z[1], origin[1], x[2], y[2], z[2], origin[2], 0, 0, 0, 1];
}

/** Column `axis` of an affine: the step in millimetres along that voxel axis (0 to 2), or the origin (3). */
export function affineColumn(affine: Affine, axis: 0 | 1 | 2 | 3): Vector {
  return [affine[axis], affine[4 + axis], affine[8 + axis]];
}

/** Maps a point (voxel indices or mm, depending on the affine) through a 4x4 affine. */
export function applyAffine(affine: Affine, x: number, y: number, z: number): Vector {
  return [
    affine[0] * x + affine[1] * y + affine[2] * z + affine[3],
    affine[4] * x + affine[5] * y + affine[6] * z + affine[7],
    affine[8] * x + affine[9] * y + affine[10] * z + affine[11],
  ];
}

/** The product `a b`: first `b`, then `a`. */
export function multiplyAffines(a: Affine, b: Affine): Affine {
  const product = new Array<number>(16);
  for (let row = 0; row < 4; row++)
    for (let column = 0; column < 4; column++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += a[row * 4 + k] * b[k * 4 + column];
      product[row * 4 + column] = sum;
    }
  return product;
}

/** The determinant of the upper-left 3x3: cubic millimetres of a voxel, negative for a left-handed grid. */
export function affineDeterminant(affine: Affine): number {
  return dot(affineColumn(affine, 0), cross(affineColumn(affine, 1), affineColumn(affine, 2)));
}

/** The inverse: patient millimetres to voxel indices. Throws `geometry/singular` when the voxels have no volume. */
export function invertAffine(affine: Affine): Affine {
  const [a, b, c] = [affineColumn(affine, 0), affineColumn(affine, 1), affineColumn(affine, 2)];
  const determinant = affineDeterminant(affine);
  const scale = length(a) * length(b) * length(c);
  if (!Number.isFinite(determinant) || Math.abs(determinant) <= 1e-9 * scale || scale === 0)
    throw new PolyclinicError("geometry/singular", "the affine cannot be inverted", {
      expected: "three independent voxel axes",
      found: `determinant ${determinant}`,
    });
  const rows = [cross(b, c), cross(c, a), cross(a, b)].map((row) => row.map((value) => value / determinant));
  const origin = affineColumn(affine, 3);
  const shift = rows.map((row) => -(row[0] * origin[0] + row[1] * origin[1] + row[2] * origin[2]));
  return [...rows[0], shift[0], ...rows[1], shift[1], ...rows[2], shift[2], 0, 0, 0, 1];
}

/** Millimetres between neighbouring voxels along x, y and z. */
export function affineSpacing(affine: Affine): Vector {
  return [length(affineColumn(affine, 0)), length(affineColumn(affine, 1)), length(affineColumn(affine, 2))];
}

/** Changes the patient space between RAS (NIfTI) and LPS (DICOM); its own inverse. */
export function swapRasLps(affine: Affine): Affine {
  return affine.map((value, i) => (i < 8 ? -value : value));
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function length(a: Vector): number {
  return Math.hypot(a[0], a[1], a[2]);
}

export function subtract(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function scale(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

export function normalize(a: Vector): Vector {
  return scale(a, 1 / length(a));
}
