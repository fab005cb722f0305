/** Batches of the tower's supervised stage: pixels, and for each image the targets available in its set. */
import { Random } from "../../../base/random.ts";
import { Mixture, type MixturePosition, type MixtureSource, seedOf } from "../../../learn/data/order.ts";
import type { Feed } from "../../../learn/step.ts";
import { type AugmentRange, type Change, drawChange, moveBox, noAugmentation, warp, weakened } from "./augment.ts";
import type { NanoImage, NanoPixels } from "./pixels.ts";
import type { NanoSet } from "./splits.ts";

/** The closed questions of the supervised stage, by name. */
export const towerClasses = {
  cxr: ["normal", "bacterial", "viral"],
  ct: ["normal", "benign", "malignant"],
  histology: ["adenocarcinoma", "squamous cell carcinoma", "normal"],
  kind: ["cxr", "ct", "histology", "hippocampus", "cells"],
} as const;
export type TowerQuestion = keyof typeof towerClasses;
export const towerQuestions = Object.keys(towerClasses) as TowerQuestion[];

/** The structures of the patch targets: the fraction of each patch that belongs to the structure. */
export const patchStructures = ["right lung", "left lung", "anterior hippocampus", "posterior hippocampus"] as const;
/**
 * The typical fraction of the square per structure, used as its unit, so that small and large structures contribute
 * equally to the loss.
 */
export const usualShares: Readonly<Record<(typeof patchStructures)[number], number>> = {
  "right lung": 0.2,
  "left lung": 0.2,
  "anterior hippocampus": 0.02,
  "posterior hippocampus": 0.02,
};

const small = { zoom: 0.1, aspect: 0.05, turn: 0.08, shift: 0.05, brightness: 0.1, contrast: 0.15 };
/** Augmentation ranges by set. */
export const augmentRanges: Readonly<Record<NanoSet, AugmentRange>> = {
  // Aspect ratio and exposure may differ between the classes of a folder for reasons unrelated to the lungs.
  cxr: { zoom: 0.12, aspect: 0.15, turn: 0.1, shift: 0.06, brightness: 0.15, contrast: 0.25, mirror: 0.3, flip: 0 },
  // All slices of a class come from few patients: table, zoom and window must not identify the class.
  ct: { zoom: 0.15, aspect: 0.1, turn: 0.15, shift: 0.08, brightness: 0.12, contrast: 0.2, mirror: 0.5, flip: 0 },
  histology: { ...small, turn: 0.3, mirror: 0.5, flip: 0.5 },
  // The bounding box of a rotated box would no longer match the annotated one.
  lungs: { ...small, zoom: 0.14, aspect: 0.14, turn: 0, shift: 0.08, contrast: 0.25, mirror: 0.3, flip: 0 },
  hippocampus: { ...small, turn: 0.12, mirror: 0.5, flip: 0 },
  cells: { ...small, mirror: 0.5, flip: 0.5 },
};

/** Sampling weights within a set by class; sets that are not listed draw their classes equally often. */
const chestWeights: Readonly<Record<string, number>> = { normal: 0.32, bacterial: 0.42, viral: 0.26 };

/**
 * A lung covers a sixth of its square, a part of the hippocampus a fiftieth: unweighted, a few lung films would
 * dominate the loss.
 */
const lungWeight = 0.2;

/** Label smoothing of the class targets, against overconfidence on memorised images. */
const smoothing = 0.06;

export class TowerBatches {
  private readonly sources: readonly (MixtureSource & { readonly images: readonly NanoImage[] })[];
  private mixture: Mixture;

  constructor(
    private readonly pixels: NanoPixels,
    private readonly patchSize: number,
    private readonly seed: number,
    /** Sampling weight by set. */
    setWeights: Readonly<Record<NanoSet, number>>,
  ) {
    const groups = new Map<string, NanoImage[]>();
    for (const image of pixels.images) {
      if (image.split !== "train") continue;
      const key = `${image.set} ${image.label}`;
      const own = groups.get(key);
      if (own === undefined) groups.set(key, [image]);
      else own.push(image);
    }
    this.sources = [...groups].map(([name, images]) => {
      const { set, label } = images[0];
      const classes = [...groups.keys()].filter((key) => key.startsWith(`${set} `)).length;
      const share = set === "cxr" ? chestWeights[label] : 1 / classes;
      return { name, images, size: images.length, weight: setWeights[set] * share };
    });
    this.mixture = new Mixture(this.sources, seed);
  }

  get position(): MixturePosition {
    return this.mixture.position;
  }

  set position(position: MixturePosition) {
    this.mixture = new Mixture(this.sources, this.seed, position);
  }

  /** The next `count` training images, each with its own augmentation, scaled by `strength`. */
  next(count: number, strength: number): { feeds: Record<string, Feed>; names: string[] } {
    const picked = Array.from({ length: count }, () => {
      const { source, index, epoch } = this.mixture.next();
      const image = this.sources[source].images[index];
      const random = new Random(seedOf(this.seed, source, index, epoch));
      return { image, change: drawChange(random, weakened(augmentRanges[image.set], strength), this.pixels.size) };
    });
    const feeds = towerFeeds(this.pixels, this.patchSize, picked);
    return { feeds, names: picked.map(({ image }) => image.path) };
  }
}

