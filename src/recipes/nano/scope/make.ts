/**
 * `npm run scope:nano -- --data PATH`: fits the detector of the embedded model, `models/nano/detector.safetensors`, on
 * the training split of its data, with thresholds from the validation split. No test image is read. Takes a quarter of
 * an hour on two cores.
 *
 * `npm run scope:nano -- --data PATH --cross-fit 5` writes nothing: it measures by cross-validation how often an
 * adult's film is taken for a child's, over all adult films, because the test split has few. Each fold's detector is
 * fitted on the films of the other folds.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Work } from "../../../base/progress.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import { Random } from "../../../base/random.ts";
import type { Image } from "../../../imaging/types.ts";
import { concatenated, headRecipe, trainHead } from "../../../learn/scope/head.ts";
import { TowerFeatures } from "../../../learn/tune/tower-features.ts";
import { wilsonInterval } from "../../../measure/index.ts";
import { Detector, type DetectorParts, standardised } from "../../../model/scope/detector.ts";
import { calibrate, fitGaussians, type Labelled, some, textureAt, typicalTexture } from "../../../model/scope/fit.ts";
import { writeDetector } from "../../../model/scope/write-detector.ts";
import { checkSplits, listNanoFiles, type NanoFile, type SplitList } from "../train/splits.ts";
import { faintFamilies, kindOfSet, scopeExamples } from "./examples.ts";

/** `refused`: share of validation images of a kind that each of the four tests may refuse. */
export const scopeRecipe = { seed: 20261128, axes: 128, refused: 0.003 };
export const detectorKinds: readonly string[] = Object.values(kindOfSet);

interface Examples extends Labelled {
  /** The source file of each image; empty for a synthetic image. */
  readonly paths: readonly string[];
  readonly families: readonly string[];
}

/** Features of all examples of a split. */
export async function labelledExamples(
  data: string,
  files: readonly NanoFile[],
  split: "train" | "val",
  tower: TowerFeatures,
  { signal, onProgress }: Work = {},
): Promise<Examples> {
  const parts: Float32Array[] = [];
  const kind: number[] = [];
  const sharpness: number[] = [];
  const paths: string[] = [];
  const families: string[] = [];
  const textures: Float32Array[] = [];
  let waiting: Image[] = [];
  const flush = async () => {
    const made = await tower.of(waiting, { signal });
    parts.push(made.features);
    textures.push(made.texture);
    sharpness.push(...made.sharpness);
    waiting = [];
    onProgress?.({ stage: `pictures, ${split}`, done: kind.length, unit: "pictures" });
  };
  for await (const example of scopeExamples(data, files, split, scopeRecipe.seed)) {
    waiting.push(example.image);
    families.push(example.family);
    kind.push(detectorKinds.indexOf(example.kind));
    paths.push(example.path);
    if (waiting.length === 64) await flush();
  }
  if (waiting.length > 0) await flush();
  const features = concatenated(parts);
  const texture = concatenated(textures);
  // Sharpness is taken from unaltered images only: the changes add or remove edges.
  const own = sharpness.map((value, i) => (families[i] === "as it is" ? value : Number.NaN));
  return { size: tower.size, tokens: tower.tokens, features, texture, kind, sharpness: own, paths, families };
}

