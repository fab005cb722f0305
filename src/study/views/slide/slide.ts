/**
 * A whole-slide image as in MedGemma 1.5's training: a regular grid of patches of the model's size at 5x, 10x or 20x,
 * tissue only, at most 126, a random subsample in spatial order if there are more (MedGemma 1.5 report, section 2.3.2).
 * The notebook's 125 shuffled, unseeded patches are not reproduced.
 */

import { PolyclinicError, throwIfAborted } from "../../../base/errors.ts";
import type { Work } from "../../../base/progress.ts";
import { Random } from "../../../base/random.ts";
import { packed } from "../../../imaging/packed-image.ts";
import { resizeToSquare } from "../../../imaging/resize/index.ts";
import type { Image, Slide } from "../../../imaging/types.ts";
import type { ModelLimits } from "../../../model/contract.ts";
import type { ImageItem, Part, SlidePart, View } from "../../types.ts";
import { imageBudget, imageSizeOf, requireRoom } from "../limits.ts";
import type { Recipe } from "../recipe.ts";
import { levelFor, type PatchGrid, tissueMask } from "./tissue.ts";

/** Maximum number of patches of 256 tokens in training (MedGemma 1.5 report, section 2.3.2). */
export const maxPatches = 126;

/** Magnification and number of patches in views of slides. */
export interface SlideOptions extends Work {
  /** Objective power: 10x is one micron per pixel. Default 10, as in the notebook; training used 5, 10 and 20. */
  magnification?: number;
  /** Maximum number of patches. Default 126, fewer for a smaller context. */
  maxPatches?: number;
  /** Seed of the subsample. Default 0. */
  seed?: number;
  /** Microns per pixel of level 0, if the slide does not state it. */
  mpp?: number;
  reserveTokens?: number;
}

/** Number of concurrent reads; the order of patches is preserved. */
const maxConcurrentReads = 4;

/**
 * @param index index of the part in its study.
 * @throws `view/no-resolution` for a slide without microns per pixel, and the slide's own errors.
 */
export async function slideView(
  part: SlidePart,
  limits: ModelLimits,
  { index = 0, ...options }: SlideOptions & { index?: number } = {},
): Promise<View> {
  const { slide } = part;
  const size = imageSizeOf(limits);
  const max = Math.min(options.maxPatches ?? maxPatches, imageBudget(limits, false, options.reserveTokens));
  requireRoom(max, limits);
  const mpp = options.mpp ?? slide.mpp;
  if (mpp === undefined || !(mpp > 0)) throw noResolution(part.label);

  const leftOut: string[] = [];
  const requested = options.magnification ?? 10;
  const magnification = Math.min(requested, 10 / mpp);
  if (magnification < requested * 0.99) {
    leftOut.push(
      `${part.label}: ${requested}x was requested, but the slide was scanned at ${magnification.toFixed(1)}x, which is shown`,
    );
  }
  const grid = patchGrid(slide, size * (10 / magnification / mpp));
  leftOut.push(...edgesOf(part.label, slide, grid));
  const mask = await tissueMask(slide, mpp, grid, options.signal);
  let patches = mask.flatMap((tissue, i) => (tissue ? [i] : []));
  if (patches.length === 0) {
    patches = mask.map((_, i) => i);
    leftOut.push(`${part.label}: the tissue mask, because it excluded every patch; all patches are used`);
  } else if (patches.length < mask.length) {
    leftOut.push(`${part.label}: ${mask.length - patches.length} of ${mask.length} patches without tissue`);
  }
  if (patches.length > max) {
    leftOut.push(
      `${part.label}: ${patches.length - max} of ${patches.length} tissue patches, a random choice (seed ${options.seed ?? 0})`,
    );
    patches = subsample(patches, max, options.seed ?? 0);
  }
  const items = await readPatches(slide, grid, patches, size, index, options);
  return { recipe: `slide-${trim(magnification)}x`, items, leftOut };
}

/** Whole patches only, row by row from the top left; a slide smaller than one patch is one patch. */
export function patchGrid(slide: Slide, span: number): PatchGrid {
  const { width, height } = slide.levels[0];
  return {
    span,
    columns: Math.max(1, Math.floor(width / span + 1e-6)),
    rows: Math.max(1, Math.floor(height / span + 1e-6)),
  };
}

/** The area beyond the last whole patch, if it is at least a pixel: strips at the right and at the bottom. */
function edgesOf(label: string, slide: Slide, { span, columns, rows }: PatchGrid): string[] {
  const { width, height } = slide.levels[0];
  const strips = [
    { side: "right", pixels: Math.round(width - columns * span) },
    { side: "bottom", pixels: Math.round(height - rows * span) },
  ].filter(({ pixels }) => pixels >= 1);
  if (strips.length === 0) return [];
  const described = strips.map(({ side, pixels }) => `${pixels} pixels at the ${side}`).join(" and ");
  return [`${label}: ${described}, too narrow for a patch of ${Math.round(span)}`];
}

/** `count` items sampled without replacement, in their original order. */
export function subsample<T>(items: readonly T[], count: number, seed: number): T[] {
  const order = new Random(seed).shuffle(items.map((_, i) => i)).slice(0, count);
  return order.sort((a, b) => a - b).map((i) => items[i]);
}

async function readPatches(
  slide: Slide,
  grid: PatchGrid,
  patches: readonly number[],
  size: number,
  part: number,
  { signal, onProgress }: Work,
): Promise<ImageItem[]> {
  const images = new Array<ImageItem>(patches.length);
  let next = 0;
  let done = 0;
  const reader = async () => {
    while (next < patches.length) {
      throwIfAborted(signal);
      const at = next++;
      const patch = patches[at];
      const x = (patch % grid.columns) * grid.span;
      const y = Math.floor(patch / grid.columns) * grid.span;
      const image = await readPatch(slide, x, y, grid.span, size);
      const scale = grid.span / size;
      images[at] = { kind: "image", image, part, index: patch, toSource: (px, py) => [x + px * scale, y + py * scale] };
      onProgress?.({ stage: "reading patches", done: ++done, total: patches.length, unit: "patches" });
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxConcurrentReads, patches.length) }, reader));
  return images;
}

/**
 * One square of the slide, level-0 pixels `[x, x + span)`, from the coarsest sufficient level, at the model's size;
 * stored compressed.
 */
async function readPatch(slide: Slide, x: number, y: number, span: number, size: number): Promise<Image> {
  const level = levelFor(slide, span / size);
  const { downsample } = slide.levels[level];
  const side = Math.max(1, Math.round(span / downsample));
  const region = await slide.readRegion(level, Math.round(x / downsample), Math.round(y / downsample), side, side);
  return packed(side === size && region.channels === 3 ? region : resizeToSquare(region, size));
}

function noResolution(where: string): PolyclinicError {
  return new PolyclinicError("view/no-resolution", "the slide does not state its pixel size", {
    where,
    expected: "micrometres per pixel (mpp)",
    found: "no value in its tags",
    hint: "Pass the mpp option: about 0.25 for a 40x scan, 0.5 for 20x, 1 for 10x.",
  });
}

function trim(value: number): string {
  return String(Number(value.toFixed(2)));
}

export const slideRecipe: Recipe<SlidePart> = {
  accepts: (part: Part): part is SlidePart => part.kind === "slide",
  demand: (_, options) => ({ images: options.maxPatches ?? maxPatches }),
  lay: ([{ part, index }], { images }, limits, options) =>
    slideView(part, limits, { ...options, index, maxPatches: images }),
};
