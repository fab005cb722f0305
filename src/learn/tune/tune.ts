/**
 * Tuning a model on a dataset of chat messages: check everything, plan, refuse what will not fit, train, and say how the held-out examples
 * came out before and after.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { writeWhole } from "../../base/files.ts";
import type { Work } from "../../base/progress.ts";
import type { Graph, Value } from "../../graph/index.ts";
import { writeCheckpoint } from "../../model/checkpoint/index.ts";
import type { Weights } from "../../nn/index.ts";
import { type Dataset, readDataset, seedOf } from "../data/index.ts";
import type { Position } from "../data/order.ts";
import { languageObjective, textPrefix } from "../language/objective.ts";
import type { BatchShape } from "../language/pack.ts";
import { dropoutFeeds, freshLora, loraMoves, loraWeights, saveLora } from "../learners/lora.ts";
import { freshSoftPrompt, saveSoftPrompt, softPromptMoves } from "../learners/soft-prompt.ts";
import { Accumulator } from "../optimizer/index.ts";
import { hashFile, type Json, loadWeights, type RunResult, train } from "../run/index.ts";
import { TrainingStep } from "../step.ts";
import { copyInto, elementCount, type Tensors, tensor } from "../tensors.ts";
import { type Base, openBase, readTensors } from "./base.ts";
import { type Item, type ItemOptions, ItemStream, itemOf } from "./batches.ts";
import type { TuneConfig } from "./config.ts";
import { type HeldOutMeasure, heldOut } from "./held-out.ts";
import { TrainingImages } from "./images.ts";
import { memoryAvailable, memoryOf, refuseTooLarge, type TunePlan } from "./plan.ts";

export interface TuneOptions extends Work {
  /** Called once with the plan, before the first step; throw to stop. */
  readonly onPlan?: (plan: TunePlan) => void;
  readonly codeVersion: string;
}

export interface TuneResult {
  readonly plan: TunePlan;
  readonly run: RunResult;
  /** Held-out measures before the first and after the last step; absent without a validation set. */
  readonly before?: HeldOutMeasure;
  readonly after?: HeldOutMeasure;
  /** Folder of the adapter, or of the whole model for full tuning. */
  readonly saved: string;
}

/** @throws learn/* errors; see the folder's other files. Nothing is trained before all data was checked. */
export async function tune(config: TuneConfig, options: TuneOptions): Promise<TuneResult> {
  const base = await openBase(config.base);
  try {
    return await tuneBase(base, config, options);
  } finally {
    await base.checkpoint.close();
  }
}

