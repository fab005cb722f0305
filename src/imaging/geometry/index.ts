/** Geometry of volumes: affines, canonical axes, resampling. */
export {
  affineColumn,
  affineDeterminant,
  affineFromColumns,
  affineSpacing,
  applyAffine,
  cross,
  dot,
  identityAffine,
  invertAffine,
  length,
  multiplyAffines,
  normalize,
  scale,
  subtract,
  swapRasLps,
  type Vector,
} from "./affine.ts";
export { type AxisTransform, canonicalAxes, orientationCode, planeOf, reorient, toCanonical } from "./canonical.ts";
export { type Grid, reformatToAxial, resample, uprightGrid } from "./resample.ts";
