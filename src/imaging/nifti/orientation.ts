/**
 * Orientation of the voxels: the s-form if set, otherwise the q-form, otherwise a grid centred on the origin, as in
 * nibabel. NIfTI uses RAS; the returned affine is LPS in millimetres.
 */
import { affineDeterminant, affineFromColumns, swapRasLps } from "../geometry/index.ts";
import type { Affine, Warning } from "../types.ts";
import type { NiftiHeader } from "./header.ts";

export function orientationOf(header: NiftiHeader, where: string): { affine: Affine; warnings: Warning[] } {
  const warnings: Warning[] = [];
  const candidates: [string, number, () => Affine][] = [
    ["s-form", header.sform.code, () => header.sform.rows],
    ["q-form", header.qform.code, () => qformAffine(header)],
  ];
  for (const [name, code, affineOf] of candidates) {
    if (code <= 0) continue;
    const ras = affineOf();
    if (ras.every(Number.isFinite) && affineDeterminant(ras) !== 0) {
      return { affine: swapRasLps(ras.map((v, i) => (i < 12 ? v * header.millimetres : v))), warnings };
    }
    warnings.push({
      code: "nifti/degenerate-affine",
      message: `the ${name} is not invertible and is ignored`,
      where,
    });
  }
  warnings.push({
    code: "nifti/no-orientation",
    message:
      "no orientation is stored: left and right, front and back are unknown, and the default of the format is assumed",
    where,
  });
  return { affine: swapRasLps(defaultAffine(header)), warnings };
}

/** Method 2 of nifti1.h: a unit quaternion, the voxel sizes, and the handedness in `pixdim[0]`. */
function qformAffine({ qform, pixdim }: NiftiHeader): Affine {
  let [b, c, d] = qform.quaternion;
  const rest = 1 - (b * b + c * c + d * d);
  let a = Math.sqrt(Math.max(0, rest));
  if (rest < 0) {
    const norm = Math.hypot(b, c, d);
    [a, b, c, d] = [0, b / norm, c / norm, d / norm];
  }
  const [dx, dy] = [pixdim[1], pixdim[2]];
  const dz = pixdim[3] * (pixdim[0] < 0 ? -1 : 1);
  return affineFromColumns(
    [(a * a + b * b - c * c - d * d) * dx, 2 * (b * c + a * d) * dx, 2 * (b * d - a * c) * dx],
    [2 * (b * c - a * d) * dy, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d + a * b) * dy],
    [2 * (b * d + a * c) * dz, 2 * (c * d - a * b) * dz, (a * a + d * d - b * b - c * c) * dz],
    [qform.offset[0], qform.offset[1], qform.offset[2]],
  );
}

/**
 * No orientation: voxel sizes only, x assumed to point left (as in nibabel and SPM), the centre of the volume at the
 * origin.
 */
function defaultAffine({ dims, pixdim, millimetres }: NiftiHeader): Affine {
  const size = [1, 2, 3].map((i) => (pixdim[i] > 0 && Number.isFinite(pixdim[i]) ? pixdim[i] : 1) * millimetres);
  const middle = [0, 1, 2].map((i) => (((dims[i] ?? 1) - 1) / 2) * size[i]);
  return affineFromColumns([-size[0], 0, 0], [0, size[1], 0], [0, 0, size[2]], [middle[0], -middle[1], -middle[2]]);
}
