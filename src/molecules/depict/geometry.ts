/** Points of a drawing; bonds have length one. */
export interface Point {
  x: number;
  y: number;
}

export function add(a: Point, b: Point, factor = 1): Point {
  return { x: a.x + b.x * factor, y: a.y + b.y * factor };
}

export function subtract(a: Point, b: Point): Point {
  return { x: a.x - b.x, y: a.y - b.y };
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export function angleOf(from: Point, to: Point): number {
  return Math.atan2(to.y - from.y, to.x - from.x);
}

export function polar(from: Point, angle: number, length = 1): Point {
  return { x: from.x + Math.cos(angle) * length, y: from.y + Math.sin(angle) * length };
}

export function centroid(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => add(a, b), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

/** `point` reflected in the line through `a` and `b`. */
export function mirrored(point: Point, a: Point, b: Point): Point {
  const d = subtract(b, a);
  const along = ((point.x - a.x) * d.x + (point.y - a.y) * d.y) / (d.x * d.x + d.y * d.y || 1);
  const foot = add(a, d, along);
  return { x: 2 * foot.x - point.x, y: 2 * foot.y - point.y };
}

/** Twice the area of the triangle; its sign says on which side of a-b the third point lies. */
export function side(a: Point, b: Point, point: Point): number {
  return (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x);
}