/** The identity transform, for validation. */
export function unchanged(pixels: NanoPixels): Change {
  return drawChange(new Random(0), noAugmentation, pixels.size);
}

/** Inputs of the tower's graph for these images; targets that an image lacks have weight zero. */
export function towerFeeds(
  pixels: NanoPixels,
  patchSize: number,
  picked: readonly { image: NanoImage; change: Change }[],
): Record<string, Feed> {
  const { size } = pixels;
  const count = picked.length;
  const side = size / patchSize;
  const structures = patchStructures.length;
  const input = new Float32Array(count * 3 * size * size);
  const patches = new Float32Array(count * side * side * structures);
  const patchWeights = new Float32Array(count * structures);
  const boxes = new Float32Array(count * 8);
  const boxWeights = new Float32Array(count);
  const classes = Object.fromEntries(
    towerQuestions.map((q) => [q, new Float32Array(count * towerClasses[q].length)]),
  ) as Record<TowerQuestion, Float32Array>;
  for (const [i, { image, change }] of picked.entries()) {
    drawPixels(pixels, image, change, input, i * 3 * size * size);
    for (const question of towerQuestions) {
      const kind = image.set === "lungs" ? "cxr" : image.set;
      const names: readonly string[] = towerClasses[question];
      const own = question === "kind" ? kind : question === image.set ? image.label : "";
      const k = names.indexOf(own);
      if (k < 0) continue;
      for (let j = 0; j < names.length; j++)
        classes[question][i * names.length + j] = smoothing / names.length + (j === k ? 1 - smoothing : 0);
    }
    const at = i * side * side * structures;
    if (image.lungs !== undefined) {
      boxWeights[i] = 1;
      const moved = image.lungs.map((box) => moveBox(box, change, size));
      // In a mirrored image the lungs have swapped sides, so their labels are swapped too.
      const [right, left] = change.mirrored ? [moved[1], moved[0]] : moved;
      boxes.set([...right, ...left], i * 8);
      for (const [s, box] of [right, left].entries()) {
        patchWeights[i * structures + s] = lungWeight;
        coverBox(box, side, patches, at + s, structures);
      }
    }
    if (image.slice !== undefined)
      for (const s of [2, 3]) {
        patchWeights[i * structures + s] = 1;
        coverMask(pixels, image.offset + (s - 1) * size * size, change, patchSize, patches, at + s, structures);
      }
  }
  return {
    pixels: { data: input, dims: [count, 3, size, size] },
    patches: { data: patches, dims: [count, side * side, structures] },
    patchWeights: { data: patchWeights, dims: [count, 1, structures] },
    boxes: { data: boxes, dims: [count, 8] },
    boxWeights: { data: boxWeights, dims: [count, 1] },
    ...Object.fromEntries(
      towerQuestions.map((q) => [q, { data: classes[q], dims: [count, towerClasses[q].length] }] as const),
    ),
  };
}

/** Planar `[3, size, size]` in [-1, 1]; a grey image is repeated three times. */
export function drawPixels(
  { bytes, size }: NanoPixels,
  { offset, channels }: NanoImage,
  { map, gain, offset: shift }: Change,
  target: Float32Array,
  at: number,
): void {
  const plane = size * size;
  for (let c = 0; c < channels; c++)
    warp(bytes, offset + c * plane, size, map, target, at + c * plane, (2 / 255) * gain, shift - gain);
  if (channels === 1) for (const c of [1, 2]) target.copyWithin(at + c * plane, at, at + plane);
  for (let i = at; i < at + 3 * plane; i++) target[i] = Math.max(-1, Math.min(1, target[i]));
}

/** The fraction of each patch covered by a box (fractions of the square). */
function coverBox(box: readonly number[], side: number, target: Float32Array, at: number, step: number): void {
  const overlap = (low: number, high: number, cell: number) =>
    Math.max(0, Math.min(high * side, cell + 1) - Math.max(low * side, cell));
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      target[at + (y * side + x) * step] = overlap(box[0], box[2], x) * overlap(box[1], box[3], y);
}

/** The fraction of each patch covered by a transformed mask plane. */
function coverMask(
  { bytes, size }: NanoPixels,
  offset: number,
  { map }: Change,
  patchSize: number,
  target: Float32Array,
  at: number,
  step: number,
): void {
  const moved = new Float32Array(size * size);
  warp(bytes, offset, size, map, moved, 0, 1 / 255, 0);
  const side = size / patchSize;
  const share = 1 / patchSize ** 2;
  for (let y = 0; y < size; y++) {
    const row = Math.floor(y / patchSize) * side;
    for (let x = 0; x < size; x++) target[at + (row + Math.floor(x / patchSize)) * step] += moved[y * size + x] * share;
  }
}
