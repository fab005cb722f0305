/**
 * The three planes of a volume, each perpendicular to one voxel axis and displayed in radiological orientation:
 * patient's left on the right, anterior at the top or left, head at the top. Shared by the viewer, which draws on them,
 * and by exports of what was drawn.
 */
import { type Axis, type Point, runsAlong } from "./voxels.ts";

export interface Plane {
  /** The voxel axis perpendicular to the plane. */
  readonly across: Axis;
  /** Voxel axes that point right and down on screen, and whether they are reversed. */
  readonly right: Axis;
  readonly down: Axis;
  readonly flipRight: boolean;
  readonly flipDown: boolean;
  readonly name: "axial" | "coronal" | "sagittal" | "slices";
  /**
   * Letters at the left, right, top and bottom edge: `R`, `L`, `A`, `P`, `H`, `F`; empty if the patient axes are
   * unknown.
   */
  readonly edges: readonly [left: string, right: string, top: string, bottom: string];
}

const names = ["sagittal", "coronal", "axial"] as const;
/** Letters for the positive and negative direction of each patient axis. */
const letters = [
  ["L", "R"],
  ["P", "A"],
  ["H", "F"],
] as const;

export function planeOf(affine: readonly number[], across: Axis, placed: boolean): Plane {
  const [a, b] = ([0, 1, 2] as const).filter((axis) => axis !== across);
  if (!placed)
    return { across, right: a, down: b, flipRight: false, flipDown: false, name: "slices", edges: ["", "", "", ""] };
  const along = ([0, 1, 2] as const).map((axis) => runsAlong(affine, axis));
  const [right, down] = along[a].patient <= along[b].patient ? [a, b] : [b, a];
  const flipRight = !along[right].positive;
  // Down on screen is posterior in axial planes, and inferior in the others.
  const flipDown = along[down].patient === 2 ? along[down].positive : !along[down].positive;
  const [to, from] = letters[along[right].patient];
  const [back, front] = along[down].patient === 2 ? (["F", "H"] as const) : letters[along[down].patient];
  return {
    across,
    right,
    down,
    flipRight,
    flipDown,
    name: names[along[across].patient],
    edges: [from, to, front, back],
  };
}

export interface VolumeShape {
  /** Voxels along x, y, z. */
  readonly size: Point;
  /** Millimetres along x, y, z. */
  readonly spacing: Point;
}

/** Voxel coordinates of a point of the plane's image, at pixel centres. */
export function voxelOf(plane: Plane, { size }: VolumeShape, at: number, u: number, v: number): Point {
  const point: [number, number, number] = [at, at, at];
  point[plane.right] = plane.flipRight ? size[plane.right] - 1 - u : u;
  point[plane.down] = plane.flipDown ? size[plane.down] - 1 - v : v;
  return point;
}

export function placeOf(plane: Plane, { size }: VolumeShape, voxel: Point): readonly [u: number, v: number] {
  const u = voxel[plane.right];
  const v = voxel[plane.down];
  return [plane.flipRight ? size[plane.right] - 1 - u : u, plane.flipDown ? size[plane.down] - 1 - v : v];
}
