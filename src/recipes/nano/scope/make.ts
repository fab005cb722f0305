/**
 * `npm run scope:nano -- --data PATH`: makes the detector of the embedded model, `models/nano/detector.safetensors`, from the train split of its
 * data; thresholds on the validation split. No test picture is read. A quarter of an hour on two busy cores.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Work } from "../../../base/progress.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import type { Image } from "../../../imaging/types.ts";
import { TowerFeatures } from "../../../learn/tune/tower-features.ts";
import type { DetectorParts } from "../../../model/scope/detector.ts";
import { calibrate, fitGaussians, type Labelled } from "../../../model/scope/fit.ts";
import { writeDetector } from "../../../model/scope/write-detector.ts";
import { checkSplits, listNanoFiles, type NanoFile, type SplitList } from "../train/splits.ts";
import { kindOfSet, scopeExamples } from "./examples.ts";
import { trainHead } from "./head.ts";

export const scopeRecipe = { seed: 20261128, axes: 128, refused: 0.004 };
export const detectorKinds: readonly string[] = Object.values(kindOfSet);

/** Features of all examples of a split. */
export async function labelledExamples(
  data: string,
  files: readonly NanoFile[],
  split: "train" | "val",
  tower: TowerFeatures,
  { signal, onProgress }: Work = {},
): Promise<Labelled & { readonly families: readonly string[] }> {
  const parts: Float32Array[] = [];
  const kind: number[] = [];
  const sharpness: number[] = [];
  const families: string[] = [];
  const plain: boolean[] = [];
  let waiting: Image[] = [];
  const flush = async () => {
    const made = await tower.of(waiting, { signal });
    parts.push(made.features);
    sharpness.push(...made.sharpness);
    waiting = [];
    onProgress?.({ stage: `pictures, ${split}`, done: kind.length, unit: "pictures" });
  };
  for await (const example of scopeExamples(data, files, split, scopeRecipe.seed)) {
    waiting.push(example.image);
    plain.push(example.family === "as it is");
    kind.push(detectorKinds.indexOf(example.kind));
    families.push(example.kind === "none" ? `${example.path} ${example.family}`.trim() : example.kind);
    if (waiting.length === 64) await flush();
  }
  if (waiting.length > 0) await flush();
  const features = new Float32Array(kind.length * tower.size);
  let at = 0;
  for (const part of parts) {
    features.set(part, at);
    at += part.length;
  }
  // Pictures that were changed for training have lost or gained edges.
  const own = sharpness.map((value, i) => (plain[i] ? value : Number.NaN));
  return { size: tower.size, tokens: tower.tokens, features, kind, sharpness: own, families };
}

/** Axes, Gaussians, head, thresholds. */
export async function fitDetector(train: Labelled, held: Labelled): Promise<DetectorParts> {
  const { axes, refused, seed } = scopeRecipe;
  const kinds = detectorKinds;
  const gaussians = fitGaussians(train, { kinds, axes, seed });
  const head = await trainHead(gaussians, train);
  return calibrate({ ...gaussians, head }, held, { kinds, refused });
}

async function main(): Promise<void> {
  const root = fileURLToPath(new URL("../../../..", import.meta.url));
  const nano = join(root, "models/nano");
  const { values } = parseArgs({
    options: { data: { type: "string" }, out: { type: "string", default: join(nano, "detector.safetensors") } },
  });
  if (values.data === undefined) throw new Error("--data PATH is missing: the folder models/nano/README.md describes");
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const bar = progressBar();
  const work = { signal: stop.signal, onProgress: bar.onProgress };
  const files = await listNanoFiles(values.data);
  checkSplits(files, JSON.parse(await readFile(join(nano, "splits.json"), "utf8")) as SplitList);
  const tower = await TowerFeatures.open(nano);
  try {
    const held = await labelledExamples(values.data, files, "val", tower, work);
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
