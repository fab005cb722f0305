/** The image of a plane, cut through the slices of a volume. */
import type { Plane, VolumeShape } from "../../../study/display/planes.ts";
import type { Axis } from "../../../study/display/voxels.ts";
import type { PixelSlice } from "../pixels/fetch.ts";

/**
 * The plane's image from the loaded slices; missing ones are black.
 *
 * @param into the image of an earlier call, overwritten.
 */
export function cut(
  slices: readonly (PixelSlice | undefined)[],
  plane: Plane,
  { size }: VolumeShape,
  at: number,
  low: number,
  into?: PixelSlice,
): PixelSlice | undefined {
  const some = plane.across === 2 ? slices[at] : slices.find((slice) => slice !== undefined);
  if (some === undefined) return undefined;
  if (plane.across === 2 && plane.right === 0 && !plane.flipRight && !plane.flipDown) return some;
  const [width, height] = [size[plane.right], size[plane.down]];
  const data =
    into !== undefined && into.data.length === width * height && into.data.constructor === some.data.constructor
      ? into.data
      : (new (some.data.constructor as Int16ArrayConstructor)(width * height) as PixelSlice["data"]);
  const strides = [1, size[0], 0] as const;
  const steps: readonly [axis: Axis, flip: boolean, count: number][] = [
    [plane.right, plane.flipRight, width],
    [plane.down, plane.flipDown, height],
  ];
  const zStep = steps.findIndex(([axis]) => axis === 2);
  if (zStep < 0) {
    const source = slices[at]!.data;
    for (let v = 0, o = 0; v < height; v++) {
      const row = (plane.flipDown ? height - 1 - v : v) * strides[plane.down];
      for (let u = 0; u < width; u++, o++)
        data[o] = source[row + (plane.flipRight ? width - 1 - u : u) * strides[plane.right]];
    }
    return { ...some, width, height, data, smaller: [] };
  }
  // One axis of the image runs across the slices: copies one line of each slice.
  const [other, otherFlip, length] = steps[1 - zStep];
  const [, zFlip, depth] = steps[zStep];
  const base = at * strides[plane.across];
  const [outZ, outOther] = zStep === 0 ? [1, width] : [width, 1];
  for (let z = 0; z < depth; z++) {
    const source = slices[z]?.data;
    const out = (zFlip ? depth - 1 - z : z) * outZ;
    for (let k = 0; k < length; k++)
      data[out + (otherFlip ? length - 1 - k : k) * outOther] =
        source === undefined ? low : source[base + k * strides[other]];
  }
  return { ...some, width, height, data, smaller: [] };
}
