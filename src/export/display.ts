/** Source pixels as a person looks at them: one 8-bit image of a part, for overlays and secondary captures. */
import type { Image, Slide, Volume } from "../imaging/types.ts";
import type { Part } from "../study/types.ts";

/** Thumbnails of slides are at most this wide or high. */
const slideSide = 1536;

export interface Shown {
  readonly image: Image;
  /** Pixels of `image` per source pixel (1, but for slides). */
  readonly scale: number;
}

/** @param index slice of a volume or page of a document, from zero. */
export async function showPart(part: Part, index = 0): Promise<Shown> {
  switch (part.kind) {
    case "image":
      return { image: part.image, scale: 1 };
    case "document":
      return { image: part.pages[index].image, scale: 1 };
    case "volume":
      return { image: showSlice(part.volume, index, displayRange(part.volume)), scale: 1 };
    case "slide": {
      const { level, shrink, scale } = thumbnailOf(part.slide);
      const { width, height } = part.slide.levels[level];
      const region = await part.slide.readRegion(level, 0, 0, width, height);
      return { image: shrink < 1 ? boxShrink(region, shrink) : region, scale };
    }
  }
}

/** Which level a slide's thumbnail is made from, how much that is shrunk, and thumbnail pixels per level-0 pixel. */
export function thumbnailOf({ levels }: Slide): { level: number; shrink: number; scale: number } {
  const small = levels.findIndex((one) => Math.max(one.width, one.height) <= slideSide);
  const level = small === -1 ? levels.length - 1 : small;
  const { width, height, downsample } = levels[level];
  const shrink = Math.min(1, slideSide / Math.max(width, height));
  return { level, shrink, scale: shrink / downsample };
}

/** The grey window of a volume: soft tissue (-160 to 240 HU) for CT, the 1st to the 99th percentile for everything else. */
export function displayRange(volume: Volume): readonly [low: number, high: number] {
  if (volume.unit === "HU") return [-160, 240];
  const step = Math.max(1, Math.floor(volume.data.length / 200_000));
  const sample = new Float32Array(Math.ceil(volume.data.length / step));
  for (let i = 0; i < sample.length; i++) sample[i] = volume.data[i * step];
  sample.sort();
  const at = (share: number) => sample[Math.round(share * (sample.length - 1))];
  return at(0.99) > at(0.01) ? [at(0.01), at(0.99)] : [sample[0], sample[sample.length - 1]];
}

export function showSlice(volume: Volume, z: number, [low, high]: readonly [number, number]): Image {
  const [, height, width] = volume.shape;
  const data = new Uint8Array(width * height);
  const offset = z * width * height;
  const gain = high > low ? 255 / (high - low) : 0;
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.max(0, Math.min(255, Math.round((volume.data[offset + i] - low) * gain)));
  }
  return { kind: "image", width, height, channels: 1, data };
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
