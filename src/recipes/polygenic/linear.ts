/** The baselines on the same scores: logistic regression on all of them (the paper's linear "ensemble of scores"), and the best single score. */
import { fitProbe } from "../../learn/learners/probe.ts";
import { auroc } from "../../measure/index.ts";
import type { CohortPeople, OutcomeName } from "./cohort.ts";

/** Probabilities of an outcome by person. */
export type Predictor = (people: CohortPeople) => number[];

/**
 * Logistic regression on standardised scores, with scikit-learn's default penalty (C = 1), which hardly matters for 20,000 people and 48 scores.
 *
 * @param hidden scores that it does not see, by index.
 */
export function fitLinear(train: CohortPeople, outcome: OutcomeName, hidden: readonly number[] = []): Predictor {
  const scale = scaleOf(train);
  const standardise = (row: Float64Array) => {
    const x = scale.standardise(row);
    for (const i of hidden) x[i] = 0;
    return x;
  };
  const x = train.scores.map(standardise);
  const labels = train.outcomes[outcome].events.map((event) => (event ? "yes" : "no"));
  const probe = fitProbe(x, labels, { maxIterations: 60 });
  const yes = probe.classes.indexOf("yes");
  return ({ scores }) => scores.map((row) => probe.probabilities(standardise(row))[yes]);
}

/** The single score (of any trait and threshold, in either direction) that ranks the training people best. */
export function bestSingleScore(train: CohortPeople, outcome: OutcomeName): Predictor {
  const events = train.outcomes[outcome].events;
  const areas = Array.from(train.scores[0], (_, i) =>
    auroc(
      train.scores.map((row) => row[i]),
      events,
    ),
  );
  const chosen = areas.reduce((top, area, i) => (Math.abs(area - 0.5) > Math.abs(areas[top] - 0.5) ? i : top), 0);
  const sign = areas[chosen] < 0.5 ? -1 : 1;
  return ({ scores }) => scores.map((row) => sign * row[chosen]);
}

function scaleOf({ scores }: CohortPeople) {
  const width = scores[0].length;
  const means = new Float64Array(width);
  const deviations = new Float64Array(width);
  for (const row of scores) for (let i = 0; i < width; i++) means[i] += row[i] / scores.length;
  for (const row of scores) for (let i = 0; i < width; i++) deviations[i] += (row[i] - means[i]) ** 2 / scores.length;
  return {
    // A score without variants is 0 in everyone.
    standardise: (row: Float64Array) =>
      Float32Array.from(row, (value, i) => (value - means[i]) / (Math.sqrt(deviations[i]) || 1)),
  };
}
