/**
 * Exports a tuning run as a folder for TRL and PEFT on another machine: the same tokens, targets and pixels that this package would train on, so that an adapter trained there
 * equals one trained here but for arithmetic.
 *
 * ```
 * train.py  requirements.txt  README.md
 * run.json                    base, adapted modules, schedule, image normalisation, sha256 of the data
 * data/train.jsonl            {"messages", "images", "input_ids", "learned": [[start, end), ...]} a line
 * data/validation.jsonl
 * images/<sha256>.png         pixels as the model sees them, named by the content of the file
 * ```
 *
 * The test set is not exported: it is measured here, with the imported adapter.
 */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import sharp from "sharp";
import { PolyclinicError } from "../../../base/errors.ts";
import { requireFolder } from "../../../base/files.ts";
import type { Work } from "../../../base/progress.ts";
import { type Dataset, imagesOf } from "../../data/index.ts";
import { freshLora } from "../../learners/lora.ts";
import { type Base, openBase } from "../base.ts";
import { itemOf } from "../batches.ts";
import type { LanguageTuneConfig, TuneConfig } from "../config.ts";
import { TrainingImages } from "../images.ts";
import { checkedDataset } from "../methods/language.ts";
import { requirements, trainScript } from "./train-script.ts";

/** A folder that trains with TRL on another machine. */
export interface Exported {
  readonly folder: string;
  readonly examples: number;
  readonly validationExamples: number;
  readonly images: number;
  /** Tokens to learn, over all examples. */
  readonly learnedTokens: number;
}

/**
 * @param folder must not exist, or be empty; it appears whole.
 * @throws PolyclinicError `learn/export` for a learner or option that the program does not train; `learn/dataset` and the errors of reading images, as for a run here.
 */
export async function exportTrl(
  config: TuneConfig,
  folder: string,
  work: Work & { readonly version: string },
): Promise<Exported> {
  const { learner, data, optimizer } = config;
  if (learner.kind !== "lora") throw unfit("learner", "lora", learner.kind);
  if (optimizer.averageDecay !== undefined)
    throw unfit("optimizer.averageDecay", "nothing", String(optimizer.averageDecay));
  if (data.train.some(({ weight }) => weight !== data.train[0].weight))
    throw unfit("data.train", "files of equal weight", data.train.map(({ weight }) => weight).join(", "));
  const target = resolve(folder);
  if ((await readdir(target).catch(() => [])).length > 0)
    throw new PolyclinicError("file/exists", "the folder is not empty", { where: folder, hint: "Name a new folder." });
  await requireFolder(dirname(target));
  const base = await openBase(config.base);
  const aside = await mkdtemp(`${target}.partial-`);
  try {
    const exported = await write(base, { ...config, learner }, aside, work);
    await rm(target, { recursive: true, force: true });
    await rename(aside, target);
    return { ...exported, folder: target };
  } finally {
    await rm(aside, { recursive: true, force: true });
    await base.checkpoint.close();
  }
}

const unfit = (where: string, expected: string, found: string) =>
  new PolyclinicError("learn/export", "is not exported to TRL", {
    where,
    expected,
    found,
    hint: "Train this run here (`polyclinic tune`), or change the configuration.",
  });

