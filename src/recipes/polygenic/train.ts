/**
 * `npm run train:polygenic -- [--out runs/polygenic] [--steps N] [--threads N]`: trains the image encoder on generated cohorts, with epistasis and
 * without. Run it again to resume; `npm run evaluate:polygenic` measures it.
 */
import { Mixture } from "../../learn/data/order.ts";
import { positionOf } from "../../learn/run/index.ts";
import { type RecipeArguments, recipeArguments, trainFromScratch } from "../train-from-scratch.ts";
import { trainedOutcomes } from "./cohort.ts";
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

async function trainOn(setting: Setting, { out, steps, threads, signal }: RecipeArguments): Promise<void> {
  const cohort = cohortOf(setting);
  const { seed, batch } = polygenicTraining;
  const { train: people, valid } = cohort.parts;
  const picture = pictureFor(cohort);
  const order = new PeopleOrder(people.scores.length, seed + setting.cohort);
  const best = await trainFromScratch({
    name: "polygenic",
    folder: folderOf(out, setting),
    define: polygenicObjective,
    tensors: freshPolygenicTensors(seed + setting.cohort),
    numbers: polygenicTraining,
    config: { ...polygenicTraining, ...cohort.options, steps, vision: polygenicVision },
    steps,
    threads,
    signal,
    batchAt: () => {
      const drawn = Array.from({ length: batch }, () => order.next());
      return { feeds: polygenicFeeds(people, picture, drawn), batch: `people ${drawn.join(", ")}` };
    },
    position: positionOf(order),
    measure: async (forward) => {
      const found = await towerProbabilities(valid, picture, forward);
      const areas = trainedOutcomes.map((name) => [name, aurocOf(found[name], valid.outcomes[name]).estimate] as const);
      return { ...Object.fromEntries(areas), mean: areas.reduce((sum, [, area]) => sum + area / areas.length, 0) };
    },
    metric: "mean",
  });
  process.stderr.write(
    `${folderOf(out, setting)}: mean AUROC ${best?.value.toFixed(4)} on ${valid.scores.length} validation people at step ${best?.step}\n`,
  );
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
  const given = recipeArguments({ out: "runs/polygenic", steps: polygenicTraining.steps });
  for (const setting of settings()) await trainOn(setting, given);
}

await main();
