/**
 * `npm run train:ecg -- [--out runs/ecg] [--steps N] [--threads N] [--encoder best.safetensors]`: trains the decoder on questions and answers alone, freezes it, then trains encoder and gated
 * cross-attention on simulated recordings, each used once, and in a second stage the places of the windows of long
 * recordings. `--encoder` starts from the encoder of an earlier run. Run it again to resume;
 * `npm run evaluate:ecg` measures it.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { progressBar } from "../../base/progress-bar.ts";
import { version } from "../../base/version.ts";
import { type Json, loadWeights, type Run, saveWeights, train } from "../../learn/run/index.ts";
import { TrainingStep } from "../../learn/step.ts";
import { copyInto, type Tensors } from "../../learn/tensors.ts";
import { type EcgExample, eventExample, firstValidationPatient, rhythmExample } from "./examples.ts";
import { answersOf, isRight, openReader, type Reader } from "./measure.ts";
import {
  type EcgShape,
  ecgFeeds,
  ecgObjective,
  ecgTraining,
  freshEcgTensors,
  isText,
  placesFolder,
  textWeights,
} from "./model.ts";

/** Patients of long recordings are others than those of short ones. */
const firstLong = 2 ** 27;
/** Share of the short recordings that are asked for an event. */
const eventsAmongShort = 4;

const shortExample = (number: number): EcgExample =>
  number % eventsAmongShort === 0 ? eventExample(number, 1) : rhythmExample(number);
const shortBatch = (at: number, batch: number) => Array.from({ length: batch }, (_, i) => shortExample(at * batch + i));
const longBatch = (at: number, { batch, windows }: EcgShape) =>
  Array.from({ length: batch }, (_, i) => eventExample(firstLong + at * batch + i, windows));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: "runs/ecg" },
      steps: { type: "string" },
      encoder: { type: "string" },
      threads: { type: "string" },
    },
  });
  const steps = values.steps === undefined ? ecgTraining.steps : Number(values.steps);
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  const tensors = freshEcgTensors();
  if (values.encoder !== undefined) {
    const earlier = await loadWeights(values.encoder);
    copyInto(new Map([...tensors].filter(([name]) => name.startsWith("encoder."))), earlier);
  }
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const shared = {
    dataHashes: {},
    codeVersion: version,
    optimizer: ecgTraining.optimizer,
    clipNorm: ecgTraining.clipNorm,
    averageDecay: ecgTraining.averageDecay,
    position: { get: () => null, set: () => {} },
    checkpointEvery: ecgTraining.checkpointEvery,
    signal: stop.signal,
    onProgress: progressBar().onProgress,
  };
  await trainText(tensors, join(values.out, "text"), threads, shared);
  await trainSignals(tensors, values.out, steps, threads, shared);
  if (stop.signal.aborted) return;
  const best = await loadWeights(join(values.out, "best.safetensors"));
  copyInto(new Map([...tensors].filter(([name]) => !isText(name))), best);
  await trainPlaces(tensors, join(values.out, placesFolder), threads, shared);
}

type Shared = Omit<Run, "folder" | "config" | "tensors" | "trainable" | "schedule" | "takeStep">;

async function trainText(tensors: Tensors, folder: string, threads: number | undefined, shared: Shared): Promise<void> {
  const { text, seed } = ecgTraining;
  const shape = { batch: text.batch, windows: 1 };
  const step = await TrainingStep.compile({
    name: "ecg-text",
    define: (graph, weights) => ecgObjective(graph, weights, shape, false),
    tensors,
    trainable: isText,
    threads,
  });
  try {
    const result = await train({
      ...shared,
      folder,
      config: { seed, text, optimizer: ecgTraining.optimizer } as unknown as { readonly [key: string]: Json },
      tensors,
      trainable: isText,
      schedule: { learningRate: text.learningRate, steps: text.steps, warmup: 20, shape: "cosine" },
      takeStep: async (at) => {
        const long = at % 4 === 3;
        const examples = long ? longBatch(at, { batch: shape.batch, windows: 12 }) : shortBatch(at, shape.batch);
        const { loss, gradients } = await step.run(ecgFeeds(examples, []));
        return { loss, gradients, tokens: shape.batch, images: 0, batch: `step ${at}` };
      },
    });
    copyInto(new Map([...tensors].filter(([name]) => isText(name))), result.tensors);
    // Frozen from here on, so that the checkpoints of the second stage do not hold them.
    await saveWeights(join(folder, textWeights), result.tensors);
  } finally {
    await step.close();
  }
}

