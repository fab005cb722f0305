/**
 * Reads a region of a tile grid as RGB pixels: finds the tiles it intersects, decodes them, and fills the rest with
 * white.
 */
import sharp from "sharp";
import { PolyclinicError } from "../../base/errors.ts";
import type { Image, Limits } from "../types.ts";
import { type Scratch, withScratch } from "./scratch.ts";
import { type Excerpt, writeExcerpt } from "./tiff/excerpt.ts";
import type { TileGrid } from "./tile-grid.ts";

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels, and the areas that are white because no tile was stored (in pixels of the grid). */
export interface GridRegion {
  readonly image: Image;
  readonly holes: readonly Rectangle[];
}

/**
 * Reads `[height, width, 3]` sRGB bytes. `x`, `y` are pixels of this grid; points outside it, and tiles that were never
 * stored, are white.
 */
export async function readGridRegion(
  grid: TileGrid,
  { x, y, width, height }: Rectangle,
  limits: Pick<Limits, "maxPixels">,
  where: string,
): Promise<GridRegion> {
  for (const [name, value] of Object.entries({ x, y, width, height }))
    if (!Number.isSafeInteger(value))
      throw new PolyclinicError("slide/region", `${name} is not a whole number`, { where, found: `${value}` });
  if (width < 1 || height < 1 || width * height > limits.maxPixels)
    throw new PolyclinicError("slide/region", "the size of the region is outside the limits", {
      where,
      expected: `1 to ${limits.maxPixels} pixels`,
      found: `${width} x ${height}`,
      hint: "Read a lower level, or raise limits.maxPixels.",
    });
  const inside = intersection({ x, y, width, height }, { x: 0, y: 0, width: grid.width, height: grid.height });
  const whole = inside !== undefined && inside.width === width && inside.height === height;
  const holes: Rectangle[] = [];
  const part =
    inside === undefined
      ? undefined
      : await withScratch((scratch) => decode(grid, inside, limits, where, scratch, (hole) => holes.push(hole)));
  if (whole && part !== undefined) return { image: { kind: "image", width, height, channels: 3, data: part }, holes };
  const data = new Uint8Array(width * height * 3).fill(255);
  if (part !== undefined && inside !== undefined)
    for (let row = 0; row < inside.height; row++) {
      const line = part.subarray(row * inside.width * 3, (row + 1) * inside.width * 3);
      data.set(line, ((inside.y - y + row) * width + inside.x - x) * 3);
    }
  return { image: { kind: "image", width, height, channels: 3, data }, holes };
}

function intersection(a: Rectangle, b: Rectangle): Rectangle | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** Decodes a rectangle that lies inside the grid. */
async function decode(
  grid: TileGrid,
  inside: Rectangle,
  limits: Pick<Limits, "maxPixels">,
  where: string,
  scratch: Scratch,
  onHole: (hole: Rectangle) => void,
): Promise<Uint8Array> {
  const { tileWidth, tileHeight } = grid;
  const { columns = Math.ceil(grid.width / tileWidth), rows = Math.ceil(grid.height / tileHeight) } = grid;
  const [firstColumn, firstRow] = [Math.floor(inside.x / tileWidth), Math.floor(inside.y / tileHeight)];
  const across = Math.floor((inside.x + inside.width - 1) / tileWidth) - firstColumn + 1;
  const down = Math.floor((inside.y + inside.height - 1) / tileHeight) - firstRow + 1;
  if (across * tileWidth * down * tileHeight > Math.max(limits.maxPixels, 4 * inside.width * inside.height))
    throw new PolyclinicError("slide/tile-size", "the tiles of this region are too large to decode", {
      where,
      expected: `at most ${limits.maxPixels} pixels`,
      found: `${across} x ${down} tiles of ${tileWidth} x ${tileHeight}`,
      hint: "If you trust the file, raise limits.maxPixels.",
    });
  const cells = Array.from({ length: across * down }, (_, i) => ({
    column: firstColumn + (i % across),
    row: firstRow + Math.floor(i / across),
  }));
  const numbers = Array.from({ length: grid.planes }, (_, plane) =>
    cells.map(({ column, row }) => (plane * rows + row) * columns + column),
  ).flat();
  const found = await grid.tiles(numbers, scratch);
  const absent = cells.filter((_, i) => numbers.some((_n, k) => k % cells.length === i && found[k] === undefined));
  const filler = found.find((tile) => tile !== undefined);
  if (filler === undefined || absent.length === cells.length) {
    onHole(inside);
    return new Uint8Array(inside.width * inside.height * 3).fill(255);
  }

  const left = firstColumn * tileWidth;
  const top = firstRow * tileHeight;
  const tiles = found.map((tile) => tile ?? filler);
  const corner = { x: left, y: top };
  const pixels = fitsTiff(grid)
    ? await rgbPixels(
        {
          ...grid,
          width: Math.min(left + across * tileWidth, grid.width) - left,
          height: Math.min(top + down * tileHeight, grid.height) - top,
          tiles,
        },
        { ...inside, x: inside.x - left, y: inside.y - top },
        where,
        scratch,
      )
    : await mosaic(grid, tiles, across, corner, inside, where, scratch);
  for (const { column, row } of absent) {
    const tile = { x: column * tileWidth, y: row * tileHeight, width: tileWidth, height: tileHeight };
    const hole = intersection(tile, inside);
    if (hole === undefined) continue;
    onHole(hole);
    for (let line = hole.y; line < hole.y + hole.height; line++) {
      const start = ((line - inside.y) * inside.width + hole.x - inside.x) * 3;
      pixels.fill(255, start, start + hole.width * 3);
    }
  }
  return pixels;
}

