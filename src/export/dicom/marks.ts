/** Measurements and outlines of a review, from the image they were drawn on to the instances that show it. */
import { affineSpacing } from "../../imaging/geometry/index.ts";
import { isPlaced, reductionOf } from "../../study/display/manifest.ts";
import { type Measure, type PlanePoint, sizeWords, visitEnclosed } from "../../study/display/measures.ts";
import { type Plane, planeOf, type VolumeShape, voxelOf } from "../../study/display/planes.ts";
import type { Part, VolumePart } from "../../study/types.ts";
import type { SourceImage, Sources } from "./sources.ts";

/** A mark on one image. */
export interface PlacedMark {
  readonly mark: Measure;
  readonly source: SourceImage;
  /** The mark's points in pixels of the referenced image. */
  readonly points: readonly PlanePoint[];
}

interface Cut {
  readonly plane: Plane;
  readonly shape: VolumeShape;
  readonly spacing: readonly [x: number, y: number] | undefined;
}

/** The plane of a volume on which a mark was drawn, as the viewer shows it. */
function cutOf({ volume, warnings }: VolumePart, { across = 2 }: Measure): Cut {
  const placed = isPlaced(warnings);
  const plane = planeOf(volume.affine, across, placed);
  const [depth, height, width] = volume.shape;
  const [x, y, z] = affineSpacing(volume.affine);
  const spacing = [x, y, z] as const;
  return {
    plane,
    shape: { size: [width, height, depth], spacing },
    spacing: placed ? [spacing[plane.right], spacing[plane.down]] : undefined,
  };
}

/** @returns undefined for a mark on a plane cut across the slices, or on an image that no instance shows. */
export function placedMark(mark: Measure, part: Part, sources: Sources): PlacedMark | undefined {
  if ((mark.across ?? 2) !== 2) return undefined;
  const source = sources.findStored(mark.part, mark.index);
  return source && { mark, source, points: sourcePoints(mark, part).map(([x, y]) => source.place(x, y)) };
}

/** In pixels of the part's own image or slice. */
function sourcePoints(mark: Measure, part: Part): readonly PlanePoint[] {
  if (part.kind === "volume") {
    const { plane, shape } = cutOf(part, mark);
    return mark.points.map(([u, v]) => {
      const [x, y] = voxelOf(plane, shape, mark.index ?? 0, u - 0.5, v - 0.5);
      return [x + 0.5, y + 0.5] as const;
    });
  }
  const reduce = part.kind === "image" ? reductionOf(part.image.width, part.image.height) : 1;
  return mark.points.map(([x, y]) => [x * reduce, y * reduce] as const);
}

/** The label and the size, as `nodule, 12.3 mm`. */
export function wordsOf(mark: Measure, part: Part): string {
  const size = sizeWords(mark, spacingOf(mark, part));
  return mark.label ? `${mark.label}, ${size}` : size;
}

/** Millimetres per pixel of the image the mark was drawn on. */
function spacingOf(mark: Measure, part: Part): readonly [x: number, y: number] | undefined {
  switch (part.kind) {
    case "volume":
      return cutOf(part, mark).spacing;
    case "image": {
      const reduce = reductionOf(part.image.width, part.image.height);
      return part.pixelSpacing && [part.pixelSpacing[1] * reduce, part.pixelSpacing[0] * reduce];
    }
    case "slide": {
      const { mpp } = part.slide;
      return mpp === undefined ? undefined : [mpp / 1000, mpp / 1000];
    }
    default:
      return undefined;
  }
}

/**
 * The pixels an outline on a plane across the slices of a volume encloses, by slice: one byte a pixel, `[row, column]`.
 */
export function masksAcross(mark: Measure, part: VolumePart): Map<number, Uint8Array> {
  const { plane, shape } = cutOf(part, mark);
  const [width, height] = shape.size;
  const masks = new Map<number, Uint8Array>();
  visitEnclosed(mark, shape.size[plane.right], shape.size[plane.down], (u, v) => {
    const [x, y, z] = voxelOf(plane, shape, mark.index ?? 0, u, v);
    const mask = masks.get(z) ?? new Uint8Array(width * height);
    masks.set(z, mask);
    mask[y * width + x] = 1;
  });
  return masks;
}
