/**
 * The texture head of a detector for a user's own images: they are told from what can be made of them (written over,
 * covered, cut, under grain, two in one, photographed from a screen) and from pictures without content.
 */
import { Random } from "../../base/random.ts";
import { resizeToSquare } from "../../imaging/resize/index.ts";
import { type Rgb, rgb } from "../../imaging/rgb.ts";
import type { Image } from "../../imaging/types.ts";
import { type Surface, standardised } from "../../model/scope/detector.ts";
import { typicalTexture } from "../../model/scope/fit.ts";
import { textureOf, textureSize } from "../../model/scope/texture.ts";
import { beside, blank, cropped, fromScreen, inset, inverted, remap, tiny, upsideDown, varied } from "./changes.ts";
import { covered, halved, noised } from "./doctored.ts";
import { concatenated, headRecipe, trainHead } from "./head.ts";
import { blended, grained, lettered, tilted } from "./overlaid.ts";
import { synthetic, syntheticKinds } from "./synthetic.ts";

export interface SurfaceOptions {
  /** Whether the images have an up and a down, and light on dark: then tilted, turned and inverted ones are refused, too. */
  readonly upright: boolean;
  readonly seed?: number;
  /** Least number of images to keep, with varied copies. Default 420. */
  readonly kept?: number;
  /** Number of images of each change. Default 30. */
  readonly perFamily?: number;
  /** Least number of training steps. Default 400. */
  readonly steps?: number;
}

const recipe = { seed: 20261128, kept: 420, perFamily: 30, steps: 400 };
/** Images are reduced to this side before they are changed. */
const workingSide = 160;

type Change = (image: Rgb, random: Random, other: Rgb) => Image;
const always: readonly Change[] = [
  lettered,
  lettered,
  covered,
  covered,
  halved,
  noised,
  grained,
  cropped,
  inset,
  fromScreen,
  (image, random) => tiny(image, 8 + random.below(13)),
  (image, random) => beside(image, synthetic("writing", random), random),
  (image, random, other) => blended(image, upsideDown(other), random),
];
const ofUpright: readonly Change[] = [tilted, tilted, (image) => upsideDown(image), (image) => inverted(image)];

/**
 * @param images to be kept, as preprocessed for the model: squares of one side. @returns a surface of one kind, whose
 * threshold `calibrate` sets.
 */
export async function surfaceAgainst(
  images: readonly Image[],
  {
    upright,
    seed = recipe.seed,
    kept = recipe.kept,
    perFamily = recipe.perFamily,
    steps = recipe.steps,
  }: SurfaceOptions,
): Promise<Surface> {
  const random = new Random(seed);
  const side = Math.min(images[0].width, images[0].height);
  const textures: Float32Array[] = [];
  const classOf: number[] = [];
  const add = (image: Image, kind: number) => {
    // The changes are made at their own size, the texture is of the model's.
    textures.push(textureOf(image.width === side && image.height === side ? image : resizeToSquare(image, side)));
    classOf.push(kind);
  };
  const small = images.map((image) => remap(rgb(image), blank(workingSide, workingSide), (x, y) => [x, y]));
  const any = () => small[random.below(small.length)];
  for (const image of images) add(image, 0);
  for (let i = images.length; i < Math.max(kept, 2 * images.length); i++)
    // Reduced and resized like the changed ones, so that only the change tells them apart.
    add(varied(any(), random), 0);
  for (const change of [...always, ...(upright ? ofUpright : [])])
    for (let i = 0; i < perFamily; i++) add(change(any(), random, any()), 1);
  for (const kind of syntheticKinds) for (let i = 0; i < perFamily / 2; i++) add(synthetic(kind, random), 1);
  const all = concatenated(textures);
  const usual = typicalTexture(all);
  const points = textures.map((_, i) => standardised(all.subarray(i * textureSize, (i + 1) * textureSize), usual));
  const perEpoch = Math.max(1, Math.floor(points.length / headRecipe.batch));
  const head = await trainHead({
    points,
    classOf,
    classes: 2,
    noise: headRecipe.surfaceNoise,
    epochs: Math.ceil(steps / perEpoch),
  });
  return { ...usual, head, least: [0] };
}
