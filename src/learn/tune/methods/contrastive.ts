/**
 * Contrastive tuning of a dual encoder on image-text pairs: similarity is increased for matching pairs and decreased
 * for all other pairs of the batch.
 */

import { join } from "node:path";
import { PolyclinicError, throwIfAborted } from "../../../base/errors.ts";
import { type Checkpoint, openCheckpoint } from "../../../checkpoint/index.ts";
import { writePixels } from "../../../nn/index.ts";
import { SiglipText } from "../../../text/index.ts";
import { type ImageDataset, type ImageExample, readImageDataset } from "../../data/index.ts";
import { Mixture, type MixturePosition } from "../../data/order.ts";
import { contrastiveObjective, contrastiveTrainable, type DualEncoderConfig } from "../../learners/contrastive.ts";
import { pairMeasure } from "../../learners/pair-measure.ts";
import { Accumulator } from "../../optimizer/index.ts";
import { positionOf } from "../../run/index.ts";
import { type Feed, TrainingStep } from "../../step.ts";
import { elementCount, tensor } from "../../tensors.ts";
import { baseFolder, parameterCount, readTensors, saveModel } from "../base.ts";
import type { ContrastiveLearner, TuneConfig } from "../config.ts";
import { fitModel } from "../fit.ts";
import { measureOf } from "../held-out.ts";
import { TrainingImages } from "../images.ts";
import type { TuneOptions, TuneResult } from "../outcome.ts";
import { memoryAvailable, memoryOfPairs, refuseTooLarge, type TunePlan } from "../plan.ts";

export async function tuneContrastive(
  config: TuneConfig,
  learner: ContrastiveLearner,
  options: TuneOptions,
): Promise<TuneResult> {
  const checkpoint = await openCheckpoint(baseFolder(config.base));
  const opened: { close(): Promise<void> }[] = [checkpoint];
  try {
    const architecture = checkpoint.config;
    if (architecture.kind !== "siglip")
      throw new PolyclinicError("learn/tune-base", "is not a dual encoder", {
        where: checkpoint.folder,
        expected: "SigLIP with an image and a text tower",
        found: architecture.kind,
      });
    return await tunePairs(checkpoint, architecture, config, learner, options, opened);
  } finally {
    for (const each of opened) await each.close();
  }
}

