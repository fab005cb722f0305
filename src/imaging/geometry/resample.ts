/**
 * Resamples volumes on another grid by trilinear interpolation in patient space. Needed if permuting axes is not
 * enough: oblique stacks, tilted gantries, unequal pixel spacing after reformatting.
 */
import type { Affine, Volume } from "../types.ts";
import {
  affineColumn,
  affineFromColumns,
  affineSpacing,
  applyAffine,
  invertAffine,
  multiplyAffines,
  type Vector,
} from "./affine.ts";
import { planeOf, toCanonical } from "./canonical.ts";

/** A voxel grid in patient space: its shape, and the affine from voxel indices to LPS millimetres. */
export interface Grid {
  readonly shape: readonly [z: number, y: number, x: number];
  readonly affine: Affine;
}

/** Values of `volume` at the voxel centres of `grid`; points outside (by more than half a voxel) get `outside`. */
export function resample(volume: Volume, grid: Grid, outside: number): Volume {
  const [depth, height, width] = volume.shape;
  const source = volume.data;
  const m = multiplyAffines(invertAffine(volume.affine), grid.affine);
  const [nz, ny, nx] = grid.shape;
  const data = new Float32Array(nz * ny * nx);
  let at = 0;
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, at++) {
        const px = snap(m[0] * x + m[1] * y + m[2] * z + m[3], width);
        const py = snap(m[4] * x + m[5] * y + m[6] * z + m[7], height);
        const pz = snap(m[8] * x + m[9] * y + m[10] * z + m[11], depth);
        if (px < 0 || py < 0 || pz < 0) {
          data[at] = outside;
          continue;
        }
        const x0 = Math.floor(px);
        const y0 = Math.floor(py);
        const z0 = Math.floor(pz);
        const fx = px - x0;
        const fy = py - y0;
        const fz = pz - z0;
        const dx = fx > 0 ? 1 : 0;
        const dy = fy > 0 ? width : 0;
        const i = (z0 * height + y0) * width + x0;
        const near = plane(source, i, dx, dy, fx, fy);
        data[at] = fz > 0 ? near + (plane(source, i + width * height, dx, dy, fx, fy) - near) * fz : near;
      }
  return { ...volume, shape: grid.shape, affine: grid.affine, data };
}

function plane(source: Float32Array, i: number, dx: number, dy: number, fx: number, fy: number): number {
  const top = source[i] + (source[i + dx] - source[i]) * fx;
  if (dy === 0) return top;
  const bottom = source[i + dy] + (source[i + dy + dx] - source[i + dy]) * fx;
  return top + (bottom - top) * fy;
}

/** Clamps to the edge within half a voxel of it, rounds away arithmetic noise, and gives -1 outside. */
function snap(position: number, size: number): number {
  if (!(position >= -0.5001 && position <= size - 0.4999)) return -1;
  const clamped = Math.min(size - 1, Math.max(0, position));
  const nearest = Math.round(clamped);
  return Math.abs(clamped - nearest) < 1e-6 ? nearest : clamped;
}

/**
 * Any stack as axial slices: axes are permuted to left, posterior, head; if the pixels of the new slices would not be
 * square (a sagittal stack of thick slices), they are interpolated along the coarser in-plane axis to the finer
 * spacing. An axial stack is only put on canonical axes. @throws PolyclinicError `geometry/singular` for voxels without
 * volume.
 */
export function reformatToAxial(volume: Volume): Volume {
  const canonical = toCanonical(volume);
  if (planeOf(volume.affine) === "axial") return canonical;
  const [dx, dy] = affineSpacing(canonical.affine);
  const fine = Math.min(dx, dy);
  if (Math.max(dx, dy) < fine * 1.001) return canonical;
  const [nz, ny, nx] = canonical.shape;
  const count = (n: number, spacing: number) => Math.max(1, Math.round(((n - 1) * spacing) / fine) + 1);
  const step = (axis: 0 | 1, spacing: number) =>
    affineColumn(canonical.affine, axis).map((value) => (value * fine) / spacing) as unknown as Vector;
  const affine = affineFromColumns(
    step(0, dx),
    step(1, dy),
    affineColumn(canonical.affine, 2),
    affineColumn(canonical.affine, 3),
  );
  return resample(canonical, { shape: [nz, count(ny, dy), count(nx, dx)], affine }, canonical.data[0] ?? 0);
}

/**
 * The axis-aligned grid around an oblique or sheared volume: patient axes (left, posterior, head), the volume's spacing
 * on the nearest axes, large enough to contain every voxel centre.
 */
export function uprightGrid(volume: Volume): Grid {
  const { affine, shape } = toCanonical({ ...volume, data: new Float32Array(0) });
  const [dx, dy, dz] = affineSpacing(affine);
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const z of [0, shape[0] - 1])
    for (const y of [0, shape[1] - 1])
      for (const x of [0, shape[2] - 1])
        applyAffine(affine, x, y, z).forEach((value, axis) => {
          low[axis] = Math.min(low[axis], value);
          high[axis] = Math.max(high[axis], value);
        });
  const count = (axis: number, spacing: number) => Math.floor((high[axis] - low[axis]) / spacing + 1e-6) + 1;
  return {
    shape: [count(2, dz), count(1, dy), count(0, dx)],
    affine: affineFromColumns([dx, 0, 0], [0, dy, 0], [0, 0, dz], [low[0], low[1], low[2]]),
  };
}
