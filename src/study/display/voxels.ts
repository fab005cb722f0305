/** Voxels to patient millimetres (LPS) and back. */
export type Point = readonly [x: number, y: number, z: number];

/** @param affine 4x4, row-major. */
export function applyTo(affine: readonly number[], [x, y, z]: Point): Point {
  const row = (r: number) => affine[4 * r] * x + affine[4 * r + 1] * y + affine[4 * r + 2] * z + affine[4 * r + 3];
  return [row(0), row(1), row(2)];
}

export function inverse(m: readonly number[]): number[] {
  const [a, b, c, d, e, f, g, h, i] = [m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10]];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const k = 1 / determinant;
  const n = [
    (e * i - f * h) * k,
    (c * h - b * i) * k,
    (b * f - c * e) * k,
    (f * g - d * i) * k,
    (a * i - c * g) * k,
    (c * d - a * f) * k,
    (d * h - e * g) * k,
    (b * g - a * h) * k,
    (a * e - b * d) * k,
  ];
  const t = [m[3], m[7], m[11]];
  const back = (r: number) => -(n[3 * r] * t[0] + n[3 * r + 1] * t[1] + n[3 * r + 2] * t[2]);
  return [n[0], n[1], n[2], back(0), n[3], n[4], n[5], back(1), n[6], n[7], n[8], back(2), 0, 0, 0, 1];
}

export type Axis = 0 | 1 | 2;

/** The patient axis closest to a voxel axis, and whether it points to left, posterior or head. */
export function runsAlong(
  affine: readonly number[],
  axis: Axis,
): { readonly patient: Axis; readonly positive: boolean } {
  const column = [affine[axis], affine[4 + axis], affine[8 + axis]];
  const patient = column.reduce((best, value, i) => (Math.abs(value) > Math.abs(column[best]) ? i : best), 0) as Axis;
  return { patient, positive: column[patient] > 0 };
}