async function tunePairs(
  checkpoint: Checkpoint,
  architecture: DualEncoderConfig,
  config: TuneConfig,
  { loss }: ContrastiveLearner,
  options: TuneOptions,
  opened: { close(): Promise<void> }[],
): Promise<TuneResult> {
  const { data, batch, schedule, threads, gradientCheckpointing, out } = config;
  const { onPlan: _, codeVersion: __, ...work } = options;
  const pairs = new PairReader(checkpoint, architecture);
  const read = (path: string) => readImageDataset(path, { field: "text", checkImage: pairs.check, ...work });
  const train: ImageDataset[] = [];
  for (const { path } of data.train) train.push(await read(path));
  const validation = data.validation === undefined ? undefined : await read(data.validation);
  const test = data.test === undefined ? undefined : await read(data.test);
  const held = (validation?.examples ?? []).slice(0, config.validate.examples);
  const examples = train.reduce((sum, dataset) => sum + dataset.examples.length, 0);
  const n = batch.rows;
  if (n < 2 || examples < n)
    throw new PolyclinicError("learn/too-few-pairs", "has a batch size that the dataset cannot fill", {
      where: "batch.rows",
      expected: `2 to ${examples} (the number of image-text pairs)`,
      found: `${n}`,
    });
  const tensors = await readTensors({ checkpoint });
  const trainable = contrastiveTrainable(loss);
  const total = parameterCount(checkpoint.weights);
  const perUpdate = n * batch.accumulation;
  const plan: TunePlan = {
    base: config.base,
    learner: `contrastive, ${loss} loss`,
    parametersTrained: elementCount(new Map([...tensors].filter(([name]) => trainable(name)))),
    parametersTotal: total,
    trainExamples: examples,
    validationExamples: held.length,
    dropped: [],
    batch: `${n} pairs, ${batch.accumulation} ${batch.accumulation === 1 ? "batch" : "batches"} per update`,
    steps: schedule.steps ?? Math.max(1, Math.ceil((schedule.epochs * examples) / perUpdate)),
    memoryBytes: memoryOfPairs(total, architecture, n, gradientCheckpointing),
    memoryAvailable: memoryAvailable(),
  };
  refuseTooLarge(plan);

  const compile = async (name: string, moving: (name: string) => boolean) => {
    const step = await TrainingStep.compile({
      name,
      tensors,
      threads,
      gradientCheckpointing,
      trainable: moving,
      define: (graph, weights) => contrastiveObjective(graph, weights, architecture, n, loss),
    });
    opened.push(step);
    return step;
  };
  const step = await compile("tune", trainable);
  const forward = await compile("tune-forward", () => false);
  const sources = train.map(({ path, examples }, i) => ({
    name: path,
    size: examples.length,
    weight: data.train[i].weight,
  }));
  const stream = {
    mixture: new Mixture(sources, config.seed),
    get position() {
      return this.mixture.position;
    },
    set position(position: MixturePosition) {
      this.mixture = new Mixture(sources, config.seed, position);
    },
  };
  const takeStep = async () => {
    const accumulator = new Accumulator(new Map([...tensors].filter(([name]) => trainable(name))));
    const outcome = { loss: 0, tokens: perUpdate, images: perUpdate, batch: "" };
    for (let micro = 0; micro < batch.accumulation; micro++) {
      const drawn = Array.from({ length: n }, () => {
        const { source, index } = stream.mixture.next();
        return { path: train[source].path, picture: train[source].examples[index] };
      });
      const { loss, gradients } = await step.run(await pairs.feeds(drawn.map(({ picture }) => picture)));
      accumulator.add(gradients, 1 / batch.accumulation);
      outcome.loss += loss / batch.accumulation;
      outcome.batch += `${drawn.map(({ path, picture }) => `${path}:${picture.line}`).join(", ")}; `;
    }
    return { ...outcome, gradients: accumulator.sum };
  };
  /** Scores every image of `held` against every text of `held`. */
  const measure = async (held: readonly ImageExample[]) => {
    const images: Float32Array[] = [];
    const texts: Float32Array[] = [];
    for (let start = 0; start < held.length; start += n) {
      throwIfAborted(work.signal);
      // The last batch is padded with repeated pairs that are not counted.
      const own = Array.from({ length: n }, (_, i) => held[Math.min(start + i, held.length - 1)]);
      const { outputs } = await forward.run(await pairs.feeds(own));
      for (let i = 0; i < n && start + i < held.length; i++)
        for (const [rows, { data, shape }] of [[images, outputs.images] as const, [texts, outputs.texts] as const])
          rows.push(data.subarray(i * shape[1], (i + 1) * shape[1]));
    }
    const [scale] = tensor(tensors, "logit_scale").data;
    const [bias] = tensor(tensors, "logit_bias").data;
    const captions = held.map((picture) => picture.target);
    const { loss: value, found } = pairMeasure({ images, texts, captions, scale: Math.exp(scale), bias }, loss);
    return measureOf(value, held.length, found);
  };
  return fitModel(
    {
      config,
      plan,
      tensors,
      trainable,
      takeStep,
      position: positionOf(stream),
      measure: validation && (() => measure(held)),
      test: test && (() => measure(test.examples)),
      files: [...train, validation, test]
        .filter((file) => file !== undefined)
        .map(({ path, examples }) => ({ path, images: examples.map(({ image }) => image) })),
      save: () => saveModel(join(out, "model"), checkpoint, tensors),
    },
    options,
  );
}

/** Reads pairs as inputs of the two towers. */
class PairReader {
  private readonly images: TrainingImages;
  private readonly tokens: SiglipText;

  constructor(
    private readonly checkpoint: Checkpoint,
    private readonly architecture: DualEncoderConfig,
  ) {
    const { text, vision } = architecture;
    this.images = new TrainingImages(vision.imageSize);
    this.tokens = new SiglipText(checkpoint.tokenizer!, text.maxPositions, text.padTokenId);
  }

  readonly check = async (path: string) => void (await this.images.read(path));

  async feeds(pictures: readonly ImageExample[]): Promise<Record<string, Feed>> {
    const { vision, text } = this.architecture;
    const n = pictures.length;
    const plane = 3 * vision.imageSize ** 2;
    const pixels = new Float32Array(n * plane);
    const ids = new BigInt64Array(n * text.maxPositions);
    for (const [i, { image, target: caption }] of pictures.entries()) {
      writePixels(await this.images.read(image), this.checkpoint.preprocessor!, pixels, i * plane);
      ids.set(BigInt64Array.from(this.tokens.encode(caption), BigInt), i * text.maxPositions);
    }
    return {
      pixels: { data: pixels, dims: [n, 3, vision.imageSize, vision.imageSize] },
      ids: { data: ids, dims: [n, text.maxPositions] },
    };
  }
}
