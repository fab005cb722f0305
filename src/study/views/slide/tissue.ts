/**
 * Detects patches with tissue: mean luminance of the patch area from 1 to 204 of 255, at 1.25x (EZ-WSI's mask, used in
 * Google's pathology notebook; the report's HSV segmentation is unpublished). The slide is read in strips.
 */
import { throwIfAborted } from "../../../base/errors.ts";
import type { Slide } from "../../../imaging/types.ts";

/** Side of a patch in level-0 pixels, and the number of rows and columns. */
export interface PatchGrid {
  readonly span: number;
  readonly columns: number;
  readonly rows: number;
}

const darkest = 1;
const brightest = 204;
/** 1.25x is 8 microns per pixel. */
const maskMpp = 8;
/** Pixels read at a time. */
const stripPixels = 1 << 22;

/** Row-major; true if the patch contains tissue. */
export async function tissueMask(slide: Slide, mpp: number, grid: PatchGrid, signal?: AbortSignal): Promise<boolean[]> {
  const level = levelFor(slide, maskMpp / mpp);
  const { downsample, width, height } = slide.levels[level];
  const cell = grid.span / downsample;
  const perStrip = Math.max(1, Math.floor(stripPixels / Math.max(1, cell * cell)));
  const mask: boolean[] = [];
  for (let row = 0; row < grid.rows; row++) {
    const y0 = Math.floor(row * cell);
    const y1 = Math.min(height, Math.max(y0 + 1, Math.floor((row + 1) * cell)));
    for (let first = 0; first < grid.columns; first += perStrip) {
      throwIfAborted(signal);
      const last = Math.min(grid.columns, first + perStrip);
      const x0 = Math.floor(first * cell);
      const x1 = Math.min(width, Math.max(x0 + 1, Math.floor(last * cell)));
      const strip = await slide.readRegion(level, x0, y0, x1 - x0, y1 - y0);
      for (let column = first; column < last; column++) {
        const left = Math.min(strip.width - 1, Math.floor(column * cell) - x0);
        const right = Math.min(strip.width, Math.max(left + 1, Math.floor((column + 1) * cell) - x0));
        const mean = meanLuminance(strip.data, strip.width, strip.height, strip.channels, left, right);
        mask.push(mean >= darkest && mean <= brightest);
      }
    }
  }
  return mask;
}

/** The coarsest level not coarser than `downsample`; level 0 if all are. */
export function levelFor(slide: Slide, downsample: number): number {
  let best = 0;
  slide.levels.forEach((level, i) => {
    if (level.downsample <= downsample * 1.01 && level.downsample >= slide.levels[best].downsample) best = i;
  });
  return best;
}

function meanLuminance(
  data: Uint8Array,
  width: number,
  height: number,
  channels: number,
  left: number,
  right: number,
): number {
  const [green, blue] = channels >= 3 ? [1, 2] : [0, 0];
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let i = (y * width + left) * channels, end = (y * width + right) * channels; i < end; i += channels) {
      sum += (data[i] * 19595 + data[i + green] * 38470 + data[i + blue] * 7471) >> 16;
    }
  }
  return sum / (height * (right - left));
}
