/** Matches a score's effect allele to an allele of a genotype record: as written, on the other strand, or not at all. */
import type { ScoreVariant } from "./read.ts";

const complements: Readonly<Record<string, string>> = { A: "T", C: "G", G: "C", T: "A" };

/** The complementary allele; undefined for anything but A, C, G, T. */
export function complement(allele: string): string | undefined {
  let out = "";
  for (let i = allele.length - 1; i >= 0; i--) {
    const base = complements[allele[i]];
    if (base === undefined) return undefined;
    out += base;
  }
  return out;
}

/** A/T and C/G read the same on both strands: their strand cannot be told from the alleles. */
export function isPalindromic(a: string, b: string): boolean {
  return complement(a) === b;
}

/** How the alleles of a score variant correspond to the alleles of a genotype record. */
export interface AlleleMatch {
  /** Index of the effect allele in the record's alleles. */
  allele: number;
  strand: "as-written" | "flipped";
  palindromic: boolean;
}

/** @returns undefined when the record's alleles are not those of the score on either strand. Palindromic pairs are never flipped. */
export function matchAlleles(
  { effectAllele, otherAllele }: Pick<ScoreVariant, "effectAllele" | "otherAllele">,
  alleles: readonly string[],
): AlleleMatch | undefined {
  const find = (effect: string | undefined, other: string | undefined) => {
    if (effect === undefined) return -1;
    const at = alleles.indexOf(effect);
    if (at < 0) return -1;
    // Without the other allele only the effect allele can be checked.
    return otherAllele === undefined || (other !== undefined && other !== effect && alleles.includes(other)) ? at : -1;
  };
  const partners = otherAllele === undefined ? alleles.filter((allele) => allele !== effectAllele) : [otherAllele];
  const palindromic = partners.some((partner) => isPalindromic(effectAllele, partner));
  const written = find(effectAllele, otherAllele);
  if (written >= 0) return { allele: written, strand: "as-written", palindromic };
  if (palindromic) return undefined;
  const flipped = find(complement(effectAllele), otherAllele === undefined ? undefined : complement(otherAllele));
  return flipped >= 0 ? { allele: flipped, strand: "flipped", palindromic: false } : undefined;
}