async function tuneBase(
  base: Base,
  config: TuneConfig,
  { onPlan, codeVersion, ...work }: TuneOptions,
): Promise<TuneResult> {
  const images = base.config.kind === "multimodal" ? new TrainingImages(base.config.vision.imageSize) : undefined;
  const softPrompt = config.learner.kind === "soft-prompt" ? config.learner.vectors : 0;
  const items: ItemOptions = { turns: config.data.turns, softPrompt };
  const read = (path: string) => checkedDataset(base, path, config, images, softPrompt, work);
  const datasets: Dataset[] = [];
  for (const { path } of config.data.train) datasets.push(await read(path));
  const validation = config.data.validation === undefined ? undefined : await read(config.data.validation);
  const sources = datasets.map((dataset, i) => ({
    dataset,
    weight: config.data.train[i].weight,
    items: dataset.examples.map((example) => itemOf(base, dataset.path, example, items)),
  }));
  const held = (validation?.examples ?? []).slice(0, config.validate.examples);
  const shape = shapeOf(config, [
    ...sources.flatMap((source) => source.items),
    ...held.map((example) => itemOf(base, validation!.path, example, items)),
  ]);
  const total = count(base);
  const trained = await trainedCount(base, config);
  const perRow = Math.max(1, ...sources.flatMap(({ items }) => items.map(({ images }) => images.length)));
  const plan: TunePlan = {
    base: config.base,
    learner: config.learner.kind,
    parametersTrained: trained,
    parametersTotal: total,
    trainExamples: sources.reduce((sum, source) => sum + source.items.length, 0),
    validationExamples: held.length,
    dropped: [...datasets, ...(validation ? [validation] : [])].flatMap(({ path, dropped }) =>
      dropped.map(({ line }) => `${path}:${line}`),
    ),
    shape,
    accumulation: config.batch.accumulation,
    steps: stepsOf(config, sources, shape),
    memoryBytes: memoryOf(total, trained, base.config, shape, shape.rows * perRow * 2),
    memoryAvailable: memoryAvailable(),
  };
  refuseTooLarge(plan);

  const tensors = await readTensors(base);
  const { moves, define, dropouts, save } = learnerOf(base, config, tensors, shape);
  const step = await TrainingStep.compile({ name: "tune", define, tensors, moves, threads: config.threads });
  const plain = learnerOf(base, { ...config, learner: withoutDropout(config) }, tensors, shape).define;
  const forward = await TrainingStep.compile({
    name: "tune-forward",
    define: plain,
    tensors,
    moves: () => false,
    threads: config.threads,
  });
  try {
    const stream = new ItemStream(sources, config.seed);
    const dropout = config.learner.kind === "lora" ? config.learner.dropout : 0;
    const gradientOf = async (stepNumber: number) => {
      const accumulator = new Accumulator(new Map([...tensors].filter(([name]) => moves(name))));
      const outcome = { loss: 0, tokens: 0, images: 0, batch: "" };
      const share = 1 / config.batch.accumulation;
      for (let micro = 0; micro < config.batch.accumulation; micro++) {
        const batch = await stream.next(shape, base.config, base.tokensPerImage, images);
        const masks =
          dropout > 0
            ? dropoutFeeds(dropouts, dropout, seedOf(config.seed, stepNumber, micro), {
                images: batch.feeds.pixels?.dims[0] ?? 0,
              })
            : {};
        const { loss, gradients } = await step.run({ ...batch.feeds, ...masks });
        accumulator.add(gradients, share);
        outcome.loss += share * loss;
        outcome.tokens += batch.answerTokens;
        outcome.images += batch.images;
        outcome.batch += `${batch.items.map(({ where }) => where).join(", ")}; `;
      }
      return { ...outcome, gradients: accumulator.sum };
    };
    // One step is timed for the plan and then taken again from the start of the data.
    const start = stream.position;
    await gradientOf(0);
    const timed = performance.now();
    await gradientOf(0);
    const measured: TunePlan = { ...plan, secondsPerStep: (performance.now() - timed) / 1000 };
    stream.position = start;
    onPlan?.(measured);

    const measure =
      validation === undefined
        ? undefined
        : () => heldOut(base, forward, validation.path, held, config.data.labels, items, shape, images, work);
    const before = await measure?.();
    const run = await train({
      folder: config.out,
      config: settings(config),
      dataHashes: await hashes([...datasets, ...(validation ? [validation] : [])]),
      codeVersion,
      tensors,
      moves,
      schedule: {
        peak: config.schedule.peak,
        steps: plan.steps,
        warmup: Math.min(plan.steps, Math.ceil(config.schedule.warmup * plan.steps)),
        shape: config.schedule.shape,
      },
      optimizer: config.optimizer,
      clipNorm: config.optimizer.clipNorm,
      takeStep: gradientOf,
      position: {
        get: () => stream.position as unknown as Json,
        set: (position) => {
          stream.position = position as unknown as Position;
        },
      },
      ...(measure && {
        validation: {
          measure: async () => ({ ...(await measure()) }),
          metric: "loss",
          better: "lower" as const,
          every: Math.max(1, Math.floor(plan.steps / config.validate.times)),
        },
      }),
      checkpointEvery: Math.max(1, Math.floor(plan.steps / 10)),
      ...work,
    });
    if (measure && run.best !== null) copyBest(tensors, await loadWeights(join(config.out, "best.safetensors")));
    const after = await measure?.();
    const saved = await save();
    const result = { before, after, best: run.best, saved };
    await writeWhole(join(config.out, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`, { overwrite: true });
    return { plan: measured, run, before, after, saved };
  } finally {
    await step.release();
    await forward.release();
  }
}

function copyBest(tensors: Tensors, best: Tensors): void {
  copyInto(new Map([...best.keys()].map((name) => [name, tensor(tensors, name)])), best);
}

/** What a learner adds, moves and saves. */
function learnerOf(base: Base, { learner, out, seed }: TuneConfig, tensors: Tensors, shape: BatchShape) {
  const { config } = base;
  const dropouts = new Map<string, Value>();
  const extend = (fresh: Tensors) => {
    for (const [name, value] of fresh) if (!tensors.has(name)) tensors.set(name, value);
  };
  const target = join(out, learner.kind === "full" ? "model" : "adapter");
  const done = async (write: Promise<void>) => {
    await write;
    return target;
  };
  switch (learner.kind) {
    case "full":
      return {
        moves: () => true,
        define: (graph: Graph, weights: Weights) => languageObjective(graph, weights, config, shape),
        dropouts,
        save: () =>
          done(
            writeCheckpoint(target, {
              config: base.checkpoint.rawConfig,
              tokenizer: base.checkpoint.tokenizer,
              tensors: [...tensors].map(([name, { shape, data }]) => ({ name, shape, data })),
            }),
          ),
      };
    case "lora":
      extend(freshLora(tensors, learner, seed));
      return {
        moves: loraMoves,
        define: (graph: Graph, weights: Weights) =>
          languageObjective(graph, loraWeights(graph, weights, learner, dropouts), config, shape),
        dropouts,
        save: () => done(saveLora(target, tensors, learner, base.name)),
      };
    case "soft-prompt": {
      const table = tensor(tensors, `${textPrefix(config)}.embed_tokens.weight`);
      extend(freshSoftPrompt(table, learner, config.text, seed));
      return {
        moves: softPromptMoves,
        define: (graph: Graph, weights: Weights) => languageObjective(graph, weights, config, shape, learner.vectors),
        dropouts,
        save: () => done(saveSoftPrompt(target, tensors, base.name)),
      };
    }
  }
}

const withoutDropout = ({ learner }: TuneConfig): TuneConfig["learner"] =>
  learner.kind === "lora" ? { ...learner, dropout: 0 } : learner;

async function checkedDataset(
  base: Base,
  path: string,
  { data }: TuneConfig,
  images: TrainingImages | undefined,
  softPrompt: number,
  work: Work,
): Promise<Dataset> {
  return readDataset(path, {
    ...work,
    labels: data.labels,
    dropTooLong: data.dropTooLong,
    contextTokens: base.config.text.maxPositions,
    countTokens: (messages) =>
      itemOf(base, path, { line: 0, messages }, { turns: data.turns, softPrompt }).sequence.ids.length,
    checkImage: async (image) => {
      if (images === undefined)
        throw new PolyclinicError("learn/text-only", "cannot be seen by this base", {
          where: image,
          hint: "Use a multimodal base.",
        });
      await images.read(image);
    },
  });
}

/** Rows long enough for the longest example, or as the configuration says; answers for the fullest batch. */
function shapeOf({ batch }: TuneConfig, items: readonly Item[]): BatchShape {
  const longest = Math.max(...items.map(({ sequence }) => sequence.ids.length));
  const answers = Math.max(...items.map(({ sequence }) => sequence.learned.reduce((a, b) => a + b, 0)));
  const shortest = Math.min(...items.map(({ sequence }) => sequence.ids.length));
  const tokens = batch.tokens ?? Math.ceil(longest / 16) * 16;
  if (tokens < longest)
    throw new PolyclinicError("learn/too-long", "is shorter than the longest example", {
      where: "batch.tokens",
      expected: `at least ${longest}`,
      found: `${tokens}`,
    });
  const perBatch = batch.rows * Math.max(1, Math.floor(tokens / shortest));
  return { rows: batch.rows, tokens, answers: Math.max(answers, Math.min(perBatch * answers, batch.rows * tokens)) };
}

function stepsOf(
  { schedule, batch }: TuneConfig,
  sources: readonly { items: readonly Item[] }[],
  shape: BatchShape,
): number {
  if (schedule.steps !== undefined) return schedule.steps;
  const items = sources.flatMap((source) => source.items);
  const mean = items.reduce((sum, { sequence }) => sum + sequence.ids.length, 0) / items.length;
  const perStep = shape.rows * Math.max(1, Math.floor(shape.tokens / mean)) * batch.accumulation;
  return Math.max(1, Math.ceil((schedule.epochs * items.length) / perStep));
}

const count = ({ checkpoint: { weights } }: Base) =>
  weights.names.reduce((sum, name) => sum + weights.shape(name).reduce((a, b) => a * b, 1), 0);

async function trainedCount(base: Base, { learner, seed }: TuneConfig): Promise<number> {
  if (learner.kind === "full") return count(base);
  if (learner.kind === "soft-prompt") return learner.vectors * base.config.text.hiddenSize;
  const { weights } = base.checkpoint;
  return elementCount(
    freshLora(new Map(weights.names.map((name) => [name, { shape: weights.shape(name) }])), learner, seed),
  );
}

async function hashes(datasets: readonly Dataset[]): Promise<Record<string, string>> {
  const entries = await Promise.all(datasets.map(async ({ path }) => [path, await hashFile(path)] as const));
  return Object.fromEntries(entries);
}

/** What a resumed run must share: everything but where it lies and how many threads compute it. */
function settings({ out, threads, ...rest }: TuneConfig): { [key: string]: Json } {
  return JSON.parse(JSON.stringify(rest)) as { [key: string]: Json };
}

/** Reads a configuration file. */
export async function readTuneFile(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause) => {
    throw new PolyclinicError("learn/tune-config", "cannot be read", { where: path, cause });
  });
}
