/** Simulated candidate sites for training and testing, each determined by its number. */
import { Random } from "../../base/random.ts";
import { pileupTensor, type SimulatedSite, simulateSite, stackPileup } from "../../genomes/index.ts";

export interface CandidateSite {
  readonly kind: SimulatedSite["kind"];
  readonly genotype: 0 | 1 | 2;
  readonly site: SimulatedSite;
}

/** Numbers from here on are test sites; training never reaches them. */
export const firstTestSite = 2 ** 24;
export const firstValidationSite = 2 ** 23;

/**
 * Equal numbers of SNPs and indels, and of genotypes; mean coverage 20 to 50, with approximately Poisson variation per
 * site; at half of the sites that are homozygous reference, up to 35 % of the reads show the variant as a systematic
 * error. Reproducible from the number.
 */
export function candidateSite(number: number): CandidateSite {
  const random = new Random(number + 1);
  const kind = random.next() < 0.5 ? "snp" : random.next() < 0.5 ? "insertion" : "deletion";
  const genotype = random.below(3) as 0 | 1 | 2;
  const artefact = genotype === 0 && random.next() < 0.5 ? 0.35 * random.next() : 0.02 * random.next();
  const coverage = 20 + random.below(31);
  return { kind, genotype, site: simulateSite({ kind, genotype, coverage, artefact, seed: number }) };
}

/** The site in Med-PaLM M's layout, `[224, 224, 3]` bytes. */
export const pictureOf = ({ site }: CandidateSite): Uint8Array =>
  stackPileup(pileupTensor(site.reference, site.reads).data);

/** The baseline: the proportion of reads that support the variant, with cutoffs at 0.2 and 0.8. */
export function countedGenotype({ site: { reads } }: CandidateSite): 0 | 1 | 2 {
  const share = reads.filter((read) => read.supportsVariant).length / reads.length;
  return share < 0.2 ? 0 : share < 0.8 ? 1 : 2;
}