async function write(
  base: Base,
  config: LanguageTuneConfig & { learner: Extract<LanguageTuneConfig["learner"], { kind: "lora" }> },
  folder: string,
  { version, ...work }: Work & { readonly version: string },
): Promise<Omit<Exported, "folder">> {
  const { data, learner, schedule, batch, optimizer } = config;
  const images = base.config.kind === "gemma" ? undefined : new TrainingImages(base.config.vision.imageSize);
  const items = { turns: data.turns, softPrompt: 0 };
  const sets = new Map<"train" | "validation", Dataset[]>();
  const read = (path: string) => checkedDataset(base, path, config, images, items, work);
  for (const { path } of data.train) sets.set("train", [...(sets.get("train") ?? []), await read(path)]);
  if (data.validation !== undefined) sets.set("validation", [await read(data.validation)]);
  await mkdir(join(folder, "data"));
  await mkdir(join(folder, "images"));
  const [written, sha256] = [new Map<string, string>(), {} as Record<string, string>];
  let learnedTokens = 0;
  for (const [name, datasets] of sets) {
    const lines: string[] = [];
    for (const { path, examples } of datasets)
      for (const example of examples) {
        const { sequence, messages } = itemOf(base, path, example, items);
        const names: string[] = [];
        for (const image of imagesOf(example)) {
          let known = written.get(image);
          if (known === undefined) {
            const { width, height, channels, data: pixels } = await images!.read(image);
            const png = await sharp(pixels, { raw: { width, height, channels } })
              .toColourspace("srgb")
              .png()
              .toBuffer();
            known = `images/${digest(png)}.png`;
            await writeFile(join(folder, known), png);
            written.set(image, known);
            sha256[known] = digest(png);
          }
          names.push(known);
        }
        const learned = spansOf(sequence.lossMask);
        learnedTokens += name === "train" ? learned.reduce((sum, [start, end]) => sum + end - start, 0) : 0;
        lines.push(JSON.stringify({ messages, images: names, input_ids: [...sequence.ids], learned }));
      }
    const text = `${lines.join("\n")}\n`;
    await writeFile(join(folder, "data", `${name}.jsonl`), text);
    sha256[`data/${name}.jsonl`] = digest(text);
  }
  const learned = sets
    .get("train")!
    .flatMap(({ path, examples }) => examples.map((one) => itemOf(base, path, one, items)));
  const { weights } = base.checkpoint;
  const shapes = new Map(weights.names.map((name) => [name, { shape: weights.shape(name) }]));
  const factors = freshLora(shapes, learner, config.seed);
  // Here an epoch may be packed into fewer steps; there a step has `rows` examples.
  const steps =
    schedule.steps ?? Math.max(1, Math.ceil((schedule.epochs * learned.length) / (batch.rows * batch.accumulation)));
  const run = {
    schema: "polyclinic.trl/1",
    polyclinic: version,
    base: basename(config.base),
    base_sha256: await base.checkpoint.hash(),
    image: imageOf(base),
    pad_token_id: base.builder.tokenizer.requireId("<pad>"),
    lora: {
      rank: learner.rank,
      alpha: learner.alpha,
      dropout: learner.dropout,
      modules: [...factors.keys()].filter((name) => name.endsWith(".lora_A.weight")).map((name) => name.slice(0, -14)),
    },
    schedule: {
      epochs: schedule.epochs,
      steps: schedule.steps ?? null,
      learning_rate: schedule.learningRate,
      warmup: Math.round(schedule.warmup * steps),
      shape: schedule.shape,
    },
    batch: { rows: batch.rows, accumulation: batch.accumulation },
    optimizer: {
      beta1: optimizer.beta1,
      beta2: optimizer.beta2,
      epsilon: optimizer.epsilon,
      weight_decay: optimizer.weightDecay,
      clip_norm: optimizer.clipNorm,
    },
    gradient_checkpointing: config.gradientCheckpointing,
    seed: config.seed,
    sha256,
  };
  await writeFile(join(folder, "run.json"), `${JSON.stringify(run, undefined, 2)}\n`);
  await writeFile(join(folder, "train.py"), trainScript);
  await writeFile(join(folder, "requirements.txt"), requirements);
  const counts = { examples: learned.length, validationExamples: sets.get("validation")?.[0].examples.length ?? 0 };
  await writeFile(join(folder, "README.md"), readme(config, counts, steps));
  return { ...counts, images: written.size, learnedTokens };
}

function imageOf({ config, checkpoint: { preprocessor } }: Base) {
  if (config.kind === "gemma" || preprocessor === undefined) return null;
  const { mean, std, rescaleFactor, imageSize } = preprocessor;
  return { size: imageSize, token_id: config.imageTokenId, rescale_factor: rescaleFactor, mean, std };
}

const digest = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");

/** The runs of ones, as [start, end). */
function spansOf(mask: Uint8Array): [number, number][] {
  const spans: [number, number][] = [];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    if (i > 0 && mask[i - 1] === 1) spans[spans.length - 1][1] = i + 1;
    else spans.push([i, i + 1]);
  }
  return spans;
}

const readme = (
  { base, data, learner }: LanguageTuneConfig,
  { examples, validationExamples }: { examples: number; validationExamples: number },
  steps: number,
) => `# A tuning run for TRL and PEFT

Exported by \`polyclinic tune --export trl\`: ${examples} examples to learn from, ${validationExamples} held out; a ${learner.kind} adapter of ${basename(base)}, about ${steps} steps.

    pip install -r requirements.txt
    python train.py --base FOLDER-OR-HUB-NAME-OF-${basename(base)} --check
    python train.py --base FOLDER-OR-HUB-NAME-OF-${basename(base)}

\`data/\` has the conversations in the family's chat form and, as the program uses them, as tokens with the spans to learn; \`images/\` has the pixels as the model sees them, padded and resized.
Nothing is tokenised or resized again. \`run.json\` has the base's hash, the adapted modules and the SHA-256 of all data, which the program verifies.

The images and texts are those of the original data: handle this folder as you handle the data.

Back on the machine of the data:

    polyclinic ask film.png -q "..." --model ${basename(base)} --adapter adapter
${data.test === undefined ? "" : "\nThe test set was not exported: measure the adapter on it there.\n"}
Differences from a run of \`polyclinic tune\` itself: examples are padded, not packed, so that a step has \`rows\` examples; the order and the initial values are PyTorch's; the last step is saved, not the
best on validation.

Research software, not for clinical use.
`;
