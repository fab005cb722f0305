/** The genotyper's parts: sites by their number, F1 as variant callers count it, and a tower that learns on our trainer. */
import { expect, test } from "vitest";
import { AdamW } from "../../learn/optimizer/index.ts";
import { TrainingStep } from "../../learn/step.ts";
import { callerF1, f1ByKind, sitesFrom } from "./measure.ts";
import { freshPileupTensors, pileupFeeds, pileupObjective } from "./model.ts";
import { candidateSite, countedGenotype, firstTestSite, firstValidationSite } from "./sites.ts";

test("a variant called with another genotype is a false positive and a missed one", () => {
  expect(callerF1([0, 1, 2, 2], [0, 1, 2, 2])).toBe(1);
  // One right of two claimed and two carried.
  expect(callerF1([1, 2], [1, 1])).toBe(0.5);
  expect(callerF1([0, 0, 1], [1, 0, 1])).toBeCloseTo(2 / 3);
  expect(callerF1([0], [0])).toBeNaN();
});

test("sites are made from their numbers; test and validation sites are none of training's", () => {
  expect(candidateSite(5).site).toEqual(candidateSite(5).site);
  expect(candidateSite(5).site.reads).not.toEqual(candidateSite(6).site.reads);
  expect(firstTestSite).toBeGreaterThan(firstValidationSite);
  const sites = sitesFrom(firstTestSite, 60);
  const [snp, indel] = f1ByKind(sites, sites.map(countedGenotype));
  expect(snp.n + indel.n).toBe(60);
  expect([snp.f1 > 0.7, snp.low <= snp.f1, indel.high >= indel.f1]).toEqual([true, true, true]);
});

test("a few steps on the same sites lower the loss", async () => {
  const tensors = freshPileupTensors(1);
  const step = await TrainingStep.compile({
    name: "pileup-test",
    define: (graph, weights) => pileupObjective(graph, weights, 4),
    tensors,
    trainable: () => true,
    threads: 1,
  });
  const optimizer = new AdamW(tensors, { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 });
  const feeds = pileupFeeds(sitesFrom(0, 4));
  const losses: number[] = [];
  for (let i = 0; i < 12; i++) {
    const { loss, gradients } = await step.run(feeds);
    losses.push(loss);
    optimizer.step(gradients, 3e-3);
  }
  await step.close();
  expect(losses.at(-1)!).toBeLessThan(losses[0] / 2);
}, 20_000);