async function trainSignals(
  tensors: Tensors,
  folder: string,
  steps: number,
  threads: number | undefined,
  shared: Shared,
): Promise<void> {
  const { places: _, ...firstStage } = ecgTraining;
  const { short, long, warmup, learningRate, validationPatients } = firstStage;
  const shapes = { short: { ...short, windows: 1 }, long };
  const compile = (shape: EcgShape, name: string) =>
    TrainingStep.compile({
      name,
      define: (graph, weights) => ecgObjective(graph, weights, shape, true),
      tensors,
      trainable: (tensor) => !isText(tensor),
      threads,
    });
  const [shortStep, longStep] = [await compile(shapes.short, "ecg-short"), await compile(shapes.long, "ecg-long")];
  const readers = [
    await openReader(tensors, shapes.short, true, threads),
    await openReader(tensors, long, true, threads),
  ];
  const held = Array.from({ length: validationPatients }, (_, i) => rhythmExample(firstValidationPatient + i));
  const heldLong = Array.from({ length: validationPatients / 8 }, (_, i) =>
    eventExample(firstValidationPatient + 2 ** 20 + i, long.windows),
  );
  try {
    const { best } = await train({
      ...shared,
      folder,
      config: { ...firstStage, steps } as unknown as { readonly [key: string]: Json },
      tensors,
      trainable: (name) => !isText(name),
      schedule: { learningRate, steps, warmup: Math.min(warmup, steps), shape: "cosine" },
      takeStep: async (at) => {
        const isLong = at % ecgTraining.longEvery === ecgTraining.longEvery - 1;
        const examples = isLong ? longBatch(at, long) : shortBatch(at, short.batch);
        const { loss, gradients } = await (isLong ? longStep : shortStep).run(ecgFeeds(examples));
        return { loss, gradients, tokens: examples.length, images: examples.length, batch: `step ${at}` };
      },
      validation: {
        measure: () => validate([held, heldLong], readers),
        metric: "both",
        better: "higher",
        every: Math.min(steps, ecgTraining.validateEvery),
      },
    });
    process.stderr.write(
      `best on ${held.length + heldLong.length} validation patients: ${best?.value.toFixed(4)} at step ${best?.step}\n`,
    );
  } finally {
    for (const each of [shortStep, longStep, ...readers]) await each.close();
  }
}

/** Rhythms as before, and long recordings at every place. */
async function trainPlaces(tensors: Tensors, folder: string, threads: number | undefined, shared: Shared) {
  const { short, long, places, validationPatients, seed } = ecgTraining;
  const { batch, turns, steps, warmup, learningRate, validateEvery, validationLong } = places;
  const shapes = { short: { ...short, windows: 1 }, long: { batch, windows: long.windows, turns } };
  const compile = (shape: EcgShape) =>
    TrainingStep.compile({
      name: "ecg-places",
      define: (graph, weights) => ecgObjective(graph, weights, shape, true),
      tensors,
      trainable: (tensor) => !isText(tensor),
      threads,
    });
  const [shortStep, longStep] = [await compile(shapes.short), await compile(shapes.long)];
  const readers = [
    await openReader(tensors, shapes.short, true, threads),
    await openReader(tensors, long, true, threads),
  ];
  const [patientsShort, patientsLong] = [2 ** 26, firstLong + 2 ** 26];
  const held = Array.from({ length: validationPatients }, (_, i) => rhythmExample(firstValidationPatient + i));
  const heldLong = Array.from({ length: validationLong }, (_, i) =>
    eventExample(firstValidationPatient + 2 ** 21 + i, long.windows),
  );
  const everyTurn = Array.from({ length: turns }, (_, turn) => turn);
  try {
    const { best } = await train({
      ...shared,
      folder,
      config: { seed, places, optimizer: ecgTraining.optimizer } as unknown as { readonly [key: string]: Json },
      tensors,
      trainable: (name) => !isText(name),
      schedule: { learningRate, steps, warmup, shape: "cosine" },
      takeStep: async (at) => {
        const isLong = at % 2 === 1;
        const examples = Array.from({ length: isLong ? batch : short.batch }, (_, i) =>
          isLong
            ? eventExample(patientsLong + at * batch + i, long.windows)
            : shortExample(patientsShort + at * short.batch + i),
        );
        const feeds = isLong ? ecgFeeds(examples, undefined, undefined, everyTurn) : ecgFeeds(examples);
        const { loss, gradients } = await (isLong ? longStep : shortStep).run(feeds);
        return { loss, gradients, tokens: examples.length, images: examples.length, batch: `step ${at}` };
      },
      validation: {
        measure: () => validate([held, heldLong], readers),
        metric: "both",
        better: "higher",
        every: validateEvery,
      },
    });
    process.stderr.write(
      `best on ${held.length + heldLong.length} validation patients: ${best?.value.toFixed(4)} at step ${best?.step}\n`,
    );
  } finally {
    for (const each of [shortStep, longStep, ...readers]) await each.close();
  }
}

async function validate(parts: readonly (readonly EcgExample[])[], readers: readonly Reader[]) {
  const shares: number[] = [];
  for (const [i, examples] of parts.entries()) {
    const answers = await answersOf(examples, readers[i]);
    shares.push(answers.filter((answer, k) => isRight(examples[k], answer)).length / examples.length);
  }
  const [rhythm, events] = shares;
  return { rhythm, events, both: (rhythm + events) / 2 };
}

await main();
