/** Against torch and scikit-learn (goldens: tools/reference/learn/learn-losses.py). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import type { Graph, Value } from "../../graph/index.ts";
import { TrainingStep } from "../step.ts";
import { infoNce, siglipLoss } from "./contrastive.ts";
import { distilCounted, distilFull, distilRenormalised } from "./distil.ts";
import { fitProbe } from "./probe.ts";
import { drawCounted, drawDistinct } from "./teacher-samples.ts";

const golden = JSON.parse(readFileSync(new URL("./goldens/losses.json", import.meta.url), "utf8"));

async function lossOf(build: (g: Graph) => Value): Promise<number> {
  const define = (graph: Graph) => ({ loss: build(graph) });
  const step = await TrainingStep.compile({ name: "loss", define, tensors: new Map(), trainable: () => false });
  const { loss } = await step.run({});
  await step.close();
  return loss;
}
const floats = (g: Graph, name: string, shape: number[]) =>
  g.constant(name, "float32", shape, Float32Array.from(golden[name] as number[]));
const ints = (g: Graph, name: string, shape: number[]) =>
  g.constant(name, "int64", shape, BigInt64Array.from(golden[name] as number[], BigInt));

test("contrastive losses are SigLIP's and CLIP's", async () => {
  expect(await lossOf((g) => siglipLoss(floats(g, "logits", [5, 5])))).toBeCloseTo(golden.siglip, 5);
  expect(await lossOf((g) => infoNce(floats(g, "logits", [5, 5])))).toBeCloseTo(golden.infoNce, 5);
});

test("distillation targets: full, renormalised over kept tokens, counted draws", async () => {
  const rows = (g: Graph) => ({ student: floats(g, "student", [3, 9]), weights: floats(g, "weights", [3]) });
  const full = (g: Graph) => {
    const { student, weights } = rows(g);
    return distilFull(student, floats(g, "teacher", [3, 9]), weights);
  };
  expect(await lossOf(full)).toBeCloseTo(golden.full, 5);
  const kept = (g: Graph) => {
    const { student, weights } = rows(g);
    return distilRenormalised(student, ints(g, "kept", [3, 4]), floats(g, "keptTeacher", [3, 4]), weights);
  };
  expect(await lossOf(kept)).toBeCloseTo(golden.renormalised, 5);
  const counted = (g: Graph) => {
    const { student, weights } = rows(g);
    return distilCounted(student, ints(g, "drawn", [3, 6]), weights);
  };
  expect(await lossOf(counted)).toBeCloseTo(golden.counted, 5);
});

test("a probe is scikit-learn's logistic regression", () => {
  const embeddings = (golden.x as number[][]).map((row) => Float32Array.from(row));
  const probe = fitProbe(embeddings, (golden.y as number[]).map(String), { c: 0.7, maxIterations: 1000 });
  expect(probe.classes).toEqual(["0", "1", "2"]);
  for (const [i, expected] of (golden.probabilities as number[][]).entries())
    for (const [k, p] of probe.probabilities(embeddings[i]).entries()) expect(p).toBeCloseTo(expected[k], 4);
});

test("one class cannot be probed", () => {
  expect(() => fitProbe([Float32Array.of(1)], ["a"])).toThrow(/at least two classes/);
});

test("a teacher's tokens are drawn by their probabilities: distinct, or counted", () => {
  const logits = Float32Array.from([0, 1, 2, 3, -20]);
  const random = new Random(3);
  const counts = new Array<number>(5).fill(0);
  for (const id of drawCounted(logits, 20000, random)) counts[id]++;
  const sum = [0, 1, 2, 3].reduce((total, z) => total + Math.exp(z), 0);
  for (const [id, count] of counts.entries()) expect(count / 20000).toBeCloseTo(Math.exp(logits[id]) / sum, 1.7);
  const firsts = Array.from({ length: 4000 }, () => drawDistinct(logits, 3, random));
  for (const drawn of firsts) expect(new Set(drawn).size).toBe(3);
  expect(firsts.filter(([first]) => first === 3).length / 4000).toBeCloseTo(Math.exp(3) / sum, 1.5);
  expect(drawDistinct(logits, 9, random)).toHaveLength(5);
});
