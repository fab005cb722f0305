/**
 * `npm run curve:tx -- --data PATH [--draws 6] [--threads N]`: does training on other tasks replace labels, as Tx-LLM and TxGemma claim of their models? For two
 * targets, a network trained on the six other sets first and one from random weights learn from the same few training molecules, with the same steps.
 */
import { parseArgs } from "node:util";
import { Random } from "../../../base/random.ts";
import type { Graph } from "../../../graph/index.ts";
import { seedOf } from "../../../learn/data/order.ts";
import { TrainingStep } from "../../../learn/step.ts";
import { copyOf } from "../../../learn/tensors.ts";
import { mean, variance } from "../../../measure/index.ts";
import { canonicalSmiles } from "../../../molecules/index.ts";
import type { Weights } from "../../../nn/index.ts";
import { kernelFeatures, scaleOf } from "../../../task/therapeutics/kernel/features.ts";
import { readTxSet, type TxMolecule, type TxSet, txSets, txSplit } from "../sets.ts";
import { curvePoint, type Draw } from "./gain.ts";
import {
  type CurveExample,
  curveModel,
  curveObjective,
  featuresOf,
  freshCurveTensors,
  type Network,
  outputsOf,
  trainNetwork,
} from "./model.ts";

const targets = ["BBBP", "ESOL"];
const sizes = [25, 50, 100, 200, 400];
const seed = 20261129;

/** Mean and deviation of each regression over training molecules; (0, 1) for a binary task. */
function standardOf(sets: readonly TxSet[]): [number, number][] {
  return sets.flatMap(({ tasks, molecules }) =>
    tasks.map(({ kind }, t): [number, number] => {
      if (kind === "binary") return [0, 1];
      const labels = molecules.filter(({ part }) => part === "train").map((each) => each.labels[t]);
      return [mean(labels), Math.sqrt(variance(labels))];
    }),
  );
}

async function curveOf(target: TxSet, sets: readonly TxSet[], draws: number, threads: number | undefined) {
  const training = (set: TxSet) => set.molecules.filter(({ part }) => part === "train");
  const held = target.molecules.filter(({ part }) => part === "test");
  // Molecules of the target's test part are not used for pretraining either, though their labels there are others.
  const tested = new Set(held.map(({ molecule }) => canonicalSmiles(molecule)));
  const others = sets.filter((set) => set !== target);
  const scale = scaleOf(others.flatMap(training).map(({ molecule }) => kernelFeatures(molecule)));
  const standard = standardOf(sets);
  const starts = sets.map((_, s) => sets.slice(0, s).reduce((sum, { tasks }) => sum + tasks.length, 0));
  const exampleOf = (set: TxSet, { molecule, labels }: TxMolecule): CurveExample => {
    const row = new Array<number>(standard.length).fill(Number.NaN);
    const start = starts[sets.indexOf(set)];
    for (const [t, label] of labels.entries())
      row[start + t] = (label - standard[start + t][0]) / standard[start + t][1];
    return { features: featuresOf(molecule, scale), labels: row };
  };
  const pools = others.map((set) =>
    training(set)
      .filter(({ molecule }) => !tested.has(canonicalSmiles(molecule)))
      .map((each) => exampleOf(set, each)),
  );
  const own = training(target).map((each) => exampleOf(target, each));
  const queries = held.map((each) => exampleOf(target, each));
  const width = own[0].features.length;
  const tensors = freshCurveTensors(width, standard.length, seed);
  const step = await TrainingStep.compile({
    name: "tx-curve",
    define: (graph: Graph, weights: Weights) => curveObjective(graph, weights, width, standard.length),
    tensors,
    trainable: () => true,
    threads,
  });
  const network: Network = {
    tensors,
    step,
    isBinary: sets.flatMap(({ tasks }) => tasks.map(({ kind }) => kind === "binary")),
  };
  const task = starts[sets.indexOf(target)];
  const binary = target.tasks[0].kind === "binary";
  const [centre, spread] = standard[task];
  try {
    const random = new Random(seedOf(seed, 1));
    await trainNetwork(network, copyOf(tensors), curveModel.pretrainSteps, () => {
      const pool = pools[random.below(pools.length)];
      return pool[random.below(pool.length)];
    });
    const pretrained = copyOf(tensors);
    const truth = held.map(({ labels }) => labels[0]);
    for (const size of sizes) {
      const found: Draw[] = [];
      for (let draw = 0; draw < draws; draw++) {
        const few = new Random(seedOf(seed, 2, draw)).shuffle([...own]).slice(0, size);
        const fresh = freshCurveTensors(width, standard.length, seedOf(seed, 3, draw));
        // The target's own output is new in both.
        const begin = copyOf(pretrained);
        for (const name of ["tasks.weight", "tasks.bias"]) begin.get(name)!.data.set(fresh.get(name)!.data);
        const from = async (start: typeof begin) => {
          const order = new Random(seedOf(seed, 4, draw));
          await trainNetwork(network, start, curveModel.tuneSteps, () => few[order.below(few.length)]);
          return (await outputsOf(network, queries, task)).map((value) => (binary ? value : centre + spread * value));
        };
        found.push({ pretrained: await from(begin), scratch: await from(fresh) });
      }
      const { pretrained: first, scratch, gain, low, high } = curvePoint(truth, found, binary);
      process.stdout.write(
        `${target.name} ${binary ? "AUROC" : "RMSE"}, ${size} molecules: pretrained ${first.toFixed(3)}, from scratch ${scratch.toFixed(3)}, better by ${gain.toFixed(3)} (95% ${low.toFixed(3)} to ${high.toFixed(3)}; ${draws} draws, ${held.length} test molecules, ${txSplit})\n`,
      );
    }
  } finally {
    await step.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { data: { type: "string" }, draws: { type: "string", default: "6" }, threads: { type: "string" } },
  });
  if (values.data === undefined) throw new Error("missing option --data PATH: a folder with MoleculeNet's CSV files");
  const sets = await Promise.all(txSets.map((definition) => readTxSet(definition, values.data!)));
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  for (const name of targets)
    await curveOf(sets.find((set) => set.name === name)!, sets, Number(values.draws), threads);
}

await main();
