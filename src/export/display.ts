/** Source pixels prepared for display: 8-bit images of a part, for overlays and secondary captures. */
import { affineSpacing, applyAffine, invertAffine, multiplyAffines } from "../imaging/geometry/index.ts";
import type { Image, Slide, Volume } from "../imaging/types.ts";
import type { PicturedPart, VolumePart } from "../study/types.ts";
import { sliceStack } from "../study/views/volume/slices.ts";

/** Largest side of a slide's thumbnail, pixels. */
const slideSide = 1536;

/** Maps source pixels (level 0 of a slide, a slice of a volume) to displayed pixels; continuous, top-left origin. */
export type Place = (x: number, y: number) => readonly [x: number, y: number];

export interface Shown {
  readonly image: Image;
  readonly place: Place;
  /** Height over width of one pixel. */
  readonly aspect: number;
}

/** A volume in radiological display: the slices a radiologist would view, whatever orientation the file stores. */
export interface ShownVolume {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly aspect: number;
  /** Index of the displayed slice for a source slice. */
  indexOf(slice: number): number;
  /** `[height, width]` bytes of a displayed slice. */
  pixels(shown: number): Uint8Array;
  /** Maps a point of a source slice to displayed pixels. */
  place(x: number, y: number, slice: number): readonly [x: number, y: number];
}

/** @param reformatted whether slice numbers refer to the axial stack reformatted from the volume. */
export function showVolume({ volume }: VolumePart, reformatted: boolean): ShownVolume {
  const stack = sliceStack(volume, reformatted ? "axial" : "as-acquired");
  const [low, high] = displayRange(volume);
  const gain = high > low ? 255 / (high - low) : 0;
  const toStack = multiplyAffines(invertAffine(stack.affine), volume.affine);
  const shown = (x: number, y: number, slice: number) =>
    reformatted ? [x - 0.5, y - 0.5, slice] : applyAffine(toStack, x - 0.5, y - 0.5, slice);
  const [columnSpacing, rowSpacing] = affineSpacing(stack.affine);
  return {
    count: stack.count,
    width: stack.width,
    height: stack.height,
    aspect: rowSpacing / columnSpacing,
    indexOf: (slice) => Math.round(shown(0.5, 0.5, slice)[2]),
    pixels: (index) =>
      Uint8Array.from(stack.slice(index), (value) => Math.max(0, Math.min(255, Math.round((value - low) * gain)))),
    place: (x, y, slice) => {
      const [u, v] = shown(x, y, slice);
      return [u + 0.5, v + 0.5];
    },
  };
}

/** @param index page of a document, frame of a video; images and slides have only one. */
export async function showPart(part: Exclude<PicturedPart, VolumePart>, index = 0): Promise<Shown> {
  const itself: Place = (x, y) => [x, y];
  switch (part.kind) {
    case "image": {
      const [row, column] = part.pixelSpacing ?? [1, 1];
      return { image: part.image, place: itself, aspect: row / column };
    }
    case "document":
      return { image: part.pages[index].image, place: itself, aspect: 1 };
    case "video": {
      const [image] = await part.video.readFrames([index]);
      return { image, place: itself, aspect: 1 };
    }
    case "slide": {
      const { level, shrink, scale } = thumbnailOf(part.slide);
      const { width, height } = part.slide.levels[level];
      const region = await part.slide.readRegion(level, 0, 0, width, height);
      return {
        image: shrink < 1 ? boxShrink(region, shrink) : region,
        place: (x, y) => [x * scale, y * scale],
        aspect: 1,
      };
    }
  }
}

/**
 * The level a slide's thumbnail is made from, the factor by which it is reduced, and thumbnail pixels per level-0
 * pixel.
 */
export function thumbnailOf({ levels }: Slide): { level: number; shrink: number; scale: number } {
  const small = levels.findIndex((one) => Math.max(one.width, one.height) <= slideSide);
  const level = small === -1 ? levels.length - 1 : small;
  const { width, height, downsample } = levels[level];
  const shrink = Math.min(1, slideSide / Math.max(width, height));
  return { level, shrink, scale: shrink / downsample };
}

/** The grey window of a volume: soft tissue (-160 to 240 HU) for CT, the 1st to the 99th percentile for everything else. */
function displayRange(volume: Volume): readonly [low: number, high: number] {
  if (volume.unit === "HU") return [-160, 240];
  const step = Math.max(1, Math.floor(volume.data.length / 200_000));
  const sample = new Float32Array(Math.ceil(volume.data.length / step));
  for (let i = 0; i < sample.length; i++) sample[i] = volume.data[i * step];
  sample.sort();
  const at = (share: number) => sample[Math.round(share * (sample.length - 1))];
  return at(0.99) > at(0.01) ? [at(0.01), at(0.99)] : [sample[0], sample[sample.length - 1]];
}

/** Area averaging, for thumbnails only. */
function boxShrink(image: Image, factor: number): Image {
  const { channels } = image;
  const width = Math.max(1, Math.round(image.width * factor));
  const height = Math.max(1, Math.round(image.height * factor));
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const [y0, y1] = span(y, height, image.height);
    for (let x = 0; x < width; x++) {
      const [x0, x1] = span(x, width, image.width);
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let v = y0; v < y1; v++)
          for (let u = x0; u < x1; u++) sum += image.data[(v * image.width + u) * channels + c];
        data[(y * width + x) * channels + c] = Math.round(sum / ((y1 - y0) * (x1 - x0)));
      }
    }
  }
  return { kind: "image", width, height, channels, data };
}

function span(i: number, n: number, length: number): [number, number] {
  const start = Math.floor((i * length) / n);
  return [start, Math.max(start + 1, Math.floor(((i + 1) * length) / n))];
}
