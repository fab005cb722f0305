/**
 * The detector's training data: images of each kind with realistic variation, and images to reject. Made from the train
 * and validation splits of nano's data only; the test split, photographs and drawings are for evaluation
 * (`evaluate/scope/`).
 */
import { join } from "node:path";
import sharp from "sharp";
import { Random } from "../../../base/random.ts";
import { readPhoto } from "../../../imaging/photo/index.ts";
import { type Rgb, rgb } from "../../../imaging/rgb.ts";
import type { Image } from "../../../imaging/types.ts";
import {
  beside,
  blank,
  cropped,
  fromScreen,
  inset,
  inverted,
  quarterTurned,
  remap,
  stretched,
  tiny,
  turned,
  upsideDown,
  varied,
} from "../../../learn/scope/changes.ts";
import { covered, halved, noised } from "../../../learn/scope/doctored.ts";
import { blended, grained, lettered, tilted } from "../../../learn/scope/overlaid.ts";
import { synthetic, syntheticKinds } from "../../../learn/scope/synthetic.ts";
import { openStudy } from "../../../study/index.ts";
import { imagesOf, viewOf } from "../../../study/views/index.ts";
import type { NanoFile, NanoSet, Split } from "../train/splits.ts";

/** The kinds of `scope.json`, by the dataset of their images. */
export const kindOfSet: Readonly<Record<NanoSet, string>> = {
  cxr: "child-chest",
  lungs: "adult-chest",
  ct: "lung-ct",
  histology: "lung-histology",
  hippocampus: "brain-mri",
  cells: "blood-smear",
};
export const none = "none";

export interface ScopeExample {
  readonly image: Image;
  /** A kind, or `none`. */
  readonly kind: string;
  /** `as it is`, `varied`, `turned`, ... */
  readonly family: string;
  /** Its source file; empty for synthetic images. */
  readonly path: string;
}

/** Number of variants (exposure, position) per image; more for smaller sets. */
const variants: Readonly<Record<NanoSet, number>> = {
  cxr: 1,
  lungs: 12,
  ct: 1,
  histology: 0,
  hippocampus: 1,
  cells: 1,
};
/** Number of images to reject per set and family. */
const refused: Readonly<Record<NanoSet, number>> = {
  cxr: 220,
  lungs: 90,
  ct: 45,
  histology: 45,
  hippocampus: 45,
  cells: 45,
};
const syntheticCount = 160;
const validationShare = 0.4;
/** Tissue and cells have no preferred orientation. */
const sideless: readonly NanoSet[] = ["histology", "cells"];

type Change = (image: Rgb, random: Random) => Rgb;

/** Families of changes that make an image of a kind out of scope. */
export const refusedChanges: Readonly<Record<string, Change>> = {
  turned: (image, random) => turned(image, 30 + 300 * random.next()),
  "quarter turned": (image, random) => quarterTurned(image, random.next() < 0.5 ? 1 : 3),
  "upside down": (image, random) => (random.next() < 0.5 ? upsideDown(image) : quarterTurned(image, 2)),
  inverted: (image) => inverted(image),
  cropped,
  inset,
  "from a screen": fromScreen,
  "few pixels": (image, random) => tiny(image, 8 + random.below(13)),
  halved,
  covered,
  noised,
  lettered,
  tilted,
  grained,
};
/** Families of more variety, of which twice as many are made. */
const wide: readonly string[] = ["halved", "covered", "lettered", "tilted"];
/** Families that soft tokens hardly show. */
export const faintFamilies: readonly string[] = ["lettered", "tilted", "grained", "blended"];
const sided: readonly string[] = ["turned", "quarter turned", "upside down", "cropped", "halved", "tilted"];

/** Reads the images of a file that a model is shown: 12 slices of a volume, otherwise one. */
export async function picturesOf(data: string, file: NanoFile): Promise<Image[]> {
  const path = join(data, file.path);
  if (file.set !== "hippocampus") return [await readPhoto(path)];
  const study = await openStudy(path);
  const view = await viewOf(study, { imageSize: 128, tokensPerImage: 20, contextTokens: 4096 }, { maxSlices: 12 });
  return imagesOf(view).map(({ image }) => image);
}

