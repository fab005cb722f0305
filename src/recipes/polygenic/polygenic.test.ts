/** The recipe's parts: a cohort with the genetics it claims, the scores that its models see, readouts, and a tower that learns on our trainer. */
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { AdamW } from "../../learn/optimizer/index.ts";
import { TrainingStep } from "../../learn/step.ts";
import { auroc, pearson } from "../../measure/index.ts";
import { type Cohort, cohortDefaults, generateCohort, geneticCorrelation, liabilities } from "./cohort.ts";
import { bestSingleScore, fitLinear } from "./linear.ts";
import { aurocOf, otherReadouts, pairedGain, towerProbabilities } from "./measure.ts";
import { freshPolygenicTensors, pictureFor, polygenicFeeds, polygenicObjective, polygenicTraining } from "./model.ts";

const small = (epistasis: number): Cohort =>
  generateCohort({
    ...cohortDefaults,
    people: { discovery: 500, train: 500, valid: 20, test: 400 },
    variants: 64,
    causal: 3,
    seed: 3,
    epistasis,
  });
const cohort = small(0);

test("a cohort comes from its seed; epistasis changes outcomes and nothing else", () => {
  const again = small(0);
  expect(again.parts.test.scores).toEqual(cohort.parts.test.scores);
  expect(again.parts.test.outcomes.first.times).toEqual(cohort.parts.test.outcomes.first.times);
  const other = small(0.8);
  expect(other.parts.train.scores).toEqual(cohort.parts.train.scores);
  expect(other.parts.train.outcomes.first.times).not.toEqual(cohort.parts.train.outcomes.first.times);
  const { times, events } = cohort.parts.train.outcomes.second;
  expect(events.every((event, i) => (event ? times[i] <= 10 : times[i] === 10))).toBe(true);
  expect(() => generateCohort({ ...cohort.options, traits: 12 })).toThrow(RangeError);
});

test("liabilities: one outcome correlates with the first as stated, one not at all, and products are what a line cannot see", () => {
  const random = new Random(1);
  for (const epistasis of [0, 0.8]) {
    const people = Array.from({ length: 20_000 }, () => Float64Array.from({ length: 16 }, () => random.normal()));
    const all = people.map((values) => liabilities((trait) => values[trait], epistasis));
    const with_ = (name: "second" | "correlated" | "unrelated") =>
      pearson(
        all.map(({ first }) => first),
        all.map((each) => each[name]),
      );
    expect(Math.abs(with_("correlated") - geneticCorrelation)).toBeLessThan(0.02);
    expect(Math.abs(with_("second"))).toBeLessThan(0.03);
    expect(Math.abs(with_("unrelated"))).toBeLessThan(0.03);
    const alone = pearson(
      all.map(({ first }) => first),
      people.map((values) => values[2]),
    );
    const product = pearson(
      all.map(({ first }) => first),
      people.map((values) => values[2] * values[3]),
    );
    expect(Math.abs(alone)).toBeLessThan(0.03);
    if (epistasis === 0) expect(Math.abs(product)).toBeLessThan(0.03);
    else expect(product).toBeGreaterThan(0.5);
  }
});

test("scores predict their outcome; a stricter threshold leaves variants out; the linear model is no worse than its best score", () => {
  const { train, test: held } = cohort.parts;
  const linear = fitLinear(train, "first")(held);
  const single = bestSingleScore(train, "first")(held);
  const { events } = held.outcomes.first;
  expect(auroc(single, events)).toBeGreaterThan(0.55);
  expect(auroc(linear, events)).toBeGreaterThan(auroc(single, events) - 0.03);
  expect(Math.abs(auroc(linear, held.outcomes.unrelated.events) - 0.5)).toBeLessThan(0.08);
  const distinct = (threshold: number) => new Set(held.scores.map((row) => row[threshold])).size;
  expect(distinct(2)).toBeLessThan(distinct(0));
});

test("readouts: a paired gain is 0 against oneself and the difference of the means of two cohorts; R squared ignores calibration", () => {
  const random = new Random(2);
  const people = (n: number, signal: number) => {
    const events = Array.from({ length: n }, () => random.next() < 0.4);
    const times = Float64Array.from(events, (event) => (event ? 10 * random.next() : 10));
    const of = (strength: number) =>
      events.map((event) => 1 / (1 + Math.exp(-(strength * (event ? 1 : -1) + random.normal()))));
    return { first: of(signal), second: of(0), outcome: { times, events } };
  };
  const cohorts = [people(150, 1), people(90, 0.6)];
  const gain = pairedGain(cohorts);
  const areas = cohorts.map(
    ({ first, second, outcome }) => auroc(first, outcome.events) - auroc(second, outcome.events),
  );
  expect(gain.estimate).toBeCloseTo((areas[0] + areas[1]) / 2, 12);
  expect([gain.low > 0, gain.high > gain.estimate]).toEqual([true, true]);
  expect(pairedGain(cohorts.map((each) => ({ ...each, second: each.first })))).toEqual({
    estimate: 0,
    low: 0,
    high: 0,
  });
  const [{ first, outcome }] = cohorts;
  const good = otherReadouts(first, outcome);
  const overconfident = first.map((p) => 1 / (1 + Math.exp(-(3 * Math.log(p / (1 - p)) + 1))));
  expect(otherReadouts(overconfident, outcome).nagelkerke).toBeCloseTo(good.nagelkerke, 9);
  expect(good.nagelkerke).toBeGreaterThan(otherReadouts(cohorts[0].second, outcome).nagelkerke);
  expect(good.concordance).toBeGreaterThan(0.6);
});

test("a few steps on the same people lower the loss; predictions keep the order of people, the last batch padded", async () => {
  const tensors = freshPolygenicTensors(1);
  const picture = pictureFor(cohort);
  const { batch } = polygenicTraining;
  const definition = { name: "polygenic-test", define: polygenicObjective, tensors, threads: 1 };
  const step = await TrainingStep.compile({ ...definition, trainable: () => true });
  const forward = await TrainingStep.compile({ ...definition, trainable: () => false });
  const optimizer = new AdamW(tensors, { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 });
  const drawn = Array.from({ length: batch }, (_, i) => i);
  const feeds = polygenicFeeds(cohort.parts.train, picture, drawn);
  const losses: number[] = [];
  for (let i = 0; i < 15; i++) {
    const { loss, gradients } = await step.run(feeds);
    losses.push(loss);
    optimizer.step(gradients, 3e-3);
  }
  expect(losses.at(-1)!).toBeLessThan(losses[0] * 0.9);
  const { scores, outcomes } = cohort.parts.train;
  const some = { outcomes, scores: scores.slice(0, batch + 5) };
  const all = await towerProbabilities(some, picture, forward);
  const alone = await towerProbabilities({ outcomes, scores: [scores[batch + 3]] }, picture, forward);
  expect(all.first.length).toBe(batch + 5);
  expect(all.first[batch + 3]).toBeCloseTo(alone.first[0], 5);
  expect(all.first[0]).not.toBeCloseTo(all.first[1], 5);
  const { outcome } = { outcome: cohort.parts.train.outcomes.first };
  const own = aurocOf(all.first.slice(0, batch), {
    times: outcome.times.slice(0, batch),
    events: outcome.events.slice(0, batch),
  });
  expect(own.low).toBeLessThanOrEqual(own.estimate);
  await step.close();
  await forward.close();
}, 20_000);
