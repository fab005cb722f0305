/** The detector's head: a small network over the main axes that was shown what to refuse. */
import { Random } from "../../../base/random.ts";
import { type Graph, geluTanh, logSoftmax, mul, neg, reduceMean, reduceSum } from "../../../graph/index.ts";
import { AdamW, learningRateAt } from "../../../learn/optimizer/index.ts";
import { TrainingStep } from "../../../learn/step.ts";
import type { Tensors } from "../../../learn/tensors.ts";
import { Detector, type DetectorParts } from "../../../model/scope/detector.ts";
import type { Labelled } from "../../../model/scope/fit.ts";
import type { Weights } from "../../../nn/index.ts";

export const headRecipe = {
  hidden: 128,
  batch: 256,
  epochs: 20,
  learningRate: 2e-3,
  weightDecay: 1e-2,
  seed: 20261128,
};

/** @param train with pictures of no kind among them. */
export async function trainHead(parts: DetectorParts, train: Labelled): Promise<NonNullable<DetectorParts["head"]>> {
  const { hidden, batch, epochs, learningRate, weightDecay, seed } = headRecipe;
  const axes = parts.axes.length / parts.size;
  const classes = parts.kinds.length + 1;
  const random = new Random(seed);
  const detector = new Detector(parts);
  const count = train.kind.length;
  const points = Array.from({ length: count }, (_, i) =>
    detector.project(train.features.subarray(i * train.size, (i + 1) * train.size)),
  );
  const classOf = (i: number) => (train.kind[i] < 0 ? classes - 1 : train.kind[i]);
  // Rare kinds count more than their number, but not as much as frequent ones.
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < count; i++) counts[classOf(i)]++;
  const raw = counts.map((n) => 1 / Math.sqrt(Math.max(1, n)));
  const mean = raw.reduce((a, b) => a + b, 0) / classes;
  const weights = raw.map((w) => w / mean);
  const matrix = (rows: number, columns: number) =>
    Float32Array.from({ length: rows * columns }, () => random.normal() / Math.sqrt(columns));
  const tensors: Tensors = new Map([
    ["head.1.weight", { shape: [hidden, axes], data: matrix(hidden, axes) }],
    ["head.1.bias", { shape: [hidden], data: new Float32Array(hidden) }],
    ["head.2.weight", { shape: [classes, hidden], data: matrix(classes, hidden) }],
    ["head.2.bias", { shape: [classes], data: new Float32Array(classes) }],
  ]);
  const step = await TrainingStep.compile({
    name: "scope-head",
    define: (graph: Graph, from: Weights) => {
      const x = graph.input("x", "float32", [batch, axes]);
      const target = graph.input("target", "float32", [batch, classes]);
      const inner = geluTanh(from.linear(x, "head.1", axes, hidden, true));
      const raw = from.linear(inner, "head.2", hidden, classes, true);
      return { loss: reduceMean(neg(reduceSum(mul(target, logSoftmax(raw)), [1])), [0]) };
    },
    tensors,
    trainable: () => true,
    threads: 1,
  });
  const optimizer = new AdamW(tensors, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay });
  const perEpoch = Math.floor(count / batch);
  const steps = perEpoch * epochs;
  const order = Array.from({ length: count }, (_, i) => i);
  const x = new Float32Array(batch * axes);
  const target = new Float32Array(batch * classes);
  try {
    for (let at = 0; at < steps; at++) {
      if (at % perEpoch === 0) random.shuffle(order);
      target.fill(0);
      for (let b = 0; b < batch; b++) {
        const i = order[(at % perEpoch) * batch + b];
        x.set(points[i], b * axes);
        target[b * classes + classOf(i)] = weights[classOf(i)];
      }
      const { gradients } = await step.run({
        x: { data: x, dims: [batch, axes] },
        target: { data: target, dims: [batch, classes] },
      });
      optimizer.step(gradients, learningRateAt({ learningRate, steps, warmup: 20, shape: "cosine" }, at));
    }
  } finally {
    await step.close();
  }
  const data = (name: string) => tensors.get(name)!.data;
  return [data("head.1.weight"), data("head.1.bias"), data("head.2.weight"), data("head.2.bias")];
}
