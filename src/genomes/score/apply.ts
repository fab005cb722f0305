/** Computes a polygenic score for every sample of a genotype file, with a report of matched and unmatched variants. */
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import type { GenotypeSource, VariantRecord } from "../genotypes.ts";
import { type AlleleMatch, matchAlleles } from "./match.ts";
import type { PolygenicScore, ScoreVariant } from "./read.ts";
import { counted, type MatchReport, percent, reportOf, type UnmatchedReason } from "./report.ts";

/** How variants are matched and missing genotypes are counted. */
export interface ScoreOptions extends Work {
  /**
   * Handling of A/T and C/G variants, whose strand the alleles do not determine. `auto` (the default) uses them as
   * written if at least 20 other variants matched and none of them needed the other strand, and excludes them
   * otherwise.
   */
  palindromes?: "auto" | "as-written" | "exclude";
  /**
   * Missing genotypes: `skip` (the default) adds nothing and counts them for each person; `mean` adds the mean of the others of the same file.
   */
  missing?: "skip" | "mean";
  /** Smallest fraction of the score's variants that must match, 0 to 1. Default 0.75. With fewer, the sum is no longer this score. */
  minMatchedShare?: number;
}

/** The score of one sample. Raw sums are comparable only within one cohort and one score file. */
export interface PersonScore {
  person: string;
  /** Sum of weights times effect-allele copies. */
  sum: number;
  /** The sum over twice the number of variants with a genotype. */
  average: number;
  /** Matched variants with a genotype (`called`), and without (`missing`). */
  called: number;
  missing: number;
}

/** One polygenic score for every sample of a cohort, in the order of the genotype file, with the report of the matched variants. */
export interface ScoreResult {
  score: string;
  trait?: string;
  people: PersonScore[];
  report: MatchReport;
}

/** Unambiguous matches required, all on one strand, before A/T and C/G variants are used. */
const strandEvidence = 20;

/**
 * @throws PolyclinicError `genomes/build` when the files state different genome builds; `genomes/match` when fewer variants match than
 * `minMatchedShare`.
 */
export async function applyScore(
  source: GenotypeSource,
  score: PolygenicScore,
  options: ScoreOptions = {},
): Promise<ScoreResult> {
  const { palindromes = "auto", missing = "skip", minMatchedShare = 0.75, signal, onProgress } = options;
  if (source.build !== undefined && score.build !== undefined && source.build !== score.build)
    throw new PolyclinicError("genomes/build", "the score and the genotypes use different genome builds", {
      where: score.where,
      expected: `${source.build}, the build of ${source.where}`,
      found: score.build,
      hint: `Use the harmonised file of the PGS Catalog for ${source.build}.`,
    });
  const index = indexOf(score.variants);
  const totals = new Totals(source.samples.length, missing);
  /** A/T and C/G variants are summed separately until the strand of the others is known. */
  const doubtful = new Totals(source.samples.length, missing);
  const outcome = new Map<ScoreVariant, UnmatchedReason | "matched">();
  const used = new Map<ScoreVariant, AlleleMatch & { alleles: number }>();
  let done = 0;
  for await (const group of byPlace(
    source.records((c, p, id) => index.places.has(`${c}:${p}`) || index.ids.has(id), signal),
  )) {
    throwIfAborted(signal);
    for (const variant of candidates(index, group[0])) {
      const fits = group.flatMap((record) => {
        const match = matchAlleles(variant, record.alleles);
        return match === undefined ? [] : [{ record, match }];
      });
      const reason =
        fits.length === 0
          ? "other-alleles"
          : fits.length > 1 || outcome.get(variant) === "matched"
            ? "several-records"
            : undefined;
      if (reason !== undefined) {
        if (outcome.get(variant) !== "matched") outcome.set(variant, reason);
        continue;
      }
      const [{ record, match }] = fits;
      // When a site is split over several lines, no single line gives the copies of the reference allele.
      if (match.allele === 0 && group.length > 1 && record.alleles.length === 2) {
        outcome.set(variant, "split-multiallelic");
        continue;
      }
      outcome.set(variant, "matched");
      used.set(variant, { ...match, alleles: record.alleles.length });
      (match.palindromic ? doubtful : totals).add(variant, record.copies(match.allele));
      if (++done % 1000 === 0) onProgress?.({ stage: "scoring", done, total: score.variants.length, unit: "variants" });
    }
  }
  const unambiguous = [...used.values()].filter((match) => !match.palindromic);
  const flipped = unambiguous.filter((match) => match.strand === "flipped").length;
  const keep =
    palindromes === "as-written" || (palindromes === "auto" && unambiguous.length >= strandEvidence && flipped === 0);
  if (keep) totals.join(doubtful);
  else
    for (const [variant, match] of used)
      if (match.palindromic) {
        outcome.set(variant, "palindromic");
        used.delete(variant);
      }
  const report = reportOf(source, score, outcome, used, totals.missingGenotypes, missing);
  if (report.matchedShare < minMatchedShare)
    throw new PolyclinicError("genomes/match", "too few variants of the score are in the genotypes", {
      where: score.where,
      expected: `at least ${percent(minMatchedShare)}`,
      found: `${percent(report.matchedShare)} (${report.matched} of ${report.variants}; ${counted(report.unmatched.map((u) => u.reason))})`,
      hint: "Usual causes: a different genome build, different variant identifiers, or genotypes of a small array. To compute the score from the matched variants only, lower the limit.",
    });
  return { score: score.name, trait: score.trait, people: totals.people(source.samples), report };
}

