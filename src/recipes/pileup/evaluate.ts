/**
 * `npm run evaluate:pileup -- [--run runs/pileup] [--sites 3000]`: genotypes of simulated sites that training never
 * used, with counting reads as the baseline.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Graph } from "../../graph/index.ts";
import { loadWeights } from "../../learn/run/index.ts";
import { TrainingStep } from "../../learn/step.ts";
import type { Weights } from "../../nn/index.ts";
import { f1ByKind, genotypes, sitesFrom } from "./measure.ts";
import { pileupObjective, pileupTraining } from "./model.ts";
import { countedGenotype, firstTestSite } from "./sites.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { run: { type: "string", default: "runs/pileup" }, sites: { type: "string", default: "3000" } },
  });
  const sites = sitesFrom(firstTestSite, Number(values.sites));
  const tensors = await loadWeights(join(values.run, "best.safetensors"));
  const forward = await TrainingStep.compile({
    name: "pileup-forward",
    define: (graph: Graph, weights: Weights) => pileupObjective(graph, weights, pileupTraining.batch),
    tensors,
    trainable: () => false,
  });
  try {
    const rows = [
      { name: "tower", called: await genotypes(sites, forward) },
      { name: "counting reads", called: sites.map(countedGenotype) },
    ];
    for (const { name, called } of rows)
      for (const { kind, n, f1, low, high } of f1ByKind(sites, called))
        process.stdout.write(
          `${name}: ${kind} F1 ${f1.toFixed(4)} (95 % ${low.toFixed(4)}-${high.toFixed(4)}, n ${n})\n`,
        );
  } finally {
    await forward.close();
  }
}

await main();
