/**
 * Records in the folder of a tuned model what it was trained on, so that nobody has to write it: `scope.json` with the
 * questions and labels of the dataset and what its images' headers state, and, with enough images, a detector of images
 * unlike the training images.
 */
import { basename, join } from "node:path";
import { writeWhole } from "../../base/files.ts";
import type { Image } from "../../imaging/types.ts";
import { calibrate, fitGaussians, type Labelled } from "../../model/scope/fit.ts";
import type { PictureKind, Scope } from "../../model/scope/scope.ts";
import { writeDetector } from "../../model/scope/write-detector.ts";
import type { Taught } from "../scope/asked.ts";
import type { ImageFacts, TrainingImages } from "./images.ts";
import type { TuneResult } from "./outcome.ts";
import { TowerFeatures } from "./tower-features.ts";

export interface TunedScope {
  /** The model's name in messages. */
  readonly model: string;
  readonly result: TuneResult;
  readonly trainFile: string;
  readonly examples: number;
  /** The requests that the dataset teaches. */
  readonly taught: readonly Taught[];
  /** Least and most images of an example. */
  readonly pictures: { readonly from: number; readonly to: number };
  /** Paths of the training images, and of images held out from training. */
  readonly trained: readonly string[];
  readonly held: readonly string[];
  readonly images: TrainingImages | undefined;
  /** The checkpoint whose vision tower encodes the images, with the adapter that changes it, if one does; undefined without a tower. */
  readonly tower: { readonly folder: string; readonly adapter?: string } | undefined;
}

/** Minimum number of images for a detector. */
const minImages = 40;
/** Maximum number of images used: more do not improve the detector, and a large tower takes seconds per image. */
const maxImages = 400;
/** Minimum relative decrease of the loss for tuning to count as effective. */
const minImprovement = 0.01;

/** A header value counts if this share of the images states one. */
const usual = 0.9;

export async function writeTunedScope(tuned: TunedScope): Promise<void> {
  const { model, result, trainFile, examples, taught, pictures, trained, held, images, tower } = tuned;
  const source = basename(trainFile);
  const all = [...new Set(trained)];
  const step = Math.max(1, Math.ceil(all.length / maxImages));
  const seen = all.filter((_, i) => i % step === 0);
  const others = [...new Set(held)].filter((path) => !all.includes(path)).slice(0, maxImages);
  const detects = images !== undefined && tower !== undefined && seen.length + others.length >= minImages;
  const facts = all.flatMap((path) => images?.factsOf(path) ?? []);
  const kinds = facts.length > 0 ? [kindOf(facts, source)] : [];
  if (detects) await writeDetectorOf(result.saved, tower, images, seen, others, kinds[0]);
  const { before, after } = result;
  const nothing = before !== undefined && after !== undefined && after.loss > before.loss * (1 - minImprovement);
  const scope: Scope = {
    schema: "polyclinic.scope/2",
    model,
    source: `polyclinic tune on ${source}`,
    ...(detects && { detector: "detector.safetensors" }),
    kinds,
    abilities: taught.map((ability) => ({ ...ability, kinds: kinds.map(({ id }) => id), pictures })),
    limits: [
      `tuned on ${examples} examples of ${source}: other kinds of questions and images were not part of the training`,
      ...(nothing
        ? [
            `tuning did not improve the held-out examples (loss ${before.loss.toFixed(3)} before, ${after.loss.toFixed(3)} after)`,
          ]
        : []),
      ...(after === undefined ? ["the effect of tuning was not measured: there was no validation set"] : []),
    ],
  };
  await writeWhole(join(result.saved, "scope.json"), `${JSON.stringify(scope, undefined, 2)}\n`, { overwrite: true });
}

