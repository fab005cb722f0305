/** Against torch.optim.AdamW (goldens: tools/reference/learn/learn-optimizer.py). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Tensors } from "../tensors.ts";
import { Accumulator, AdamW, clipGlobalNorm, learningRateAt, MovingAverage } from "./index.ts";

interface Golden {
  shapes: Record<string, number[]>;
  initial: Record<string, number[]>;
  gradients: Record<string, number[]>[];
  rates: number[];
  norms: number[];
  final: Record<string, number[]>;
}
const golden: Golden = JSON.parse(readFileSync(new URL("./goldens/adamw.json", import.meta.url), "utf8"));
const tensors = (values: Record<string, number[]>): Tensors =>
  new Map(
    Object.entries(values).map(
      ([name, data]) => [name, { shape: golden.shapes[name], data: Float32Array.from(data) }] as const,
    ),
  );

test("twelve clipped steps under a warm-up and a cosine end where PyTorch ends", () => {
  const weights = tensors(golden.initial);
  const optimizer = new AdamW(weights, { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1 });
  golden.gradients.forEach((values, step) => {
    const gradients = tensors(values);
    const rate = learningRateAt({ learningRate: 0.02, steps: 12, warmup: 3, shape: "cosine" }, step);
    expect(rate).toBeCloseTo(golden.rates[step], 9);
    expect(clipGlobalNorm(gradients, 1)).toBeCloseTo(golden.norms[step], 5);
    optimizer.step(gradients, rate);
  });
  for (const [name, { data }] of weights)
    for (const [i, value] of data.entries()) expect(Math.abs(value - golden.final[name][i])).toBeLessThan(2e-6);
});

test("gradients of unequal micro-batches add up to the gradient of the whole batch", () => {
  const whole = tensors(golden.gradients[0]);
  const accumulator = new Accumulator(whole);
  accumulator.add(tensors(golden.gradients[0]), 0.25);
  accumulator.add(tensors(golden.gradients[0]), 0.75);
  for (const [name, { data }] of whole)
    for (const [i, value] of data.entries()) expect(accumulator.sum.get(name)!.data[i]).toBeCloseTo(value, 6);
});

test("linear schedules end at their floor, constant ones stay", () => {
  expect(learningRateAt({ learningRate: 1, steps: 10, warmup: 0, shape: "linear" }, 10)).toBe(0);
  expect(learningRateAt({ learningRate: 1, steps: 10, warmup: 0, shape: "linear", floor: 0.1 }, 5)).toBeCloseTo(0.55);
  expect(learningRateAt({ learningRate: 1, steps: 10, warmup: 2, shape: "constant" }, 9)).toBe(1);
});

test("an average over a long run forgets where it began", () => {
  const weights: Tensors = new Map([["w", { shape: [1], data: Float32Array.of(0) }]]);
  const average = new MovingAverage(weights, 0.9);
  weights.get("w")!.data[0] = 1;
  for (let step = 1; step <= 100; step++) average.update(weights, step);
  expect(average.average.get("w")!.data[0]).toBeCloseTo(1, 3);
});
