/**
 * Tunes a generative model on a dataset of chat messages: validates the data, plans, rejects a run that does not fit in
 * memory, trains, and reports held-out results before and after.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Work } from "../../../base/progress.ts";
import { type Dataset, type Example, imagesOf, readDataset } from "../../data/index.ts";
import type { BatchShape } from "../../language/pack.ts";
import { original, QuantisedTensors } from "../../learners/quantised.ts";
import { Accumulator } from "../../optimizer/index.ts";
import { positionOf } from "../../run/index.ts";
import { taughtBy } from "../../scope/asked.ts";
import { type StepDefinition, TrainingStep } from "../../step.ts";
import { type Base, openBase, parameterCount, readTensors } from "../base.ts";
import { type Item, type ItemOptions, ItemStream, itemOf, learnedOf } from "../batches.ts";
import type { LanguageTuneConfig } from "../config.ts";
import { fitModel } from "../fit.ts";
import { heldOut } from "../held-out.ts";
import { TrainingImages } from "../images.ts";
import { learnerOf, trainedCount } from "../learner.ts";
import type { TuneOptions, TuneResult } from "../outcome.ts";
import { memoryAvailable, memoryOf, refuseTooLarge, type TunePlan } from "../plan.ts";
import { writeTunedScope } from "../scope.ts";
import { Teacher } from "../teacher.ts";

export async function tuneLanguage(config: LanguageTuneConfig, options: TuneOptions): Promise<TuneResult> {
  const base = await openBase(config.base);
  const opened: { close(): Promise<void> }[] = [base.checkpoint];
  try {
    return await tuneBase(base, config, options, opened);
  } finally {
    for (const each of opened) await each.close();
  }
}

type CompiledStep = Omit<StepDefinition, "tensors" | "threads">;

/** Tensors that only images use. Without images they have no gradient, and weight decay alone would change them. */
const ofPictures = /(?:^|\.)(?:vision_tower|vision_model|multi_modal_projector)\./;

/** @param opened collects resources that the caller closes. */
async function tuneBase(
  base: Base,
  config: LanguageTuneConfig,
  options: TuneOptions,
  opened: { close(): Promise<void> }[],
): Promise<TuneResult> {
  const { learner, data, batch, threads, gradientCheckpointing } = config;
  const { onPlan: _, codeVersion: __, ...work } = options;
  const images = base.config.kind === "gemma" ? undefined : new TrainingImages(base.config.vision.imageSize);
  const items: ItemOptions = {
    turns: data.turns,
    softPrompt: learner.kind === "soft-prompt" ? learner.vectors : 0,
  };
  const read = (path: string) => checkedDataset(base, path, config, images, items, work);
  const datasets: Dataset[] = [];
  for (const { path } of data.train) datasets.push(await read(path));
  const validation = data.validation === undefined ? undefined : await read(data.validation);
  const test = data.test === undefined ? undefined : await read(data.test);
  const files = [...datasets, validation, test].filter((file) => file !== undefined);
  const sources = datasets.map((dataset, i) => ({
    dataset,
    weight: data.train[i].weight,
    items: dataset.examples.map((example) => itemOf(base, dataset.path, example, items)),
  }));
  const learned = sources.flatMap((source) => source.items);
  const held = (validation?.examples ?? []).slice(0, config.validate.examples);
  const unseen = [...held, ...(test?.examples ?? [])].map((example) => itemOf(base, "held out", example, items));
  const shape = shapeOf(config, [...learned, ...unseen]);
  const total = parameterCount(base.checkpoint.weights);
  const trained = trainedCount(base, config);
  const withImages = base.config.kind === "gemma" || learned.some(({ images: shown }) => shown.length > 0);
  const perRow = Math.max(1, ...learned.map((item) => item.images.length));
  const imagesOfBatch = shape.rows * perRow * 2;
  const teacher =
    learner.kind === "distil"
      ? await Teacher.open(learner.teacher, base, learned, data.turns, learner, batch.rows)
      : undefined;
  if (teacher !== undefined) opened.push(teacher);
  const plan: TunePlan = {
    base: config.base,
    learner:
      (learner.kind === "distil" ? `distil from ${learner.teacher}, ${learner.target} target` : learner.kind) +
      (withImages || learner.kind === "soft-prompt" ? "" : ", without the vision tower: no example has an image"),
    parametersTrained: trained,
    parametersTotal: total,
    trainExamples: learned.length,
    validationExamples: held.length,
    ...(data.labels && { labels: data.labels }),
    dropped: files.flatMap(({ path, dropped }) => dropped.map(({ line }) => `${path}:${line}`)),
    batch: `${shape.rows} rows of ${shape.tokens} tokens, ${batch.accumulation} ${batch.accumulation === 1 ? "batch" : "batches"} per update`,
    steps: stepsOf(config, learned, shape),
    memoryBytes:
      memoryOf(total, trained, base.config, shape, imagesOfBatch, gradientCheckpointing) +
      (teacher?.memoryBytes(imagesOfBatch) ?? 0),
    memoryAvailable: memoryAvailable(),
  };
  refuseTooLarge(plan);

  const tensors = await readTensors(base);
  await teacher?.prepare(threads);
  const { define, measured: plain, feeds, save, ...method } = learnerOf(base, config, tensors, shape, teacher);
  const trainable = (name: string) => method.trainable(name) && (withImages || !ofPictures.test(name));
  const rounded =
    "quantisation" in learner && learner.quantisation === "int4"
      ? new QuantisedTensors(tensors, (name) => !ofPictures.test(name))
      : undefined;
  const compile = async ({ define, trainable, ...definition }: CompiledStep) => {
    const step = await TrainingStep.compile({
      ...definition,
      define: rounded === undefined ? define : (graph, weights) => define(graph, rounded.weights(weights)),
      trainable: (name) => trainable(original(name)),
      tensors: rounded?.tensors ?? tensors,
      threads,
    });
    opened.push(step);
    return step;
  };
  const step = await compile({ name: "tune", define, trainable, gradientCheckpointing });
  const forward = await compile({ name: "tune-forward", define: plain, trainable: () => false });
  const stream = new ItemStream(sources, config.seed);
  const takeStep = async (stepNumber: number) => {
    const accumulator = new Accumulator(new Map([...tensors].filter(([name]) => trainable(name))));
    const outcome = { loss: 0, tokens: 0, images: 0, batch: "" };
    const share = 1 / batch.accumulation;
    rounded?.round();
    for (let micro = 0; micro < batch.accumulation; micro++) {
      const packed = await stream.next(shape, base, images);
      const { loss, gradients } = await step.run({ ...packed.feeds, ...(await feeds(packed, stepNumber, micro)) });
      accumulator.add(rounded?.gradients(gradients) ?? gradients, share);
      outcome.loss += share * loss;
      outcome.tokens += packed.answerTokens;
      outcome.images += packed.images;
      outcome.batch += `${packed.items.map(({ where }) => where).join(", ")}; `;
    }
    return { ...outcome, gradients: accumulator.sum };
  };
  const measured = ({ path }: Dataset, examples: readonly Example[]) => {
    rounded?.round();
    return heldOut(base, forward, path, examples, data.labels, items, shape, images, work);
  };
  const result = await fitModel(
    {
      config,
      plan,
      tensors,
      trainable,
      takeStep,
      position: positionOf(stream),
      measure: validation && (() => measured(validation, held)),
      test: test && (() => measured(test, test.examples)),
      files: files.map(({ path, examples }) => ({ path, images: examples.flatMap(imagesOf) })),
      save,
    },
    options,
  );
  const readsPictures = [...tensors.keys()].filter((name) => !name.startsWith("model.language_model"));
  /** A tower that was tuned is in the adapter, or in the model that was saved. */
  const towerOf = (saved: string) => {
    if (base.config.kind !== "multimodal") return undefined;
    if (!readsPictures.some(trainable)) return { folder: base.checkpoint.folder };
    const adapts = existsSync(join(saved, "adapter_config.json"));
    return adapts ? { folder: base.checkpoint.folder, adapter: saved } : { folder: saved };
  };
  await writeTunedScope({
    model: basename(config.out),
    result,
    trainFile: datasets[0].path,
    examples: learned.length,
    taught: taughtBy(
      datasets.flatMap(({ examples }) => examples),
      data.labels,
      basename(datasets[0].path),
    ),
    pictures: {
      from: learned.reduce((least, { images }) => Math.min(least, images.length), Number.POSITIVE_INFINITY),
      to: learned.reduce((most, { images }) => Math.max(most, images.length), 0),
    },
    trained: datasets.flatMap(({ examples }) => examples.flatMap(imagesOf)),
    held: held.flatMap(imagesOf),
    images,
    tower: towerOf(result.saved),
  });
  return result;
}