/** What the headers of the training images have in common; a value that many do not state is left open. */
function kindOf(facts: readonly ImageFacts[], source: string): PictureKind {
  const stated = <K extends "modality" | "bodyPart" | "view">(name: K) => {
    const values = facts.flatMap((one) => one[name] ?? []);
    return values.length >= usual * facts.length ? [...new Set(values)].sort() : undefined;
  };
  const [modalities, bodyParts, views] = [stated("modality"), stated("bodyPart"), stated("view")];
  const ages = facts.flatMap(({ age }) => age ?? []);
  const age =
    ages.length >= usual * facts.length
      ? { from: ages.reduce((a, b) => Math.min(a, b)), to: ages.reduce((a, b) => Math.max(a, b)) }
      : undefined;
  const details = [
    modalities?.join(" or "),
    bodyParts?.join(" or "),
    views?.join(" or "),
    age && `patients of ${age.from} to ${age.to} years`,
  ].filter((detail) => detail !== undefined);
  return {
    id: "trained",
    name: `images of the kind in ${source}${details.length === 0 ? "" : ` (${details.join(", ")})`}`,
    parts: ["image"],
    modalities: modalities ?? ["*"],
    ...(bodyParts && { bodyParts }),
    ...(views && { views }),
    ...(age && { age }),
    // Half the smallest: less detail than any image of the training had.
    minimumSide: Math.max(
      8,
      facts.reduce((least, { shorterSide }) => Math.min(least, shorterSide), Number.POSITIVE_INFINITY) >> 1,
    ),
  };
}

async function writeDetectorOf(
  folder: string,
  tower: NonNullable<TunedScope["tower"]>,
  images: TrainingImages,
  seen: readonly string[],
  others: readonly string[],
  kind: PictureKind,
): Promise<void> {
  // Thresholds need images that were not used to fit the detector: a fifth of them when there is no validation set.
  const held = others.length >= minImages / 4 ? others : seen.filter((_, i) => i % 5 === 0);
  const own = seen.filter((path) => !held.includes(path));
  const features = await TowerFeatures.open(tower.folder, undefined, tower.adapter);
  try {
    const read = async (paths: readonly string[]) => {
      const pictures: Image[] = [];
      for (const path of paths) pictures.push(await images.read(path));
      return pictures;
    };
    const labelled = async (paths: readonly string[]): Promise<Labelled> => {
      const { size, tokens } = features;
      return { size, tokens, kind: paths.map(() => 0), ...(await features.of(await read(paths))) };
    };
    const kinds = ["trained"];
    // Limits the file to half a megabyte: wide towers get fewer axes.
    const axes = Math.max(4, Math.min(32, Math.floor(200_000 / features.size), Math.floor(own.length / 4)));
    const learnedFrom = await labelled(own);
    const gaussians = fitGaussians(learnedFrom, { kinds, axes });
    // Imported here: it draws, and only a detector needs that.
    const { surfaceAgainst } = await import("../scope/surface.ts");
    const surface = await surfaceAgainst(await read(own), { upright: isRadiograph(kind) });
    const parts = calibrate({ ...gaussians, surface }, await labelled(held), { kinds, refused: 0.01 });
    // A small sample overestimates the minimum probability: the odds are halved, those of a very small one divided by five.
    const divisor = held.length < 50 ? 5 : 2;
    const least = parts.surface!.least.map((lowest) => lowest / (divisor - (divisor - 1) * lowest));
    // Nothing was fitted to sharpness: all images count.
    const sharp = Array.from(learnedFrom.sharpness);
    const written = {
      ...parts,
      sharpness: [Math.min(parts.sharpness[0], 0.75 * Math.min(...sharp))],
      sharpest: [Math.max(parts.sharpest[0], 1.25 * Math.max(...sharp))],
      surface: { ...parts.surface!, least },
    };
    await writeDetector(join(folder, "detector.safetensors"), written, "polyclinic tune");
  } finally {
    await features.close();
  }
}

/** Radiographs have an up and a down, and light on dark; other pictures may be turned over. */
function isRadiograph({ modalities }: PictureKind): boolean {
  return modalities.every((modality) => ["CR", "DX", "RG", "MG"].includes(modality));
}
