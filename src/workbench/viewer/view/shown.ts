/** The current content of a frame: the image, its placement, its pixel spacing. */

import { type Plane, placeOf, voxelOf } from "../../../study/display/planes.ts";
import type { Point } from "../../../study/display/voxels.ts";
import type { PixelSlice } from "../pixels/fetch.ts";
import type { Frame, PartView, Reader } from "../reader.ts";
import { cut } from "../volume/cut.ts";
import { firstWindow, spanOf, type ViewWindow } from "../windows.ts";
import type { PictureSize } from "./transform.ts";

export interface Shown {
  readonly view: PartView;
  readonly slice: PixelSlice;
  readonly size: PictureSize;
  readonly window: ViewWindow;
  readonly invert: boolean;
  /** Source pixels per pixel of `slice`; more than 1 for very large images. */
  readonly reduce: number;
  /** Pixels of the image along each side of one pixel of `slice`; more than 1 where tiles are drawn over it, and `size`, placement and marks count in pixels of the image. */
  readonly by: number;
  /** Slice or page, 0-based, and their number. */
  readonly at?: readonly [index: number, count: number];
  readonly plane?: Plane;
  /** Millimetres per source pixel along the image's x and y. */
  readonly spacing?: readonly [x: number, y: number];
  readonly unit: string;
}

/** Treats nearly equal spacings as equal, so that pixels are displayed without interpolation. */
const nearOne = (ratio: number): number => (Math.abs(ratio - 1) < 0.002 ? 1 : ratio);

const cuts = new WeakMap<Frame, PixelSlice>();

/** Reads signals, so callers are re-run when one changes. @returns undefined until something has been loaded. */
export function shownBy(reader: Reader, frame: Frame): Shown | undefined {
  if (reader.parts.value === undefined) return undefined;
  const view = reader.view(frame.part.value);
  const { manifest, volume } = view;
  const invert = view.invert.value;
  if (volume) {
    void volume.arrived.value;
    const across = frame.across.value;
    const plane = volume.plane(across);
    const index = Math.round(volume.point.value[across]);
    const any = volume.slices[Math.round(volume.point.value[2])] ?? volume.slices.find((slice) => slice !== undefined);
    if (any === undefined) return undefined;
    const window = view.window.value ?? firstWindow(manifest, any);
    // Set once, from the first slice: a window that changed between slices would prevent comparison.
    if (view.window.peek() === undefined) queueMicrotask(() => (view.window.value ??= window));
    const slice = cut(volume.slices, plane, volume.shape, index, window.center - window.width, cuts.get(frame));
    if (slice === undefined) return undefined;
    if (!volume.slices.includes(slice)) cuts.set(frame, slice);
    const spacing = [volume.shape.spacing[plane.right], volume.shape.spacing[plane.down]] as const;
    const finest = Math.min(...spacing);
    return {
      view,
      slice,
      window,
      invert,
      reduce: 1,
      by: 1,
      plane,
      at: [index, volume.shape.size[across]],
      size: {
        width: slice.width,
        height: slice.height,
        aspect: [nearOne(spacing[0] / finest), nearOne(spacing[1] / finest)],
      },
      ...(volume.placed && { spacing }),
      unit: manifest.volume!.unit === "HU" ? "HU" : "",
    };
  }
  const page = frame.page.value;
  const slice = view.pictures.value.get(page);
  if (slice === undefined) {
    if (manifest.pages) void reader.loadPicture(view, page);
    return undefined;
  }
  const spacing = manifest.image?.spacing && ([manifest.image.spacing[1], manifest.image.spacing[0]] as const);
  const finest = spacing ? Math.min(...spacing) : 1;
  return {
    view,
    slice,
    window: view.window.value ?? spanOf(slice),
    invert: invert !== slice.inverted,
    ...(view.detail === undefined
      ? { reduce: (manifest.image?.reduce ?? 1) * (slice.averaged ?? 1), by: 1 }
      : { reduce: 1, by: slice.averaged! }),
    size: {
      width: view.detail ? manifest.image!.width : slice.width,
      height: view.detail ? manifest.image!.height : slice.height,
      aspect: spacing ? [nearOne(spacing[0] / finest), nearOne(spacing[1] / finest)] : [1, 1],
    },
    ...(spacing && { spacing }),
    ...(manifest.pages && { at: [page, manifest.pages.length] as const }),
    unit: "",
  };
}

/** Patient position (mm) of a point of the image; undefined if unknown. */
export function patientAt({ view: { volume }, plane, at }: Shown, u: number, v: number): Point | undefined {
  if (volume === undefined || plane === undefined || at === undefined || !volume.placed) return undefined;
  return volume.toPatient(voxelOf(plane, volume.shape, at[0], u - 0.5, v - 0.5));
}

/**
 * Converts between the displayed image and the part's own pixels (a volume's slice is displayed in radiological
 * orientation).
 */
export function toSource(
  { view: { volume }, plane, at, reduce }: Shown,
  u: number,
  v: number,
): readonly [x: number, y: number] {
  if (volume === undefined || plane === undefined || at === undefined) return [u * reduce, v * reduce];
  const [x, y] = voxelOf(plane, volume.shape, at[0], u - 0.5, v - 0.5);
  return [x + 0.5, y + 0.5];
}

export function fromSource(
  { view: { volume }, plane, at, reduce }: Shown,
  x: number,
  y: number,
): readonly [u: number, v: number] {
  if (volume === undefined || plane === undefined || at === undefined) return [x / reduce, y / reduce];
  const [u, v] = placeOf(plane, volume.shape, [x - 0.5, y - 0.5, at[0]]);
  return [u + 0.5, v + 0.5];
}

/** Width and height of the part's own image, the coordinate system of boxes. */
export function sourceSize({ view: { manifest, volume }, slice }: Shown): readonly [width: number, height: number] {
  if (volume) return [volume.shape.size[0], volume.shape.size[1]];
  if (manifest.slide) return [manifest.slide.width, manifest.slide.height];
  return manifest.image ? [manifest.image.width, manifest.image.height] : [slice.width, slice.height];
}
