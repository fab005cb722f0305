/**
 * Reads a region of one resolution and fills missing tiles from a finer one, because some scanners omit tiles in
 * reduced levels.
 */
import type { Image, Limits, Warning } from "../types.ts";
import { type Rectangle, readGridRegion } from "./region.ts";
import type { SlideContent } from "./slide-content.ts";
import type { TileGrid } from "./tile-grid.ts";

/** Gaps that would need more finer pixels than this stay white. */
const maxFinerPixels = 1 << 26;

export async function readLevelRegion(
  levels: SlideContent["levels"],
  level: number,
  rectangle: Rectangle,
  limits: Pick<Limits, "maxPixels">,
  where: (level: number) => string,
): Promise<Image> {
  const { image, holes } = await readGridRegion(levels[level].grid, rectangle, limits, where(level));
  if (level === 0) return image;
  const ratio = levels[level].downsample / levels[level - 1].downsample;
  for (const hole of holes) {
    if (hole.width * hole.height * ratio * ratio > maxFinerPixels) continue;
    const finer = {
      x: Math.floor(hole.x * ratio),
      y: Math.floor(hole.y * ratio),
      width: Math.max(1, Math.ceil(hole.width * ratio)),
      height: Math.max(1, Math.ceil(hole.height * ratio)),
    };
    const from = await readLevelRegion(levels, level - 1, finer, limits, where);
    averageInto(image, { ...hole, x: hole.x - rectangle.x, y: hole.y - rectangle.y }, from);
  }
  return image;
}

/** Each pixel of the gap is the mean of the finer pixels at its position. */
function averageInto(image: Image, hole: Rectangle, from: Image): void {
  const span = (at: number, size: number, whole: number) => {
    const start = Math.min(whole - 1, Math.floor((at * whole) / size));
    return [start, Math.max(start + 1, Math.floor(((at + 1) * whole) / size))] as const;
  };
  for (let y = 0; y < hole.height; y++) {
    const [top, bottom] = span(y, hole.height, from.height);
    for (let x = 0; x < hole.width; x++) {
      const [left, right] = span(x, hole.width, from.width);
      const to = ((hole.y + y) * image.width + hole.x + x) * 3;
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let row = top; row < bottom; row++)
          for (let column = left; column < right; column++) sum += from.data[(row * from.width + column) * 3 + c];
        image.data[to + c] = Math.round(sum / ((bottom - top) * (right - left)));
      }
    }
  }
}

/** Reports the number of missing tiles per resolution: white in the full one, computed in a reduced one. */
export function missingTileWarnings(
  levels: readonly { readonly grid: TileGrid; readonly downsample: number }[],
  where: string,
): Warning[] {
  return levels.flatMap(({ grid, downsample }, level) => {
    const columns = grid.columns ?? Math.ceil(grid.width / grid.tileWidth);
    const rows = grid.rows ?? Math.ceil(grid.height / grid.tileHeight);
    const finer = levels[level - 1];
    let missing = 0;
    for (let number = 0; number < columns * rows; number++)
      if (
        grid.isMissing(number) &&
        (finer === undefined || isStoredUnder(finer, number, columns, { grid, downsample }))
      )
        missing++;
    if (missing === 0) return [];
    const shown = level === 0 ? "are white" : "are computed from a finer resolution";
    const message = `${missing} of ${columns * rows} tiles of level ${level} are not in the file; they ${shown}`;
    return [{ code: "slide/missing-tiles", message, where }];
  });
}

interface Level {
  readonly grid: TileGrid;
  readonly downsample: number;
}

/**
 * Whether the finer resolution has the tile at the centre of this one: if it is missing there too, the area is
 * background.
 */
function isStoredUnder(finer: Level, number: number, columns: number, { grid, downsample }: Level): boolean {
  const ratio = downsample / finer.downsample;
  const x = ((number % columns) + 0.5) * grid.tileWidth * ratio;
  const y = (Math.floor(number / columns) + 0.5) * grid.tileHeight * ratio;
  const across = finer.grid.columns ?? Math.ceil(finer.grid.width / finer.grid.tileWidth);
  const column = Math.min(across - 1, Math.floor(x / finer.grid.tileWidth));
  const down = finer.grid.rows ?? Math.ceil(finer.grid.height / finer.grid.tileHeight);
  return !finer.grid.isMissing(Math.min(down - 1, Math.floor(y / finer.grid.tileHeight)) * across + column);
}