/**
 * TIFF requires tile sides that are multiples of 16, DICOM does not; and libvips reads separate planes only from
 * strips.
 */
function fitsTiff({ layout, tileWidth, tileHeight, planes }: TileGrid): boolean {
  return layout === "strips" || (tileWidth % 16 === 0 && tileHeight % 16 === 0 && planes === 1);
}

/** Tiles of any size: each is decoded separately, as the only strip (or strip of each plane) of an excerpt. */
async function mosaic(
  grid: TileGrid,
  tiles: readonly Uint8Array[],
  across: number,
  corner: { x: number; y: number },
  inside: Rectangle,
  where: string,
  scratch: Scratch,
): Promise<Uint8Array> {
  const { tileWidth: width, tileHeight: height } = grid;
  const pixels = new Uint8Array(inside.width * inside.height * 3);
  const cells = tiles.length / grid.planes;
  for (let i = 0; i < cells; i++) {
    const planes = Array.from({ length: grid.planes }, (_, plane) => tiles[plane * cells + i]);
    const tile = { x: corner.x + (i % across) * width, y: corner.y + Math.floor(i / across) * height, width, height };
    const shared = intersection(tile, inside);
    if (shared === undefined) continue;
    const cut = { ...shared, x: shared.x - tile.x, y: shared.y - tile.y };
    const part = await rgbPixels({ ...grid, layout: "strips", width, height, tiles: planes }, cut, where, scratch);
    for (let row = 0; row < shared.height; row++) {
      const line = part.subarray(row * shared.width * 3, (row + 1) * shared.width * 3);
      pixels.set(line, ((shared.y - inside.y + row) * inside.width + shared.x - inside.x) * 3);
    }
  }
  return pixels;
}

/** libvips reads the excerpt, converts an embedded profile to sRGB (perceptual intent) and crops the rectangle. */
async function rgbPixels(excerpt: Excerpt, cut: Rectangle, where: string, scratch: Scratch): Promise<Uint8Array> {
  try {
    const file = writeExcerpt(excerpt, (length) => scratch.take(length));
    const { data, info } = await sharp(file, { limitInputPixels: false, failOn: "warning" })
      .extract({ left: cut.x, top: cut.y, width: cut.width, height: cut.height })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return info.channels === 3 ? pixels : threeChannels(pixels, info.channels);
  } catch (cause) {
    throw new PolyclinicError("slide/tile", "a tile cannot be decoded", {
      where,
      found: cause instanceof Error ? cause.message.trim().split("\n")[0] : String(cause),
      hint: "The tile is damaged, or uses a variant of the codec that is not supported.",
      cause,
    });
  }
}

/** Grey is repeated; alpha is dropped, never composited, as MedGemma's serving code does. */
function threeChannels(pixels: Uint8Array, channels: number): Uint8Array {
  const count = pixels.length / channels;
  const out = new Uint8Array(count * 3);
  const [g, b] = channels < 3 ? [0, 0] : [1, 2];
  for (let i = 0; i < count; i++) {
    out[3 * i] = pixels[channels * i];
    out[3 * i + 1] = pixels[channels * i + g];
    out[3 * i + 2] = pixels[channels * i + b];
  }
  return out;
}
