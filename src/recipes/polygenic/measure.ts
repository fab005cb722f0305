/** Predictions of the tower, and what the readouts of polygenic scores say about them: AUROC, C-index and Nagelkerke's R squared. */
import type { TrainingStep } from "../../learn/step.ts";
import {
  bootstrapDifferenceTest,
  bootstrapInterval,
  calibrationLine,
  concordanceIndex,
  logLikelihood,
  nagelkerkeR2,
  rankedAuroc,
} from "../../measure/index.ts";
import { type CohortPeople, type Outcome, type OutcomeName, trainedOutcomes } from "./cohort.ts";
import { polygenicFeeds, polygenicTraining, type TilePicture } from "./model.ts";

/** Probability of each trained outcome by person, from forward passes of `polygenicTraining.batch` images. */
export async function towerProbabilities(
  people: CohortPeople,
  picture: TilePicture,
  forward: TrainingStep,
): Promise<Record<string, number[]>> {
  const { batch } = polygenicTraining;
  const n = people.scores.length;
  const found = trainedOutcomes.map(() => [] as number[]);
  for (let start = 0; start < n; start += batch) {
    // The last batch is padded with repeated people who are not counted.
    const own = Array.from({ length: batch }, (_, i) => Math.min(start + i, n - 1));
    const { outputs } = await forward.run(polygenicFeeds(people, picture, own));
    for (let i = 0; i < batch && start + i < n; i++)
      for (const [k, list] of found.entries()) list.push(outputs.probabilities.data[(i * found.length + k) * 2 + 1]);
  }
  return Object.fromEntries(trainedOutcomes.map((name, k) => [name, found[k]]));
}

/** The trained outcome whose predictor answers for an outcome; those that were not trained are asked of the first. */
export const askedOf = (outcome: OutcomeName): OutcomeName => (trainedOutcomes.includes(outcome) ? outcome : "first");

export interface Value {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export const aurocOf = (probabilities: readonly number[], { events }: Outcome): Value =>
  bootstrapInterval(events.length, rankedAuroc(probabilities, events), { seed: 101 });

/** Predictions of two models for the same people of one cohort. */
export interface Paired {
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly outcome: Outcome;
}

/** AUROC of the first model less that of the second, mean over cohorts; people are resampled within their cohort. */
export function pairedGain(cohorts: readonly Paired[]): Value {
  const n = cohorts.reduce((sum, { outcome }) => sum + outcome.events.length, 0);
  const starts: number[] = [];
  const home = new Int32Array(n);
  for (const [c, { outcome }] of cohorts.entries()) {
    starts.push(starts.length === 0 ? 0 : starts[c - 1] + cohorts[c - 1].outcome.events.length);
    home.fill(c, starts[c], starts[c] + outcome.events.length);
  }
  const meanOf = (side: "first" | "second") => {
    const areas = cohorts.map((cohort) => rankedAuroc(cohort[side], cohort.outcome.events));
    return (indices: ArrayLike<number>) => {
      const own: number[][] = cohorts.map(() => []);
      for (let i = 0; i < indices.length; i++) own[home[indices[i]]].push(indices[i] - starts[home[indices[i]]]);
      return areas.reduce((sum, area, c) => sum + area(own[c]), 0) / areas.length;
    };
  };
  const { statistic, low, high } = bootstrapDifferenceTest(n, meanOf("first"), meanOf("second"), {
    strata: home,
    resamples: 1000,
    seed: 101,
  });
  return { estimate: statistic, low, high };
}

/** Harrell's C of the times, and Nagelkerke's R squared of a logistic regression on the log odds of the prediction. */
export function otherReadouts(probabilities: readonly number[], { times, events }: Outcome) {
  const { index } = concordanceIndex(times, events, probabilities);
  const { slope } = calibrationLine(probabilities, events);
  const scaled = probabilities.map((p) => fromLogit(slope * logit(p)));
  // The intercept of `calibrationLine` belongs to slope 1, which the scaled predictions have.
  const { intercept } = calibrationLine(scaled, events);
  const fitted = scaled.map((p) => fromLogit(intercept + logit(p)));
  const share = events.filter(Boolean).length / events.length;
  const none = logLikelihood(new Float64Array(events.length).fill(share), events);
  return { concordance: index, nagelkerke: nagelkerkeR2(logLikelihood(fitted, events), none, events.length) };
}

const logit = (p: number) => Math.log(p / (1 - p));
const fromLogit = (x: number) => 1 / (1 + Math.exp(-x));