/** Reads and validates a dataset for this base: every image is opened, every conversation is counted. */
export async function checkedDataset(
  base: Base,
  path: string,
  { data }: LanguageTuneConfig,
  images: TrainingImages | undefined,
  items: ItemOptions,
  work: Work,
): Promise<Dataset> {
  return readDataset(path, {
    ...work,
    labels: data.labels,
    dropTooLong: data.dropTooLong,
    contextTokens: base.config.text.maxPositions,
    countTokens: (messages) => itemOf(base, path, { line: 0, messages }, items).sequence.ids.length,
    checkImage: async (image) => {
      if (images === undefined)
        throw new PolyclinicError("learn/text-only", "is an image, which this base model cannot read", {
          where: image,
          hint: "Use a multimodal base model.",
        });
      await images.read(image);
    },
  });
}

/** Rows as long as the longest example, or as configured; answer tokens for the fullest batch. */
function shapeOf({ batch }: LanguageTuneConfig, items: readonly Item[]): BatchShape {
  const longest = Math.max(...items.map(({ sequence }) => sequence.ids.length));
  const answers = Math.max(...items.map(learnedOf));
  const shortest = Math.min(...items.map(({ sequence }) => sequence.ids.length));
  const tokens = batch.tokens ?? Math.ceil(longest / 16) * 16;
  if (tokens < longest)
    throw new PolyclinicError("learn/too-long", "is smaller than the longest example", {
      where: "batch.tokens",
      expected: `at least ${longest}`,
      found: `${tokens}`,
    });
  const perBatch = batch.rows * Math.max(1, Math.floor(tokens / shortest));
  return { rows: batch.rows, tokens, answers: Math.max(answers, Math.min(perBatch * answers, batch.rows * tokens)) };
}

function stepsOf({ schedule, batch }: LanguageTuneConfig, items: readonly Item[], shape: BatchShape): number {
  if (schedule.steps !== undefined) return schedule.steps;
  const mean = items.reduce((sum, { sequence }) => sum + sequence.ids.length, 0) / items.length;
  const perStep = shape.rows * Math.max(1, Math.floor(shape.tokens / mean)) * batch.accumulation;
  return Math.max(1, Math.ceil((schedule.epochs * items.length) / perStep));
}
