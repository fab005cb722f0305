/**
 * `npm run train:pileup -- [--out runs/pileup] [--steps N] [--threads N]`: trains the genotyper on simulated sites,
 * each used once. Run it again to resume; `npm run evaluate:pileup` measures it.
 */
import { recipeArguments, trainFromScratch } from "../train-from-scratch.ts";
import { f1ByKind, genotypes, sitesFrom } from "./measure.ts";
import { freshPileupTensors, pileupFeeds, pileupObjective, pileupTraining, pileupVision } from "./model.ts";
import { firstValidationSite } from "./sites.ts";

async function main(): Promise<void> {
  const { out, steps, threads, signal } = recipeArguments({ out: "runs/pileup", steps: pileupTraining.steps });
  const { batch } = pileupTraining;
  const held = sitesFrom(firstValidationSite, pileupTraining.validationSites);
  const best = await trainFromScratch({
    name: "pileup",
    folder: out,
    define: (graph, weights) => pileupObjective(graph, weights, batch),
    tensors: freshPileupTensors(),
    numbers: pileupTraining,
    config: { ...pileupTraining, steps, vision: pileupVision },
    steps,
    threads,
    signal,
    // The step number is the position in the endless sequence of sites.
    batchAt: (at) => ({ feeds: pileupFeeds(sitesFrom(at * batch, batch)), batch: `sites from ${at * batch}` }),
    position: { get: () => null, set: () => {} },
    measure: async (forward) => {
      const called = await genotypes(held, forward);
      const [snp, indel] = f1ByKind(held, called);
      return { snp: snp.f1, indel: indel.f1, both: (snp.f1 + indel.f1) / 2 };
    },
    metric: "both",
  });
  process.stderr.write(`best on ${held.length} validation sites: ${best?.value.toFixed(4)} at step ${best?.step}\n`);
}

await main();
