/**
 * Measurements and outlines that people draw on images, as the viewer shows them and exports write them: where they
 * are, how large, and which pixels an outline encloses. Imports nothing from Node: the viewer uses it too.
 */
import type { Axis } from "./voxels.ts";

/** `region` is an outline of any shape: a closed polygon, without its first point repeated. */
export type MeasureKind = "length" | "angle" | "ellipse" | "region";

/** Coordinates of the shown image, in pixels from its top left corner. */
export type PlanePoint = readonly [x: number, y: number];

export interface Measure {
  readonly id: string;
  readonly kind: MeasureKind;
  /** Index into the study's parts. */
  readonly part: number;
  /** Slice of a volume across `across`, or page, 0-based; absent for an image. */
  readonly index?: number;
  /**
   * End points of a length; an angle's vertex is the middle point; opposite corners of an ellipse; the vertices of a
   * region, at least three.
   */
  readonly points: readonly PlanePoint[];
  /** For a volume: the voxel axis perpendicular to the plane; 2 for its own slices. */
  readonly across?: Axis;
  /** What a person called it. */
  readonly label?: string;
}

/** Kinds that enclose an area. */
export const isOutline = ({ kind }: Pick<Measure, "kind">): boolean => kind === "ellipse" || kind === "region";

/** Below this spacing, mm per pixel, sizes are given in micrometres: the image is a slide. */
const microscopic = 0.02;

/**
 * Length, angle or area in words. Millimetres are given only if the file states the spacing.
 *
 * @param spacing millimetres per pixel along x and y; undefined where unknown.
 */
export function sizeWords(
  { kind, points }: Pick<Measure, "kind" | "points">,
  spacing: readonly [x: number, y: number] | undefined,
): string {
  const [sx, sy] = spacing ?? [1, 1];
  const at = (i: number) => [points[i][0] * sx, points[i][1] * sy] as const;
  switch (kind) {
    case "length": {
      const [[ax, ay], [bx, by]] = [at(0), at(1)];
      const length = Math.hypot(bx - ax, by - ay);
      if (spacing === undefined) return `${length.toFixed(0)} px`;
      return sx < microscopic && length < 10 ? `${(length * 1000).toFixed(1)} µm` : `${length.toFixed(1)} mm`;
    }
    case "angle": {
      const [[ax, ay], [bx, by], [cx, cy]] = [at(0), at(1), at(2)];
      const first = Math.atan2(ay - by, ax - bx);
      const second = Math.atan2(cy - by, cx - bx);
      const turn = Math.abs(((second - first + Math.PI * 3) % (2 * Math.PI)) - Math.PI);
      return `${((turn * 180) / Math.PI).toFixed(1)}°`;
    }
    default: {
      const area = enclosedArea(kind, points) * sx * sy;
      if (spacing === undefined) return `${area.toFixed(0)} px²`;
      if (sx >= microscopic) return `${(area / 100).toFixed(2)} cm²`;
      return area < 0.1 ? `${(area * 1e6).toFixed(0)} µm²` : `${area.toFixed(3)} mm²`;
    }
  }
}

/** In square pixels; of a polygon that crosses itself, the difference of its loops. */
function enclosedArea(kind: MeasureKind, points: readonly PlanePoint[]): number {
  if (kind === "ellipse")
    return (Math.PI / 4) * Math.abs(points[1][0] - points[0][0]) * Math.abs(points[1][1] - points[0][1]);
  const twice = points.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length];
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/**
 * Visits the pixels that an outline encloses: those whose centre lies inside (on the edge of an ellipse: inside). A
 * polygon that crosses itself encloses by the even-odd rule, as a canvas fills it with `evenodd`.
 *
 * @param width and height of the image; what lies outside is not visited.
 */
export function visitEnclosed(
  { kind, points }: Pick<Measure, "kind" | "points">,
  width: number,
  height: number,
  visit: (x: number, y: number) => void,
): void {
  const ys = points.map(([, y]) => y);
  const from = Math.max(0, Math.floor(Math.min(...ys)));
  const to = Math.min(height, Math.ceil(Math.max(...ys)));
  for (let y = from; y < to; y++) {
    const crossings = kind === "ellipse" ? ellipseRow(points, y + 0.5) : polygonRow(points, y + 0.5);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const last = kind === "ellipse" ? Math.floor(crossings[i + 1] - 0.5) : Math.ceil(crossings[i + 1] - 0.5) - 1;
      for (let x = Math.max(0, Math.ceil(crossings[i] - 0.5)); x <= Math.min(width - 1, last); x++) visit(x, y);
    }
  }
}

/** Where the outline crosses a row, ascending; in pairs. */
function polygonRow(points: readonly PlanePoint[], y: number): number[] {
  const crossings: number[] = [];
  for (let i = 0; i < points.length; i++) {
    const [ax, ay] = points[i];
    const [bx, by] = points[(i + 1) % points.length];
    if (ay <= y !== by <= y) crossings.push(ax + ((y - ay) / (by - ay)) * (bx - ax));
  }
  return crossings.sort((a, b) => a - b);
}

function ellipseRow([[x0, y0], [x1, y1]]: readonly PlanePoint[], y: number): number[] {
  const [rx, ry] = [Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2];
  const inside = 1 - ((y - (y0 + y1) / 2) / ry) ** 2;
  if (!(inside >= 0)) return [];
  const half = rx * Math.sqrt(inside);
  return [(x0 + x1) / 2 - half, (x0 + x1) / 2 + half];
}

/**
 * A polygon with fewer vertices that is nowhere further than `tolerance` pixels from the given line (Ramer, Douglas and
 * Peucker): what a pointer draws has a vertex at every movement.
 */
export function simplified(points: readonly PlanePoint[], tolerance: number): readonly PlanePoint[] {
  if (points.length < 3) return points;
  const keep = new Set([0, points.length - 1]);
  const open: [number, number][] = [[0, points.length - 1]];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [from, to] = range;
    let [farthest, distance] = [-1, tolerance];
    for (let i = from + 1; i < to; i++) {
      const away = distanceTo(points[from], points[to], points[i]);
      if (away > distance) [farthest, distance] = [i, away];
    }
    if (farthest < 0) continue;
    keep.add(farthest);
    open.push([from, farthest], [farthest, to]);
  }
  return points.filter((_, i) => keep.has(i));
}

/** Distance of a point from a line segment. */
function distanceTo([ax, ay]: PlanePoint, [bx, by]: PlanePoint, [x, y]: PlanePoint): number {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const t = square === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / square));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
