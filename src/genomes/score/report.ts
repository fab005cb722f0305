/** Which variants of a polygenic score matched a genotype file, and which did not. */
import type { GenotypeSource } from "../genotypes.ts";
import type { AlleleMatch } from "./match.ts";
import type { PolygenicScore, ScoreVariant } from "./read.ts";

/** Why a score variant is not included in the sum. */
export type UnmatchedReason =
  | "not-in-file"
  | "other-alleles"
  | "palindromic"
  | "split-multiallelic"
  | "several-records";

/** How many variants of a score were found in the genotypes, how they were matched, and why others were not. */
export interface MatchReport {
  /** Usable rows of the score file. */
  variants: number;
  matched: number;
  /** Matched variants read on the other strand. */
  flipped: number;
  /** Matched A/T and C/G variants, taken as written. */
  palindromic: number;
  /** Matched variants whose record has several alternate alleles. */
  multiallelic: number;
  matchedShare: number;
  unmatched: { line: number; variant: string; reason: UnmatchedReason }[];
  /** Rows of the score file that were not used, by reason. */
  skippedRows: Record<string, number>;
  /** Missing genotypes of matched variants, over all samples. */
  missingGenotypes: number;
  dosages: boolean;
  build: { score?: string; genotypes?: string };
  /** What a reader must know before using the numbers. */
  cautions: string[];
}

export function reportOf(
  source: GenotypeSource,
  score: PolygenicScore,
  outcome: ReadonlyMap<ScoreVariant, UnmatchedReason | "matched">,
  used: ReadonlyMap<ScoreVariant, AlleleMatch & { alleles: number }>,
  missingGenotypes: number,
  missing: "skip" | "mean",
): MatchReport {
  const matches = [...used.values()];
  const unmatched = score.variants.flatMap((variant) => {
    const reason = outcome.get(variant) ?? "not-in-file";
    const place = variant.position === undefined ? variant.id : `${variant.chromosome}:${variant.position}`;
    return reason === "matched"
      ? []
      : [{ line: variant.line, variant: `${place} ${variant.effectAllele}/${variant.otherAllele ?? "?"}`, reason }];
  });
  const count = (test: (match: (typeof matches)[number]) => boolean) => matches.filter(test).length;
  const skippedRows: Record<string, number> = {};
  for (const { reason } of score.skipped) skippedRows[reason] = (skippedRows[reason] ?? 0) + 1;
  const cautions: string[] = [];
  if (source.build === undefined || score.build === undefined)
    cautions.push(
      `The genome build of the ${source.build === undefined ? "genotypes" : "score"} is not stated: only the matching alleles indicate that both use the same build.`,
    );
  if (unmatched.length > 0)
    cautions.push(
      `${unmatched.length} of ${score.variants.length} variants are not included in the score: ${counted(unmatched.map((u) => u.reason))}.`,
    );
  if (score.skipped.length > 0)
    cautions.push(
      `${score.skipped.length} rows of the score file were not used: ${counted(score.skipped.map((row) => row.reason))}.`,
    );
  if (missingGenotypes > 0)
    cautions.push(
      missing === "skip"
        ? `${missingGenotypes} genotypes are missing and contribute 0: compare samples by their average score, and do not compare samples with many missing genotypes.`
        : `${missingGenotypes} missing genotypes were replaced by the mean dosage of the variant in this file.`,
    );
  if (score.variants.some((variant) => variant.otherAllele === undefined))
    cautions.push(
      "The score file states no other allele for some variants: they were matched by the effect allele only.",
    );
  return {
    variants: score.variants.length,
    matched: matches.length,
    flipped: count((match) => match.strand === "flipped"),
    palindromic: count((match) => match.palindromic),
    multiallelic: count((match) => match.alleles > 2),
    matchedShare: score.variants.length === 0 ? 0 : matches.length / score.variants.length,
    unmatched,
    skippedRows,
    missingGenotypes,
    dosages: source.usesDosages(),
    build: { score: score.build, genotypes: source.build },
    cautions,
  };
}

export function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, n]) => `${n} ${reason}`).join(", ") || "none unmatched";
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
