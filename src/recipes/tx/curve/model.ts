/**
 * A small network for the learning curve: Morgan bits and descriptors, two hidden layers shared by every task, and one output per task. It is no language
 * model: a hundred trainings of one are beyond a processor core, and the question (does training on other tasks replace labels?) is the same.
 */
import { add, type Graph, geluTanh, mul, reduceSum, softplus, sub } from "../../../graph/index.ts";
import { freshTensors } from "../../../learn/initialise.ts";
import { AdamW, clipGlobalNorm, learningRateAt } from "../../../learn/optimizer/index.ts";
import type { Feed, Objective, TrainingStep } from "../../../learn/step.ts";
import { copyInto, type Tensors } from "../../../learn/tensors.ts";
import { type Molecule, morganFingerprint } from "../../../molecules/index.ts";
import type { Weights } from "../../../nn/index.ts";
import { kernelFeatures, type Scale, scaled } from "../../../task/therapeutics/kernel/features.ts";

export const curveModel = {
  bits: 1024,
  hidden: 128,
  batch: 32,
  pretrainSteps: 1500,
  tuneSteps: 120,
  warmup: 20,
  learningRate: 1e-3,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1 },
  clipNorm: 1,
};

/** One molecule with the labels that a network is trained on. */
export interface CurveExample {
  /** `[bits + descriptors]`. */
  readonly features: Float32Array;
  /** One per output; NaN where it is not known. Regressions are standardised. */
  readonly labels: readonly number[];
}

export function featuresOf(molecule: Molecule, scale: Scale): Float32Array {
  const { words } = morganFingerprint(molecule, { bits: curveModel.bits });
  const values = scaled(kernelFeatures(molecule), scale);
  const features = new Float32Array(curveModel.bits + values.length);
  for (let bit = 0; bit < curveModel.bits; bit++) features[bit] = (words[bit >> 5] >>> (bit & 31)) & 1;
  features.set(values, curveModel.bits);
  return features;
}

export function freshCurveTensors(width: number, outputs: number, seed: number): Tensors {
  const { hidden } = curveModel;
  const shapes = new Map<string, readonly number[]>();
  for (const [name, rows, columns] of [
    ["trunk.0", hidden, width],
    ["trunk.1", hidden, hidden],
    ["tasks", outputs, hidden],
  ] as const) {
    shapes.set(`${name}.weight`, [rows, columns]);
    shapes.set(`${name}.bias`, [rows]);
  }
  return freshTensors(shapes, seed);
}

/** Cross-entropy of binary outputs and half the squared error of the others, weighted per label. */
export function curveObjective(graph: Graph, weights: Weights, width: number, outputs: number): Objective {
  const { batch, hidden } = curveModel;
  const input = graph.input("features", "float32", [batch, width]);
  const label = graph.input("labels", "float32", [batch, outputs]);
  const binary = graph.input("binary", "float32", [batch, outputs]);
  const regression = graph.input("regression", "float32", [batch, outputs]);
  const first = geluTanh(weights.linear(input, "trunk.0", width, hidden, true));
  const second = geluTanh(weights.linear(first, "trunk.1", hidden, hidden, true));
  const raw = weights.linear(second, "tasks", hidden, outputs, true); // [batch, outputs]
  const off = sub(raw, label);
  const losses = add(mul(binary, sub(softplus(raw), mul(label, raw))), mul(regression, mul(0.5, mul(off, off))));
  return { loss: reduceSum(losses, [0, 1]), outputs: { raw } };
}

/** A batch; every known label has the same weight, and all weights together are 1. */
export function curveFeeds(examples: readonly CurveExample[], isBinary: readonly boolean[]): Record<string, Feed> {
  const { batch } = curveModel;
  const width = examples[0].features.length;
  const outputs = isBinary.length;
  const features = new Float32Array(batch * width);
  const [labels, binary, regression] = [0, 1, 2].map(() => new Float32Array(batch * outputs));
  const known = examples.reduce((sum, each) => sum + each.labels.filter((label) => !Number.isNaN(label)).length, 0);
  for (const [i, example] of examples.entries()) {
    features.set(example.features, i * width);
    for (const [t, label] of example.labels.entries()) {
      if (Number.isNaN(label)) continue;
      labels[i * outputs + t] = label;
      (isBinary[t] ? binary : regression)[i * outputs + t] = 1 / known;
    }
  }
  const dims = [batch, outputs];
  return {
    features: { data: features, dims: [batch, width] },
    labels: { data: labels, dims },
    binary: { data: binary, dims },
    regression: { data: regression, dims },
  };
}

/** A compiled network whose weights are replaced for every training. */
export interface Network {
  readonly tensors: Tensors;
  readonly step: TrainingStep;
  readonly isBinary: readonly boolean[];
}

/** Trains from `start`; the network then holds the result. `next` draws an example. */
export async function trainNetwork(
  network: Network,
  start: Tensors,
  steps: number,
  next: () => CurveExample,
): Promise<void> {
  const { batch, warmup, learningRate, optimizer: settings, clipNorm } = curveModel;
  copyInto(network.tensors, start);
  const optimizer = new AdamW(network.tensors, settings);
  for (let at = 0; at < steps; at++) {
    const examples = Array.from({ length: batch }, next);
    const { gradients } = await network.step.run(curveFeeds(examples, network.isBinary));
    clipGlobalNorm(gradients, clipNorm);
    optimizer.step(gradients, learningRateAt({ learningRate, steps, warmup, shape: "cosine" }, at));
  }
}

/** Raw outputs of one task: log odds, or the standardised value. */
export async function outputsOf(
  { step, isBinary }: Network,
  examples: readonly CurveExample[],
  task: number,
): Promise<number[]> {
  const found: number[] = [];
  for (let start = 0; start < examples.length; start += curveModel.batch) {
    const own = examples.slice(start, start + curveModel.batch);
    const { outputs } = await step.run(curveFeeds(own, isBinary));
    for (let i = 0; i < own.length; i++) found.push(outputs.raw.data[i * isBinary.length + task]);
  }
  return found;
}
