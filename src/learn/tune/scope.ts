/**
 * Records in the folder of a tuned model what it was trained on: `scope.json` and, with enough images, a detector of images unlike the training images.
 * Any task is accepted, since several tasks can ask for the same content; only similar images are.
 */
import { basename, join } from "node:path";
import { writeWhole } from "../../base/files.ts";
import { calibrate, fitGaussians, type Labelled } from "../../model/scope/fit.ts";
import type { Scope } from "../../model/scope/scope.ts";
import { writeDetector } from "../../model/scope/write-detector.ts";
import type { TrainingImages } from "./images.ts";
import type { TuneResult } from "./outcome.ts";
import { TowerFeatures } from "./tower-features.ts";

export interface TunedScope {
  /** The model's name in messages. */
  readonly model: string;
  readonly result: TuneResult;
  readonly trainFile: string;
  readonly examples: number;
  /** Paths of the training images, and of images held out from training. */
  readonly trained: readonly string[];
  readonly held: readonly string[];
  readonly images: TrainingImages | undefined;
  /** The checkpoint whose vision tower encodes the images; undefined when tuning changed the tower. */
  readonly tower: string | undefined;
}

/** Minimum number of images for a detector. */
const fewest = 40;
/** Maximum number of images used: more do not improve the detector, and a large tower takes seconds per image. */
const most = 400;
/** Minimum relative decrease of the loss for tuning to count as effective. */
const learned = 0.01;

export async function writeTunedScope(tuned: TunedScope): Promise<void> {
  const { model, result, trainFile, examples, trained, held, images, tower } = tuned;
  const all = [...new Set(trained)];
  const step = Math.max(1, Math.ceil(all.length / most));
  const seen = all.filter((_, i) => i % step === 0);
  const others = [...new Set(held)].filter((path) => !all.includes(path)).slice(0, most);
  const detects = images !== undefined && tower !== undefined && seen.length + others.length >= fewest;
  if (detects) await writeDetectorOf(result.saved, tower, images, seen, others);
  const { before, after } = result;
  const nothing = before !== undefined && after !== undefined && after.loss > before.loss * (1 - learned);
  const kind = {
    id: "trained",
    name: `images of the kind in ${basename(trainFile)}`,
    parts: ["image"],
    modalities: ["*"],
  };
  const scope: Scope = {
    schema: "polyclinic.scope/1",
    model,
    source: `polyclinic tune on ${basename(trainFile)}`,
    ...(detects && { detector: "detector.safetensors" }),
    kinds: seen.length > 0 ? [kind] : [],
    abilities: [
      {
        id: "tuned",
        says: `the questions of ${basename(trainFile)}`,
        kinds: seen.length > 0 ? ["trained"] : [],
        pictures: { from: seen.length > 0 ? 1 : 0, to: 1000 },
        asks: [{ task: "*", open: ["*"] }],
      },
    ],
    limits: [
      `tuned on ${examples} examples of ${basename(trainFile)}: other kinds of questions and images were not part of the training`,
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

async function writeDetectorOf(
  folder: string,
  tower: string,
  images: TrainingImages,
  seen: readonly string[],
  others: readonly string[],
): Promise<void> {
  // Thresholds need images that were not used to fit the detector: a fifth of them when there is no validation set.
  const held = others.length >= fewest / 4 ? others : seen.filter((_, i) => i % 5 === 0);
  const own = seen.filter((path) => !held.includes(path));
  const features = await TowerFeatures.open(tower);
  try {
    const labelled = async (paths: readonly string[]): Promise<Labelled> => {
      const pictures = [];
      for (const path of paths) pictures.push(await images.read(path));
      const { size, tokens } = features;
      return { size, tokens, kind: paths.map(() => 0), ...(await features.of(pictures)) };
    };
    const kinds = ["trained"];
    // Limits the file to half a megabyte: wide towers get fewer axes.
    const axes = Math.max(4, Math.min(32, Math.floor(200_000 / features.size), Math.floor(own.length / 4)));
    const gaussians = fitGaussians(await labelled(own), { kinds, axes });
    const parts = calibrate(gaussians, await labelled(held), { kinds, refused: 0.01 });
    await writeDetector(join(folder, "detector.safetensors"), parts, "polyclinic tune");
  } finally {
    await features.close();
  }
}
