/** Genotypes of many people, independent of the file format. */

export type GenomeBuild = "GRCh37" | "GRCh38";

/** One variant with the genotypes of all samples. */
export interface VariantRecord {
  /** Without `chr`; 23 to 26 are X, Y, X (pseudo-autosomal) and MT. */
  chromosome: string;
  /** Position in base pairs, from 1. */
  position: number;
  id: string;
  /** Upper case; the first is the reference allele in a VCF, the second allele (A2) of a BIM. */
  alleles: readonly string[];
  /**
   * Copies of one allele per sample, 0 to 2, fractional where the file gives dosages; NaN where the genotype is missing. The array is reused for the
   * next record: copy what you keep.
   *
   * @param allele index into `alleles`.
   */
  copies(allele: number): Float64Array;
}

/** Genotypes of a cohort, read record by record from VCF or PLINK files; memory does not grow with the number of variants. */
export interface GenotypeSource {
  /** The file, for messages. */
  where: string;
  format: "vcf" | "plink";
  samples: readonly string[];
  /** As stated in the file; undefined if it is not. */
  build?: GenomeBuild;
  /** Whether any genotype read so far was a dosage rather than a call. */
  usesDosages(): boolean;
  /**
   * All variants in the order of the file.
   *
   * @param select selects records by chromosome, position and identifier; the genotypes of others are not parsed.
   */
  records(
    select: (chromosome: string, position: number, id: string) => boolean,
    signal?: AbortSignal,
  ): AsyncIterable<VariantRecord>;
}

const numbered: Readonly<Record<string, string>> = { "23": "X", "24": "Y", "25": "X", "26": "MT", M: "MT", XY: "X" };

/** Normalises `chr22`, `22`, `chrM`, `23` to one spelling. */
export function chromosomeName(text: string): string {
  const bare = /^chr/i.test(text) ? text.slice(3) : text;
  const upper = bare.toUpperCase();
  return numbered[upper] ?? upper;
}

const buildLengths: Readonly<Record<string, GenomeBuild>> = {
  "1:249250621": "GRCh37",
  "1:248956422": "GRCh38",
  "22:51304566": "GRCh37",
  "22:50818468": "GRCh38",
  "2:243199373": "GRCh37",
  "2:242193529": "GRCh38",
  "10:135534747": "GRCh37",
  "10:133797422": "GRCh38",
  "21:48129895": "GRCh37",
  "21:46709983": "GRCh38",
  "X:155270560": "GRCh37",
  "X:156040895": "GRCh38",
};

/** The genome build that has this chromosome length; undefined when neither does. */
export function buildOfContig(chromosome: string, length: number): GenomeBuild | undefined {
  return buildLengths[`${chromosomeName(chromosome)}:${length}`];
}

/** Normalises `hg19`, `GRCh37`, `b37` and similar names. */
export function buildNamed(text: string): GenomeBuild | undefined {
  if (/grch37|hg19|\bb37\b|hs37/i.test(text)) return "GRCh37";
  if (/grch38|hg38|\bb38\b|hs38/i.test(text)) return "GRCh38";
  return undefined;
}
