/**
 * `npm run train:polygenic -- [--out runs/polygenic] [--steps N] [--threads N]`: trains the image encoder on generated cohorts, with epistasis and
 * without. Run it again to resume; `npm run evaluate:polygenic` measures it.
 */
import { parseArgs } from "node:util";
import { progressBar } from "../../base/progress-bar.ts";
import { version } from "../../base/version.ts";
import { Mixture } from "../../learn/data/order.ts";
import { type Json, positionOf, train } from "../../learn/run/index.ts";
import { TrainingStep } from "../../learn/step.ts";
import { type Cohort, trainedOutcomes } from "./cohort.ts";
import { aurocOf, towerProbabilities } from "./measure.ts";
import {
  cohortOf,
  folderOf,
  freshPolygenicTensors,
  pictureFor,
  polygenicFeeds,
  polygenicObjective,
  polygenicTraining,
  polygenicVision,
  type Setting,
  settings,
} from "./model.ts";

interface TrainOptions {
  readonly out: string;
  readonly steps: number;
  readonly threads: number | undefined;
  readonly signal: AbortSignal;
}

async function trainOn(setting: Setting, cohort: Cohort, { out, steps, threads, signal }: TrainOptions): Promise<void> {
  const { seed, batch, learningRate, warmup, optimizer, clipNorm, averageDecay } = polygenicTraining;
  const { train: people, valid } = cohort.parts;
  const picture = pictureFor(cohort);
  const tensors = freshPolygenicTensors(seed + setting.cohort);
  const define = { name: "polygenic", define: polygenicObjective, tensors, threads };
  const step = await TrainingStep.compile({ ...define, trainable: () => true });
  const forward = await TrainingStep.compile({ ...define, trainable: () => false });
  const order = new PeopleOrder(people.scores.length, seed + setting.cohort);
  try {
    const { best } = await train({
      folder: folderOf(out, setting),
      config: { ...polygenicTraining, ...cohort.options, steps, vision: polygenicVision } as unknown as {
        readonly [key: string]: Json;
      },
      dataHashes: {},
      codeVersion: version,
      tensors,
      trainable: () => true,
      schedule: { learningRate, steps, warmup: Math.min(warmup, steps), shape: "cosine" },
      optimizer,
      clipNorm,
      averageDecay,
      takeStep: async () => {
        const drawn = Array.from({ length: batch }, () => order.next());
        const { loss, gradients } = await step.run(polygenicFeeds(people, picture, drawn));
        return { loss, gradients, tokens: batch, images: batch, batch: `people ${drawn.join(", ")}` };
      },
      position: positionOf(order),
      validation: {
        measure: async () => {
          const found = await towerProbabilities(valid, picture, forward);
          const areas = trainedOutcomes.map(
            (name) => [name, aurocOf(found[name], valid.outcomes[name]).estimate] as const,
          );
          return { ...Object.fromEntries(areas), mean: areas.reduce((sum, [, area]) => sum + area / areas.length, 0) };
        },
        metric: "mean",
        better: "higher",
        every: polygenicTraining.validateEvery,
      },
      checkpointEvery: polygenicTraining.checkpointEvery,
      signal,
      onProgress: progressBar().onProgress,
    });
    process.stderr.write(
      `${folderOf(out, setting)}: mean AUROC ${best?.value.toFixed(4)} on ${valid.scores.length} validation people at step ${best?.step}\n`,
    );
  } finally {
    await step.close();
    await forward.close();
  }
}

/** Training people in a new order every epoch. */
class PeopleOrder {
  private mixture: Mixture;

  constructor(
    private readonly size: number,
    private readonly seed: number,
  ) {
    this.mixture = new Mixture(this.sources(), seed);
  }

  next = () => this.mixture.next().index;

  get position() {
    return this.mixture.position;
  }

  set position(position) {
    this.mixture = new Mixture(this.sources(), this.seed, position);
  }

  private sources = () => [{ name: "people", size: this.size, weight: 1 }];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: "runs/polygenic" },
      steps: { type: "string" },
      threads: { type: "string" },
    },
  });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  for (const setting of settings())
    await trainOn(setting, cohortOf(setting), {
      out: values.out,
      steps: values.steps === undefined ? polygenicTraining.steps : Number(values.steps),
      threads: values.threads === undefined ? undefined : Number(values.threads),
      signal: stop.signal,
    });
}

await main();
