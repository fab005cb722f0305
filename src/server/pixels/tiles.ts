/**
 * Tiles of a slide for a deep zoom viewer. Levels are numbered as in Deep Zoom: level 0 is one pixel, each level
 * doubles the size, the last is the full resolution.
 */
import sharp from "sharp";
import type { Slide } from "../../imaging/types.ts";
import { HttpError } from "../http-error.ts";

export const tileSize = 512;

/** @returns a JPEG. @throws HttpError 404 for a tile outside the slide. */
export async function tileOf(slide: Slide, level: number, x: number, y: number): Promise<Buffer> {
  const [{ width, height }] = slide.levels;
  const top = Math.ceil(Math.log2(Math.max(width, height)));
  /** Full-resolution pixels of the slide per tile pixel. */
  const scale = 2 ** (top - level);
  const [x0, y0] = [x * tileSize * scale, y * tileSize * scale];
  if (level > top || x0 >= width || y0 >= height)
    throw new HttpError(404, "server/not-found", "there is no such tile", { where: `${level}/${x}/${y}` });
  const [w, h] = [Math.min(tileSize * scale, width - x0), Math.min(tileSize * scale, height - y0)];
  const from = Math.max(
    0,
    slide.levels.findLastIndex(({ downsample }) => downsample <= scale * 1.01),
  );
  const { downsample } = slide.levels[from];
  const region = await slide.readRegion(
    from,
    Math.round(x0 / downsample),
    Math.round(y0 / downsample),
    Math.max(1, Math.round(w / downsample)),
    Math.max(1, Math.round(h / downsample)),
  );
  return sharp(region.data, { raw: { width: region.width, height: region.height, channels: region.channels } })
    .resize(Math.max(1, Math.round(w / scale)), Math.max(1, Math.round(h / scale)), { fit: "fill" })
    .jpeg({ quality: 82 })
    .toBuffer();
}
