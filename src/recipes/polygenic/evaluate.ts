/**
 * `npm run evaluate:polygenic -- [--run runs/polygenic] [--chance N]`: the image encoder beside logistic regression on the same scores, on test people of every
 * cohort: AUROC with intervals, paired gains, C-index, Nagelkerke's R squared; outcomes that were not trained; and tiles in another order.
 * `--chance N` needs no run: how much the linear score of N cohorts without epistasis gains or loses on the correlated outcome by the weight that chance gives to the
 * trait on which only this outcome depends.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../../base/random.ts";
import { loadWeights } from "../../learn/run/index.ts";
import { TrainingStep } from "../../learn/step.ts";
import { mean, meanInterval, rankedAuroc } from "../../measure/index.ts";
import { type CohortPeople, type OutcomeName, outcomeNames } from "./cohort.ts";
import { bestSingleScore, fitLinear } from "./linear.ts";
import { askedOf, aurocOf, otherReadouts, type Paired, pairedGain, towerProbabilities, type Value } from "./measure.ts";
import {
  cohortOf,
  folderOf,
  pictureFor,
  polygenicObjective,
  polygenicTraining,
  type Setting,
  settings,
} from "./model.ts";

const print = (line: string) => process.stdout.write(`${line}\n`);
const shown = ({ estimate, low, high }: Value) =>
  `${estimate.toFixed(3)} (95% ${low.toFixed(3)} to ${high.toFixed(3)})`;

/** The same people with the tiles of all in one other order. */
function reordered(people: CohortPeople, seed: number): CohortPeople {
  const order = new Random(seed).shuffle(Array.from({ length: people.scores[0].length / 3 }, (_, i) => i));
  const scores = people.scores.map((row) =>
    Float64Array.from(row, (_, i) => row[order[Math.floor(i / 3)] * 3 + (i % 3)]),
  );
  return { ...people, scores };
}

/** Prints the figures of one cohort; returns the pairs of predictions by outcome. */
async function evaluateOn(setting: Setting, run: string): Promise<Map<OutcomeName, Paired>> {
  const cohort = cohortOf(setting);
  const { train, test } = cohort.parts;
  const tensors = await loadWeights(join(folderOf(run, setting), "best.safetensors"));
  const forward = await TrainingStep.compile({
    name: "polygenic-forward",
    define: polygenicObjective,
    tensors,
    trainable: () => false,
  });
  try {
    const picture = pictureFor(cohort);
    const tower = await towerProbabilities(test, picture, forward);
    const moved = await towerProbabilities(reordered(test, polygenicTraining.seed), picture, forward);
    const pairs = new Map<OutcomeName, Paired>();
    const linear = new Map<OutcomeName, number[]>();
    for (const name of outcomeNames) {
      const target = askedOf(name);
      if (!linear.has(target)) linear.set(target, fitLinear(train, target)(test));
      const outcome = test.outcomes[name];
      const pair = { first: tower[target], second: linear.get(target)!, outcome };
      pairs.set(name, pair);
      print(
        `${folderOf(run, setting)}, ${name} outcome${target === name ? "" : `, not trained, by the score of the ${target}`}:`,
      );
      print(`  AUROC ${shown(aurocOf(pair.first, outcome))}, linear ${shown(aurocOf(pair.second, outcome))}`);
      if (target !== name) continue;
      const single = aurocOf(bestSingleScore(train, name)(test), outcome);
      print(`  best single score ${shown(single)}, tiles in another order ${shown(aurocOf(moved[name], outcome))}`);
      for (const [model, probabilities] of [["tower", pair.first] as const, ["linear", pair.second] as const]) {
        const { concordance, nagelkerke } = otherReadouts(probabilities, outcome);
        print(`  ${model}: C-index ${concordance.toFixed(3)}, Nagelkerke R2 ${nagelkerke.toFixed(3)}`);
      }
    }
    return pairs;
  } finally {
    await forward.close();
  }
}

/** The three scores of the trait that only the correlated outcome depends on (`liabilities`). */
const ownTrait = [36, 37, 38];

/**
 * The score of the first outcome is asked of the correlated one, half of whose liability is a trait without effect on the first. Any weight of this trait is chance of
 * the training people; the linear fit keeps it, an encoder that was stopped early keeps less.
 */
function evaluateChance(count: number): void {
  const gains: number[] = [];
  for (let cohort = 1; cohort <= count; cohort++) {
    const { train, test } = cohortOf({ cohort, epistasis: 0 }).parts;
    const [full, without] = [fitLinear(train, "first")(test), fitLinear(train, "first", ownTrait)(test)];
    const everyone = Int32Array.from(full.keys());
    const area = (scores: number[], name: OutcomeName) => rankedAuroc(scores, test.outcomes[name].events)(everyone);
    const [own, other] = (["correlated", "first"] as const).map((name) => area(without, name) - area(full, name));
    gains.push(own);
    print(
      `cohort ${cohort}: without the trait's scores the linear AUROC of the correlated outcome changes by ${own.toFixed(4)}, of the first by ${other.toFixed(4)}`,
    );
  }
  const { low, high } = meanInterval(gains);
  print(
    `mean change ${mean(gains).toFixed(4)} (95% ${low.toFixed(4)} to ${high.toFixed(4)} over cohorts), each ${gains.map((gain) => gain.toFixed(4)).join(" ")}`,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { run: { type: "string", default: "runs/polygenic" }, chance: { type: "string" } },
  });
  if (values.chance !== undefined) return evaluateChance(Number(values.chance));
  for (const epistasis of [polygenicTraining.epistasis, 0]) {
    const all: Map<OutcomeName, Paired>[] = [];
    for (const setting of settings().filter((each) => each.epistasis === epistasis))
      all.push(await evaluateOn(setting, values.run));
    for (const name of outcomeNames) {
      const cohorts = all.map((pairs) => pairs.get(name)!);
      const people = cohorts.reduce((sum, { outcome }) => sum + outcome.events.length, 0);
      const each = cohorts.map((cohort) => pairedGain([cohort]).estimate);
      print(
        `gain over linear, ${epistasis === 0 ? "no epistasis" : `epistasis ${epistasis}`}, ${name} outcome: ${shown(pairedGain(cohorts))} for these fits, ${cohorts.length} cohorts, ${people} people; ${shown({ estimate: mean(each), ...meanInterval(each) })} over cohorts`,
      );
    }
  }
}

await main();
