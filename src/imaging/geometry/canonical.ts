/**
 * Canonical axes: x to the patient's left, y to posterior, z to the head, by permuting and flipping voxel axes only
 * (nothing is interpolated, so a volume stored in any of the 48 axis orders gives the same result).
 */
import type { Affine, Volume } from "../types.ts";
import { affineColumn, length, multiplyAffines, type Vector } from "./affine.ts";

/** For each output axis (x, y, z): its source axis, and whether it is reversed. */
export interface AxisTransform {
  readonly axes: readonly [x: number, y: number, z: number];
  readonly flip: readonly [x: boolean, y: boolean, z: boolean];
}

const permutations = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** The permutation and flips that bring the voxel axes nearest to left, posterior, head (largest sum of cosines). */
export function canonicalAxes(affine: Affine): AxisTransform {
  const directions = ([0, 1, 2] as const).map((axis) => {
    const column = affineColumn(affine, axis);
    const norm = length(column) || 1;
    return column.map((value) => value / norm) as unknown as Vector;
  });
  const alignment = (axes: readonly number[]) =>
    axes.reduce((sum, source, axis) => sum + Math.abs(directions[source][axis]), 0);
  // Ties keep the earlier permutation, so that an exactly diagonal plane gives the same result everywhere.
  let best: (typeof permutations)[number] = permutations[0];
  for (const candidate of permutations) if (alignment(candidate) > alignment(best) + 1e-9) best = candidate;
  return {
    axes: best,
    flip: [directions[best[0]][0] < 0, directions[best[1]][1] < 0, directions[best[2]][2] < 0],
  };
}

/** Three letters for the directions of the voxel axes x, y and z: `LPS` is canonical, `PIR` a common sagittal stack. */
export function orientationCode(affine: Affine): string {
  const { axes, flip } = canonicalAxes(affine);
  const letters = ["LR", "PA", "SI"];
  const code: string[] = [];
  axes.forEach((source, axis) => {
    code[source] = letters[axis][flip[axis] ? 1 : 0];
  });
  return code.join("");
}

/** The slice plane of a volume: determined by the patient axis closest to its z axis. */
export function planeOf(affine: Affine): "axial" | "coronal" | "sagittal" {
  return (["sagittal", "coronal", "axial"] as const)[canonicalAxes(affine).axes.indexOf(2)];
}

/** Permutes and flips the axes of a volume; values are moved, never changed, and the affine follows. */
export function reorient(volume: Volume, { axes, flip }: AxisTransform): Volume {
  const [depth, height, width] = volume.shape;
  const sizes = [width, height, depth];
  const strides = [1, width, width * height];
  const [nx, ny, nz] = axes.map((axis) => sizes[axis]);
  const [sx, sy, sz] = axes.map((axis, i) => (flip[i] ? -strides[axis] : strides[axis]));
  let start = 0;
  const change = new Array<number>(16).fill(0);
  change[15] = 1;
  axes.forEach((source, axis) => {
    change[source * 4 + axis] = flip[axis] ? -1 : 1;
    if (flip[axis]) {
      start += (sizes[source] - 1) * strides[source];
      change[source * 4 + 3] = sizes[source] - 1;
    }
  });
  const shape = [nz, ny, nx] as const;
  const affine = multiplyAffines(volume.affine, change);
  if (sx === 1 && sy === nx && sz === nx * ny) return { ...volume, shape, affine };
  const data = new Float32Array(volume.data.length);
  let at = 0;
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++) {
      let from = start + z * sz + y * sy;
      if (sx === 1) {
        data.set(volume.data.subarray(from, from + nx), at);
        at += nx;
      } else
        for (let x = 0; x < nx; x++) {
          data[at++] = volume.data[from];
          from += sx;
        }
    }
  return { ...volume, shape, affine, data };
}

/**
 * The volume on canonical axes: x to the left, y to posterior, z to the head. The data is shared if nothing changes.
 */
export function toCanonical(volume: Volume): Volume {
  return reorient(volume, canonicalAxes(volume.affine));
}