/** Size to which an image is reduced before it is changed: slightly more than the tower's input. */
const workingSide = 160;

/** A random image of the file, reduced. */
async function smallPicture(data: string, file: NanoFile, random: Random): Promise<Rgb> {
  if (file.set === "hippocampus") {
    const pictures = await picturesOf(data, file);
    return rgb(pictures[random.below(pictures.length)]);
  }
  const pixels = sharp(join(data, file.path)).resize(workingSide, workingSide, { fit: "inside" }).toColourspace("srgb");
  const { data: bytes, info } = await pixels.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return rgb({ kind: "image", width, height, channels: channels as 1 | 3, data: bytes });
}

/**
 * Children's films in the training folder are squashed to squares; real ones are wider than high. Adults' films are not
 * squashed.
 */
function reshaped(set: NanoSet, image: Rgb, random: Random): Rgb {
  if (set === "cxr" && random.next() < 0.5) return stretched(image, 1.05 + 0.35 * random.next());
  if (set === "lungs" && random.next() < 0.4) return remap(image, blank(224, 224), (x, y) => [x, y]);
  return image;
}

/** All examples of a split, in a fixed order; the test split has none. */
export async function* scopeExamples(
  data: string,
  files: readonly NanoFile[],
  split: Exclude<Split, "test">,
  seed: number,
): AsyncGenerator<ScopeExample> {
  const random = new Random(seed + (split === "train" ? 0 : 1));
  const share = split === "train" ? 1 : validationShare;
  const sets = Object.keys(kindOfSet) as NanoSet[];
  const of = (set: NanoSet) => files.filter((file) => file.set === set && file.split === split);
  const any = async (set: NanoSet) => {
    const own = of(set);
    return smallPicture(data, own[random.below(own.length)], random);
  };
  for (const set of sets) {
    const kind = kindOfSet[set];
    for (const [i, file] of of(set).entries()) {
      // Of thousands of films, a quarter unchanged and a quarter varied suffice; of the many patches, every other one.
      const many = split === "train" && (set === "cxr" ? 4 : set === "histology" ? 2 : 1);
      const turn = i % (many || 1);
      if (turn === 0)
        for (const [k, image] of (await picturesOf(data, file)).entries())
          if (set !== "hippocampus" || k === i % 12) yield { image, kind, family: "as it is", path: file.path };
      if (many && many > 1 ? turn !== 1 : i % 2 === 1 && split === "val" && set === "cxr") continue;
      for (let k = 0; k < variants[set]; k++) {
        const image = reshaped(set, await smallPicture(data, file, random), random);
        yield { image: varied(image, random), kind, family: "varied", path: file.path };
      }
    }
    const others = sets.filter((other) => other !== set);
    const other = async () => {
      const draw = random.next();
      if (draw < 0.45) return synthetic("writing", random);
      return draw < 0.6 ? synthetic("shapes", random) : any(others[random.below(others.length)]);
    };
    const count = Math.round(refused[set] * share);
    for (const [family, change] of Object.entries(refusedChanges)) {
      if (sideless.includes(set) && sided.includes(family)) continue;
      for (let i = wide.includes(family) ? -count : 0; i < count; i++)
        yield { image: change(reshaped(set, await any(set), random), random), kind: none, family, path: set };
    }
    for (let i = 0; i < count; i++)
      yield { image: beside(await any(set), await other(), random), kind: none, family: "beside", path: set };
    if (sideless.includes(set)) continue;
    // Two of one kind, and of the two kinds of chest films one over the other.
    const under = set === "cxr" || set === "lungs" ? (["cxr", "lungs"] as const) : ([set] as const);
    for (let i = 0; i < count; i++) {
      const over = await any(random.next() < 0.7 ? set : under[random.below(under.length)]);
      yield { image: blended(await any(set), over, random), kind: none, family: "blended", path: set };
    }
  }
  for (const made of syntheticKinds)
    for (let i = 0; i < syntheticCount * share; i++)
      yield { image: synthetic(made, random), kind: none, family: made, path: "" };
}