/** Principal components, Gaussians, heads, thresholds. */
export async function fitDetector(
  train: Pick<Examples, keyof Labelled | "families">,
  held: Labelled,
): Promise<DetectorParts> {
  const { axes, refused, seed } = scopeRecipe;
  const kinds = detectorKinds;
  const classes = kinds.length + 1;
  const all = Array.from(train.kind, (_, i) => i);
  const classOf = (chosen: readonly number[]) => chosen.map((i) => (train.kind[i] < 0 ? classes - 1 : train.kind[i]));
  // Changes that soft tokens hardly show would only blur this head; the texture head learns them.
  const seen = all.filter((i) => !faintFamilies.includes(train.families[i]));
  const gaussians = fitGaussians(some(train, seen), { kinds, axes, seed });
  const detector = new Detector(gaussians);
  const head = await trainHead({
    points: seen.map((i) => detector.project(train.features.subarray(i * train.size, (i + 1) * train.size))),
    classOf: classOf(seen),
    classes,
    noise: headRecipe.noise,
  });
  const usual = typicalTexture(train.texture!);
  const surface = await trainHead({
    points: all.map((i) => standardised(textureAt(train, i)!, usual)),
    classOf: classOf(all),
    classes,
    noise: headRecipe.surfaceNoise,
  });
  const parts = { ...gaussians, head, surface: { ...usual, head: surface, least: kinds.map(() => 0) } };
  return calibrate(parts, held, { kinds, refused });
}

/** How many adult films are taken for a child's by detectors fitted on other patients' films. */
async function crossFit(train: Examples, held: Labelled, folds: number) {
  const adult = detectorKinds.indexOf(kindOfSet.lungs);
  const isAdult = (i: number) => train.kind[i] === adult;
  const films = new Random(scopeRecipe.seed).shuffle([...new Set(train.paths.filter((_, i) => isAdult(i)))].sort());
  const all = train.paths.map((_, i) => i);
  let taken = 0;
  for (let fold = 0; fold < folds; fold++) {
    const out = new Set(films.filter((_, i) => i % folds === fold));
    const others = all.filter((i) => !(isAdult(i) && out.has(train.paths[i])));
    const families = others.map((i) => train.families[i]);
    const parts = await fitDetector({ ...some(train, others), families }, held);
    const detector = new Detector(parts);
    for (const i of all.filter((i) => isAdult(i) && out.has(train.paths[i]) && !Number.isNaN(train.sharpness[i]))) {
      const summary = train.features.subarray(i * train.size, (i + 1) * train.size);
      const { within } = detector.recogniseSummary(summary, train.sharpness[i], () => textureAt(train, i));
      if (within.includes(kindOfSet.cxr)) taken++;
    }
  }
  return { films: films.length, taken };
}

async function main(): Promise<void> {
  const root = fileURLToPath(new URL("../../../..", import.meta.url));
  const nano = join(root, "models/nano");
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      out: { type: "string", default: join(nano, "detector.safetensors") },
      "cross-fit": { type: "string" },
    },
  });
  if (values.data === undefined)
    throw new Error("missing option --data PATH: the data folder described in models/nano/README.md");
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const bar = progressBar();
  const work = { signal: stop.signal, onProgress: bar.onProgress };
  const files = await listNanoFiles(values.data);
  checkSplits(files, JSON.parse(await readFile(join(nano, "splits.json"), "utf8")) as SplitList);
  const tower = await TowerFeatures.open(nano);
  try {
    const held = await labelledExamples(values.data, files, "val", tower, work);
    if (values["cross-fit"] !== undefined) {
      const joined = files.map((file) => (file.set === "lungs" ? { ...file, split: "train" as const } : file));
      const train = await labelledExamples(values.data, joined, "train", tower, work);
      bar.done();
      const { films, taken } = await crossFit(train, held, Number(values["cross-fit"]));
      const { low, high } = wilsonInterval(taken, films);
      const figures = `${(taken / films).toFixed(3)}; 95 % ${low.toFixed(3)} to ${high.toFixed(3)}`;
      process.stdout.write(`adult X-rays accepted as a child's: ${taken} of ${films} (${figures})\n`);
      return;
    }
    const train = await labelledExamples(values.data, files, "train", tower, work);
    bar.done();
    const parts = await fitDetector(train, held);
    await writeDetector(values.out, parts, `scope:nano ${JSON.stringify(scopeRecipe)}`);
    process.stdout.write(`${values.out}\n`);
  } finally {
    bar.done();
    await tower.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
