/**
 * `npm run train:pileup -- [--out runs/pileup] [--steps N] [--threads N]`: trains the genotyper on simulated sites,
 * each used once. Run it again to resume; `npm run evaluate:pileup` measures it.
 */
import { parseArgs } from "node:util";
import { progressBar } from "../../base/progress-bar.ts";
import { version } from "../../base/version.ts";
import type { Graph } from "../../graph/index.ts";
import { type Json, train } from "../../learn/run/index.ts";
import { TrainingStep } from "../../learn/step.ts";
import type { Weights } from "../../nn/index.ts";
import { f1ByKind, genotypes, sitesFrom } from "./measure.ts";
import { freshPileupTensors, pileupFeeds, pileupObjective, pileupTraining, pileupVision } from "./model.ts";
import { firstValidationSite } from "./sites.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: "runs/pileup" },
      steps: { type: "string" },
      threads: { type: "string" },
    },
  });
  const { batch, learningRate, warmup, optimizer, clipNorm, averageDecay } = pileupTraining;
  const steps = values.steps === undefined ? pileupTraining.steps : Number(values.steps);
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  const tensors = freshPileupTensors();
  const define = (graph: Graph, weights: Weights) => pileupObjective(graph, weights, batch);
  const step = await TrainingStep.compile({ name: "pileup", define, tensors, trainable: () => true, threads });
  const forward = await TrainingStep.compile({
    name: "pileup-forward",
    define,
    tensors,
    trainable: () => false,
    threads,
  });
  const held = sitesFrom(firstValidationSite, pileupTraining.validationSites);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  try {
    const { best } = await train({
      folder: values.out,
      config: { ...pileupTraining, steps, vision: pileupVision } as unknown as { readonly [key: string]: Json },
      dataHashes: {},
      codeVersion: version,
      tensors,
      trainable: () => true,
      schedule: { learningRate, steps, warmup: Math.min(warmup, steps), shape: "cosine" },
      optimizer,
      clipNorm,
      averageDecay,
      // The step number is the position in the endless sequence of sites.
      takeStep: async (at) => {
        const { loss, gradients } = await step.run(pileupFeeds(sitesFrom(at * batch, batch)));
        return { loss, gradients, tokens: batch, images: batch, batch: `sites from ${at * batch}` };
      },
      position: { get: () => null, set: () => {} },
      validation: {
        measure: async () => {
          const called = await genotypes(held, forward);
          const [snp, indel] = f1ByKind(held, called);
          return { snp: snp.f1, indel: indel.f1, both: (snp.f1 + indel.f1) / 2 };
        },
        metric: "both",
        better: "higher",
        every: pileupTraining.validateEvery,
      },
      checkpointEvery: pileupTraining.checkpointEvery,
      signal: stop.signal,
      onProgress: progressBar().onProgress,
    });
    process.stderr.write(`best on ${held.length} validation sites: ${best?.value.toFixed(4)} at step ${best?.step}\n`);
  } finally {
    await step.close();
    await forward.close();
  }
}

await main();
