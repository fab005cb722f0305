/**
 * A detector's head: a small network on the principal axes, or on the texture, trained with images to refuse. It is an ensemble of four independently trained networks with
 * averaged outputs, which is equivalent to one network four times as wide. Noise is added to the training points, since images from other years are slightly shifted.
 */
import { Random } from "../../base/random.ts";
import { type Graph, geluTanh, logSoftmax, mul, neg, reduceMean, reduceSum } from "../../graph/index.ts";
import type { Head } from "../../model/scope/detector.ts";
import type { Weights } from "../../nn/index.ts";
import { AdamW, learningRateAt } from "../optimizer/index.ts";
import { TrainingStep } from "../step.ts";
import type { Tensors } from "../tensors.ts";

export const headRecipe = {
  members: 4,
  /** Hidden units of each member. */
  hidden: 64,
  /**
   * Standard deviation in units of a principal component's; of 0, 0.2, 0.4 ... 1 the value that accepted the fewest
   * out-of-scope validation images.
   */
  noise: 0.4,
  /** The same of the head on textures; one value was tried. */
  surfaceNoise: 0.3,
  batch: 256,
  epochs: 20,
  learningRate: 2e-3,
  weightDecay: 1e-2,
  seed: 20261128,
};

/** What a head is trained on: of each image its numbers, and its class; the last class is `none`. */
export interface HeadExamples {
  readonly points: readonly Float32Array[];
  readonly classOf: ArrayLike<number>;
  readonly classes: number;
  readonly noise: number;
  /** Default: the recipe's. Few examples need more. */
  readonly epochs?: number;
}

export async function trainHead(examples: HeadExamples): Promise<Head> {
  const { members, seed } = headRecipe;
  const heads: Head[] = [];
  for (let member = 0; member < members; member++) heads.push(await trainMember(examples, seed + member));
  return joined(heads);
}

/** One network whose output is the mean of the members' outputs. */
function joined(heads: readonly Head[]): Head {
  const { hidden } = headRecipe;
  const width = hidden * heads.length;
  const classes = heads[0][3].length;
  const second = new Float32Array(classes * width);
  const bias = new Float32Array(classes);
  for (const [m, [, , w2, b2]] of heads.entries())
    for (let c = 0; c < classes; c++) {
      for (let h = 0; h < hidden; h++) second[c * width + m * hidden + h] = w2[c * hidden + h] / heads.length;
      bias[c] += b2[c] / heads.length;
    }
  return [concatenated(heads.map(([w1]) => w1)), concatenated(heads.map(([, b1]) => b1)), second, bias];
}

export function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}

async function trainMember(
  { points, classOf, classes, noise, epochs = headRecipe.epochs }: HeadExamples,
  seed: number,
): Promise<Head> {
  const { hidden, batch, learningRate, weightDecay } = headRecipe;
  const axes = points[0].length;
  const count = points.length;
  const random = new Random(seed);
  // Rare kinds are weighted up, but not to equal weight.
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < count; i++) counts[classOf[i]]++;
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
  // Fewer examples than a batch are repeated in it.
  const perEpoch = Math.max(1, Math.floor(count / batch));
  const steps = perEpoch * epochs;
  const order = Array.from({ length: count }, (_, i) => i);
  const x = new Float32Array(batch * axes);
  const target = new Float32Array(batch * classes);
  try {
    for (let at = 0; at < steps; at++) {
      if (at % perEpoch === 0) random.shuffle(order);
      target.fill(0);
      for (let b = 0; b < batch; b++) {
        const i = order[((at % perEpoch) * batch + b) % count];
        for (let a = 0; a < axes; a++) x[b * axes + a] = points[i][a] + noise * random.normal();
        target[b * classes + classOf[i]] = weights[classOf[i]];
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
