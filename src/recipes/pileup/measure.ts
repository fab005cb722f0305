/** Genotypes predicted by the tower, and F1 as defined for variant callers. */
import type { TrainingStep } from "../../learn/step.ts";
import { bootstrapInterval } from "../../measure/index.ts";
import { pileupFeeds, pileupTraining } from "./model.ts";
import { type CandidateSite, candidateSite } from "./sites.ts";

/** Most likely genotype of each site, by forward passes of `pileupTraining.batch` images. */
export async function genotypes(sites: readonly CandidateSite[], forward: TrainingStep): Promise<number[]> {
  const { batch } = pileupTraining;
  const called: number[] = [];
  for (let start = 0; start < sites.length; start += batch) {
    // The last batch is padded with repeated sites that are not counted.
    const own = Array.from({ length: batch }, (_, i) => sites[Math.min(start + i, sites.length - 1)]);
    const { outputs } = await forward.run(pileupFeeds(own));
    for (let i = 0; i < batch && start + i < sites.length; i++) {
      const row = outputs.probabilities.data.subarray(i * 3, i * 3 + 3);
      called.push(row.indexOf(Math.max(...row)));
    }
  }
  return called;
}

export const sitesFrom = (first: number, count: number): CandidateSite[] =>
  Array.from({ length: count }, (_, i) => candidateSite(first + i));

/** Counts as in hap.py: a variant called with the wrong genotype is both a false positive and a false negative. */
export function callerF1(truth: readonly number[], called: readonly number[], indices?: ArrayLike<number>): number {
  let [correct, claimed, carried] = [0, 0, 0];
  const n = indices?.length ?? truth.length;
  for (let k = 0; k < n; k++) {
    const i = indices?.[k] ?? k;
    if (truth[i] > 0) carried++;
    if (called[i] > 0) claimed++;
    if (truth[i] > 0 && called[i] === truth[i]) correct++;
  }
  return claimed + carried === 0 ? Number.NaN : (2 * correct) / (claimed + carried);
}

export interface KindResult {
  readonly kind: "snp" | "indel";
  readonly n: number;
  readonly f1: number;
  readonly low: number;
  readonly high: number;
}

/** F1 of SNPs and of indels with bootstrap intervals over sites. */
export function f1ByKind(sites: readonly CandidateSite[], called: readonly number[]): KindResult[] {
  return (["snp", "indel"] as const).map((kind) => {
    const own = sites.flatMap((site, i) => ((site.kind === "snp") === (kind === "snp") ? [i] : []));
    const truth = own.map((i) => sites[i].genotype);
    const calls = own.map((i) => called[i]);
    const { low, high } = bootstrapInterval(own.length, (indices) => callerF1(truth, calls, indices), {
      resamples: 1000,
      seed: 101,
    });
    return { kind, n: own.length, f1: callerF1(truth, calls), low, high };
  });
}