class Totals {
  readonly sums: Float64Array;
  readonly called: Int32Array;
  variants = 0;
  missingGenotypes = 0;

  constructor(
    people: number,
    readonly missing: "skip" | "mean",
  ) {
    this.sums = new Float64Array(people);
    this.called = new Int32Array(people);
  }

  add({ weight, model }: ScoreVariant, copies: Float64Array): void {
    this.variants++;
    let total = 0;
    let known = 0;
    for (let person = 0; person < copies.length; person++) {
      const value = effect(copies[person], model);
      if (Number.isNaN(value)) continue;
      this.sums[person] += weight * value;
      this.called[person]++;
      total += value;
      known++;
    }
    this.missingGenotypes += copies.length - known;
    if (this.missing !== "mean" || known === copies.length || known === 0) return;
    const mean = total / known;
    for (let person = 0; person < copies.length; person++)
      if (Number.isNaN(copies[person])) this.sums[person] += weight * mean;
  }

  join(other: Totals): void {
    this.variants += other.variants;
    this.missingGenotypes += other.missingGenotypes;
    for (let person = 0; person < this.sums.length; person++) {
      this.sums[person] += other.sums[person];
      this.called[person] += other.called[person];
    }
  }

  people(samples: readonly string[]): PersonScore[] {
    return samples.map((person, i) => {
      const counted = this.missing === "mean" ? this.variants : this.called[i];
      return {
        person,
        sum: this.sums[i],
        average: counted === 0 ? Number.NaN : this.sums[i] / (2 * counted),
        called: this.called[i],
        missing: this.variants - this.called[i],
      };
    });
  }
}

/** Additive: the copies. Dominant: 1 with any copy. Recessive: 1 with two. Fractional dosages are treated as in PLINK. */
function effect(copies: number, model: ScoreVariant["model"]): number {
  if (model === "additive") return copies;
  return model === "dominant" ? Math.min(copies, 1) : Math.max(copies - 1, 0);
}

interface Index {
  places: Map<string, ScoreVariant[]>;
  ids: Map<string, ScoreVariant[]>;
}

function indexOf(variants: readonly ScoreVariant[]): Index {
  const index: Index = { places: new Map(), ids: new Map() };
  for (const variant of variants) {
    const [map, key] =
      variant.position === undefined
        ? [index.ids, variant.id]
        : [index.places, `${variant.chromosome}:${variant.position}`];
    const list = map.get(key);
    if (list === undefined) map.set(key, [variant]);
    else list.push(variant);
  }
  return index;
}

function candidates(index: Index, record: VariantRecord): ScoreVariant[] {
  return [...(index.places.get(`${record.chromosome}:${record.position}`) ?? []), ...(index.ids.get(record.id) ?? [])];
}

/** Groups consecutive records of one position; files are sorted. */
async function* byPlace(records: AsyncIterable<VariantRecord>): AsyncGenerator<VariantRecord[]> {
  let group: VariantRecord[] = [];
  for await (const record of records) {
    if (group.length > 0 && (group[0].chromosome !== record.chromosome || group[0].position !== record.position)) {
      yield group;
      group = [];
    }
    group.push(record);
  }
  if (group.length > 0) yield group;
}
