/**
 * `npm run train:video -- [--out runs/video] [--steps N] [--clips 200] [--threads N]`: trains the reader on generated clips, then measures it on clips that it never saw,
 * through DICOM, the view and the parser of `when`: temporal IoU and IoU@0.3, 0.5, 0.7 with intervals, and the same frames with shuffled times as null. Run it again to
 * resume; of a finished run it only measures.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadWeights } from "../../../learn/run/index.ts";
import { TrainingStep } from "../../../learn/step.ts";
import type { Tensors } from "../../../learn/tensors.ts";
import { bootstrapInterval, iouAt, mean, meanStatistic, temporalIou, wilsonInterval } from "../../../measure/index.ts";
import { spanAnswer } from "../../../prompts/index.ts";
import { parseWhen } from "../../../task/when/when.ts";
import { trainFromScratch } from "../../train-from-scratch.ts";
import { type TestClip, testClip, trainingClip } from "./clips.ts";
import {
  freshReader,
  type ReaderClip,
  readerFeeds,
  readerForward,
  readerObjective,
  readerTraining,
  readSpans,
} from "./model.ts";

const firstValidation = 2 ** 28;

async function trainReader(out: string, steps: number, threads: number | undefined): Promise<void> {
  const { seed, batch, validationClips } = readerTraining;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const held = Array.from({ length: validationClips }, (_, i) => trainingClip(firstValidation + i));
  const best = await trainFromScratch({
    folder: out,
    name: "video-reader",
    define: readerObjective,
    defineForward: readerForward,
    tensors: freshReader(),
    numbers: readerTraining,
    config: { ...readerTraining, steps },
    steps,
    threads,
    // A clip is made from its number: there is no position to keep.
    position: { get: () => null, set: () => {} },
    batchAt: (at) => {
      const clips = Array.from({ length: batch }, (_, i) => trainingClip(at * batch + i));
      return { feeds: readerFeeds(clips), batch: `step ${at}` };
    },
    measure: async (forward) => {
      const spans = await readSpans(held, forward);
      const overlaps = held.flatMap(({ answer }, i) => {
        const span = spans[i];
        return answer === undefined ? [] : [span === undefined ? 0 : temporalIou([...span], [...answer])];
      });
      return { overlap: mean(overlaps) };
    },
    metric: "overlap",
    signal: stop.signal,
  });
  process.stderr.write(
    `best on ${held.length} validation clips: mean IoU ${best?.value.toFixed(4)} with the frames of the event, at step ${best?.step}; seed ${seed}\n`,
  );
  if (stop.signal.aborted) process.exit(130);
}

const openForward = (tensors: Tensors, threads: number | undefined) =>
  TrainingStep.compile({
    name: "video-reader-forward",
    define: readerForward,
    tensors,
    trainable: () => false,
    threads,
  });

async function measure(out: string, count: number, threads: number | undefined): Promise<void> {
  const tensors = await loadWeights(join(out, "best.safetensors"));
  const forward = await openForward(tensors, threads);
  try {
    const clips: TestClip[] = [];
    for (let i = 0; i < count; i++) clips.push(await testClip(i));
    const without: TestClip[] = [];
    for (let i = 0; i < Math.ceil(count / 5); i++) without.push(await testClip(2 ** 16 + i, false));
    const answersOf = async (of: readonly TestClip[], shown: (clip: TestClip) => ReaderClip) => {
      const spans = await readSpans(of.map(shown), forward);
      return of.map(({ layout }, i) => {
        const span = spans[i];
        const text = span === undefined ? "Final Answer: none" : spanAnswer(span[0] / 10, span[1] / 10, 1);
        return parseWhen(text, "the disc is bright", layout);
      });
    };
    for (const [name, shown] of [
      ["times as they are", ({ shown }: TestClip) => shown],
      ["times shuffled", ({ shuffled }: TestClip) => shuffled],
    ] as const) {
      const answers = await answersOf(clips, shown);
      const ious = answers.map(({ answer }, i) => {
        const { from, to } = clips[i].event!;
        const span = answer?.span;
        return span === undefined ? 0 : temporalIou([span.from, span.to], [from, to]);
      });
      const { low, high } = bootstrapInterval(count, meanStatistic(ious), { resamples: 1000, seed: 101 });
      print(`${name}, mean temporal IoU`, mean(ious), low, high, count);
      for (const threshold of [0.3, 0.5, 0.7]) {
        const share = iouAt(ious, threshold);
        const interval = wilsonInterval(Math.round(share * count), count);
        print(`${name}, IoU@${threshold}`, share, interval.low, interval.high, count);
      }
      const unparsed = answers.filter(({ answer }) => answer === undefined).length;
      process.stdout.write(`${name}: ${unparsed} answers without a valid span, counted as 0\n`);
    }
    const none = (await answersOf(without, ({ shown }) => shown)).filter(
      ({ answer }) => answer !== undefined && answer.span === undefined,
    ).length;
    const interval = wilsonInterval(none, without.length);
    print("no event, and said so", none / without.length, interval.low, interval.high, without.length);
  } finally {
    await forward.close();
  }
}

function print(name: string, value: number, low: number, high: number, n: number): void {
  process.stdout.write(`${name}: ${value.toFixed(3)} (95 % ${low.toFixed(3)}-${high.toFixed(3)}, n ${n})\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: "runs/video" },
      steps: { type: "string" },
      clips: { type: "string", default: "200" },
      threads: { type: "string" },
    },
  });
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  await trainReader(values.out, values.steps === undefined ? readerTraining.steps : Number(values.steps), threads);
  await measure(values.out, Number(values.clips), threads);
}

await main();
