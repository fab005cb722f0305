/**
 * The displayed slices of a volume, extracted one by one: for most volumes the displayed order is a permutation of the
 * axes, and only the selected slices are moved in memory. Radiological display: the patient's right is at the left edge
 * of axial and coronal slices; axial slices have anterior at the top, sagittal and coronal ones the head.
 */
import {
  type AxisTransform,
  affineSpacing,
  canonicalAxes,
  multiplyAffines,
  planeOf,
  reformatToAxial,
} from "../../../imaging/geometry/index.ts";
import type { Affine, Volume } from "../../../imaging/types.ts";

/** The plane of the slices shown: reformatted axial slices, or the slices as acquired. */
export type Plane = "axial" | "as-acquired";

export interface SliceStack {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** Displayed pixel and slice index `(x, y, z, 1)` (centres at integers) to patient millimetres. */
  readonly affine: Affine;
  /** True if the slices are reformatted or interpolated rather than the volume's own. */
  readonly reformatted: boolean;
  /** `[height, width]`; may share the volume's memory and must not be written to. */
  slice(index: number): Float32Array;
  /** Maps slice `index` and a point in it (continuous, top-left origin) to the volume's own slice and pixels. */
  toVolume(x: number, y: number, index: number): readonly [x: number, y: number, z: number];
}

/**
 * Axes of each plane: canonical patient axes (left, posterior, head), reordered to columns, rows, slices. Axial slices
 * run from the feet to the head, sagittal ones from right to left, coronal ones from front to back; slice order follows
 * geometry, never file names.
 */
const display = {
  axial: { axes: [0, 1, 2], flip: [false, false, false] },
  sagittal: { axes: [1, 2, 0], flip: [false, true, false] },
  coronal: { axes: [0, 2, 1], flip: [false, true, false] },
} as const satisfies Record<string, AxisTransform>;

/**
 * @param plane `axial` reformats sagittal and coronal stacks (and interpolates if the new pixels would not be square).
 */
export function sliceStack(volume: Volume, plane: Plane): SliceStack {
  const acquired = planeOf(volume.affine);
  const shown = plane === "axial" ? "axial" : acquired;
  const canonical = canonicalAxes(volume.affine);
  const transform = {
    axes: display[shown].axes.map((axis) => canonical.axes[axis]),
    flip: display[shown].axes.map((axis, i) => canonical.flip[axis] !== display[shown].flip[i]),
  };
  if (shown !== acquired) {
    const spacing = affineSpacing(volume.affine);
    const [dx, dy] = [spacing[transform.axes[0]], spacing[transform.axes[1]]];
    if (Math.abs(dx - dy) > 0.001 * Math.min(dx, dy)) {
      return {
        ...stackOf(reformatToAxial(volume), { axes: [0, 1, 2], flip: [false, false, false] }),
        reformatted: true,
      };
    }
  }
  return { ...stackOf(volume, transform), reformatted: shown !== acquired };
}

/**
 * Whether a non-axial stack can usefully be reformatted: its slices must span at least a quarter of their own width,
 * and its voxels must not be longer than `longest` times their width, or the result would be blurred.
 */
export function canCutAxially({ shape, affine }: Volume, longest: number): boolean {
  const spacing = affineSpacing(affine);
  const [dx, dy, dz] = spacing;
  const [depth, height, width] = shape;
  return (
    depth * dz >= 0.25 * Math.max(height * dy, width * dx) && Math.max(...spacing) <= longest * Math.min(...spacing)
  );
}

function stackOf(
  volume: Volume,
  { axes, flip }: { axes: readonly number[]; flip: readonly boolean[] },
): Omit<SliceStack, "reformatted"> {
  const [depth, rows, columns] = volume.shape;
  const sizes = [columns, rows, depth];
  const strides = [1, columns, columns * rows];
  const [width, height, count] = axes.map((axis) => sizes[axis]);
  const step = axes.map((axis, i) => (flip[i] ? -strides[axis] : strides[axis]));
  const change = new Array<number>(16).fill(0);
  change[15] = 1;
  let origin = 0;
  axes.forEach((axis, i) => {
    change[axis * 4 + i] = flip[i] ? -1 : 1;
    if (!flip[i]) return;
    change[axis * 4 + 3] = sizes[axis] - 1;
    origin += (sizes[axis] - 1) * strides[axis];
  });
  return {
    count,
    width,
    height,
    affine: multiplyAffines(volume.affine, change),
    slice: (index) => {
      const first = origin + index * step[2];
      if (step[0] === 1 && step[1] === width) return volume.data.subarray(first, first + width * height);
      const out = new Float32Array(width * height);
      if (Math.abs(step[0]) <= Math.abs(step[1])) {
        for (let y = 0, o = 0; y < height; y++) {
          for (let x = 0, i = first + y * step[1]; x < width; x++, i += step[0]) out[o++] = volume.data[i];
        }
      } else {
        // Iterates in memory order: down the columns.
        for (let x = 0; x < width; x++) {
          for (let y = 0, i = first + x * step[0], o = x; y < height; y++, i += step[1], o += width) {
            out[o] = volume.data[i];
          }
        }
      }
      return out;
    },
    toVolume: (x, y, index) => {
      const at: number[] = [0, 0, 0];
      [x, y, index + 0.5].forEach((value, i) => {
        at[axes[i]] = flip[i] ? sizes[axes[i]] - value : value;
      });
      return [at[0], at[1], at[2] - 0.5];
    },
  };
}
