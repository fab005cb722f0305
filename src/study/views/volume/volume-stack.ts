/**
 * Volumes as a sequence of labelled slices. Several volumes of one study are stacked, and the stack is sampled as one
 * (MedGemma 1.5 report, section 2.3.1): at most 85 slices, each followed by `SLICE n`, where n numbers the shown images
 * from 1. A single slice has no label.
 */

import { applyAffine } from "../../../imaging/geometry/index.ts";
import { squareFit, toSource } from "../../../imaging/resize/index.ts";
import type { Image } from "../../../imaging/types.ts";
import type { ModelLimits } from "../../../model/contract.ts";
import type { ImageItem, View, VolumePart } from "../../types.ts";
import { imageBudget, imageSizeOf, requireRoom } from "../limits.ts";
import { type Sampling, sliceIndices } from "./sampling.ts";
import type { SliceJob } from "./slice-job.ts";
import { type Plane, type SliceStack, sliceStack } from "./slices.ts";

/** Maximum number of slices of 256 tokens in training (MedGemma 1.5 report, section 2.3.1). */
export const maxSlices = 85;

/** A volume part with its index in the study. */
export interface PlacedVolume {
  readonly part: VolumePart;
  /** Index of the part in its study. */
  readonly index: number;
}

/** Which slices of a volume are shown, and how many. */
export interface StackOptions {
  /** Maximum number of slices. Default 85, fewer for a smaller context. */
  maxSlices?: number;
  sampling?: Sampling;
  plane?: Plane;
  /** Tokens reserved for text and answer. Default: a quarter of the context, at most 2,048. */
  reserveTokens?: number;
}

/** What to render, and how the rendered images become the view. */
export interface StackPlan {
  readonly jobs: readonly SliceJob[];
  finish(images: readonly Image[]): View;
}

/**
 * @param recipe the view's name.
 * @param rangesOf the value ranges of one volume's slices.
 * @param planeOf the plane of a volume, unless the options state it.
 */
export function planStack(
  recipe: string,
  volumes: readonly PlacedVolume[],
  limits: ModelLimits,
  options: StackOptions,
  rangesOf: (part: VolumePart) => SliceJob["ranges"],
  planeOf: (part: VolumePart) => Plane,
): StackPlan {
  const size = imageSizeOf(limits);
  const room = imageBudget(limits, true, options.reserveTokens);
  const max = Math.min(options.maxSlices ?? maxSlices, room);
  requireRoom(max, limits);

  const stacks = volumes.map(({ part }) => sliceStack(part.volume, options.plane ?? planeOf(part)));
  const ranges = volumes.map(({ part }) => rangesOf(part));
  const total = stacks.reduce((sum, stack) => sum + stack.count, 0);
  const chosen = sliceIndices(total, max, options.sampling);

  const jobs: SliceJob[] = [];
  const places: { volume: number; slice: number }[] = [];
  for (const position of chosen) {
    let volume = 0;
    let slice = position;
    while (slice >= stacks[volume].count) slice -= stacks[volume++].count;
    const { width, height } = stacks[volume];
    places.push({ volume, slice });
    jobs.push({ width, height, size, ranges: ranges[volume], values: stacks[volume].slice(slice) });
  }

  return {
    jobs,
    finish: (images) => ({
      recipe,
      items: images.map((image, i) => {
        const { volume, slice } = places[i];
        const label = images.length > 1 ? `SLICE ${i + 1}` : undefined;
        return sliceImage(image, stacks[volume], slice, volumes[volume].index, label);
      }),
      leftOut: leftOutOf(volumes, stacks, places),
    }),
  };
}

function sliceImage(
  image: Image,
  stack: SliceStack,
  slice: number,
  part: number,
  label: string | undefined,
): ImageItem {
  const fit = squareFit(stack.width, stack.height, image.width);
  return {
    kind: "image",
    image,
    part,
    index: stack.reformatted ? slice : stack.toVolume(0, 0, slice)[2],
    ...(stack.reformatted && { reformatted: true }),
    ...(label !== undefined && { label }),
    toSource: (x, y) => {
      const [sx, sy] = toSource(fit, x, y);
      if (stack.reformatted) return [sx, sy];
      const [vx, vy] = stack.toVolume(sx, sy, slice);
      return [vx, vy];
    },
    toPatient: (x, y) => {
      const [sx, sy] = toSource(fit, x, y);
      return applyAffine(stack.affine, sx - 0.5, sy - 0.5, slice);
    },
  };
}

function leftOutOf(
  volumes: readonly PlacedVolume[],
  stacks: readonly SliceStack[],
  places: readonly { volume: number }[],
): string[] {
  return volumes.flatMap(({ part }, v) => {
    const shown = places.filter(({ volume }) => volume === v).length;
    const { count } = stacks[v];
    if (shown === count) return [];
    return [`${part.label}: ${count - shown} of ${count} slices, to stay within the model's limits`];
  });
}
