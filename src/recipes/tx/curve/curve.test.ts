/** The learning curve's parts: masked losses by kind of task, features, and a gain whose interval knows draws and molecules. */
import { expect, test } from "vitest";
import { Random } from "../../../base/random.ts";
import type { Graph } from "../../../graph/index.ts";
import { TrainingStep } from "../../../learn/step.ts";
import { copyOf } from "../../../learn/tensors.ts";
import { readSmiles } from "../../../molecules/index.ts";
import type { Weights } from "../../../nn/index.ts";
import { kernelFeatures, scaleOf } from "../../../task/therapeutics/kernel/features.ts";
import { curvePoint } from "./gain.ts";
import {
  type CurveExample,
  curveFeeds,
  curveModel,
  curveObjective,
  featuresOf,
  freshCurveTensors,
  outputsOf,
  trainNetwork,
} from "./model.ts";

test("a gain is the mean over draws, in the direction that is better; its interval is 0 against oneself", () => {
  const truth = [0, 0, 1, 1, 0, 1];
  const good = [0.1, 0.2, 0.8, 0.9, 0.3, 0.7];
  const bad = [0.1, 0.8, 0.2, 0.9, 0.3, 0.7];
  const point = curvePoint(
    truth,
    [
      { pretrained: good, scratch: bad },
      { pretrained: good, scratch: good },
    ],
    true,
  );
  expect([point.pretrained, point.scratch]).toEqual([1, (1 + 6 / 9) / 2]);
  expect(point.gain).toBeCloseTo(1 / 6);
  expect(point.low).toBeGreaterThanOrEqual(0);
  const errors = curvePoint([1, 2, 3], [{ pretrained: [1, 2, 4], scratch: [2, 3, 4] }], false);
  expect(errors.gain).toBeCloseTo(1 - Math.sqrt(1 / 3));
  expect(curvePoint(truth, [{ pretrained: bad, scratch: bad }], true)).toMatchObject({ gain: 0, low: 0, high: 0 });
});

test("one loss for both kinds of task, unknown labels without influence; training learns both", async () => {
  const smiles = Array.from({ length: 24 }, (_, i) => `${"C".repeat((i % 12) + 1)}${i < 12 ? "" : "O"}`);
  const molecules = smiles.map(readSmiles);
  const scale = scaleOf(molecules.map(kernelFeatures));
  const examples = smiles.map(
    (text, i): CurveExample => ({
      features: featuresOf(molecules[i], scale),
      labels: [text.endsWith("O") ? 1 : 0, (text.length - 6.5) / 4, Number.NaN],
    }),
  );
  const isBinary = [true, false, true];
  const width = examples[0].features.length;
  const tensors = freshCurveTensors(width, 3, 1);
  const step = await TrainingStep.compile({
    name: "curve-test",
    define: (graph: Graph, weights: Weights) => curveObjective(graph, weights, width, 3),
    tensors,
    trainable: () => true,
    threads: 1,
  });
  const { loss, gradients, outputs } = await step.run(curveFeeds(examples, isBinary));
  const raw = (i: number, t: number) => outputs.raw.data[i * 3 + t];
  const expected = examples.reduce((sum, { labels: [yes, value] }, i) => {
    const entropy = Math.log1p(Math.exp(raw(i, 0))) - yes * raw(i, 0);
    return sum + (entropy + (raw(i, 1) - value) ** 2 / 2) / (2 * examples.length);
  }, 0);
  expect(loss).toBeCloseTo(expected, 5);
  expect(gradients.get("tasks.bias")!.data[2]).toBe(0);
  const network = { tensors, step, isBinary };
  const random = new Random(1);
  await trainNetwork(network, copyOf(tensors), 60, () => examples[random.below(examples.length)]);
  const odds = await outputsOf(network, examples, 0);
  expect(examples.every(({ labels }, i) => odds[i] > 0 === (labels[0] === 1))).toBe(true);
  const values = await outputsOf(network, [...examples, ...examples], 1);
  expect(values.length).toBe(48);
  expect(Math.max(...examples.map(({ labels }, i) => Math.abs(values[i] - labels[1])))).toBeLessThan(0.6);
  expect(curveModel.bits + kernelFeatures(molecules[0]).values.length).toBe(width);
  await step.close();
});
