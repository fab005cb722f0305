/** Reads around one candidate variant from a SAM or BAM file (SAM specification 1.6, section 1.4), for a pileup image. */
import { PolyclinicError } from "../../base/errors.ts";
import { alignmentsNear } from "./alignments.ts";
import { readReference, sameChromosome } from "./fasta.ts";
import { type AlignedRead, pileupColumns } from "./tensor.ts";

/** As in a VCF record. */
export interface Candidate {
  readonly chromosome: string;
  /** 1-based. */
  readonly position: number;
  /** For an indel, both alleles begin with the base before it. */
  readonly reference: string;
  readonly alternate: string;
}

/** The reads that cover a candidate variant, with the reference window around it. */
export interface CandidateReads {
  /** The 221 bases around the candidate, which is in the middle column. */
  readonly reference: string;
  /** Ordered by start position. */
  readonly reads: AlignedRead[];
  /** Reads over the site that are not used, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Why the counts may mislead, in sentences. */
  readonly cautions: readonly string[];
}

/** `22:16050075:A:G`. @throws PolyclinicError `genomes/candidate`. */
export function parseCandidate(text: string): Candidate {
  const [, chromosome, position, reference, alternate] =
    /^([^:\s]+):(\d{1,10}):([ACGT]+):([ACGT]+)$/i.exec(text.trim()) ?? [];
  const anchored =
    reference?.length === alternate?.length || reference?.[0].toUpperCase() === alternate?.[0].toUpperCase();
  if (chromosome !== undefined && reference !== alternate && Number(position) > 0 && anchored)
    return {
      chromosome,
      position: Number(position),
      reference: reference.toUpperCase(),
      alternate: alternate.toUpperCase(),
    };
  throw new PolyclinicError("genomes/candidate", "is not a valid variant", {
    where: "variant",
    expected:
      "chromosome:position:reference:alternate, for example 22:16050075:A:G; both alleles of an indel begin with the preceding base",
    found: text,
  });
}

const halfWindow = (pileupColumns - 1) / 2;
/** Flags of reads that are not used as evidence (SAM 1.4.2). */
const unusable: readonly (readonly [number, string])[] = [
  [0x4, "not mapped"],
  [0x100, "secondary alignment"],
  [0x200, "failed quality checks"],
  [0x400, "duplicate"],
  [0x800, "supplementary alignment"],
];

/**
 * @param sam SAM (plain or gzip) or BAM; an index beside a sorted BAM file (`.bai`) saves reading what is before the site.
 * @param fasta the reference to which the reads were aligned.
 * @throws PolyclinicError `genomes/sam` for a CRAM file or a damaged line; `genomes/bam` for a damaged BAM file;
 * `genomes/candidate` when the reference has other bases at this position.
 */
export async function readsAround(
  sam: string,
  fasta: string,
  candidate: Candidate,
  signal?: AbortSignal,
): Promise<CandidateReads> {
  const alignments = await alignmentsNear(sam, candidate, signal);
  const first = candidate.position - halfWindow;
  const reference = await readReference(fasta, candidate.chromosome, first, pileupColumns, signal);
  const there = reference.slice(halfWindow, halfWindow + candidate.reference.length);
  if (there !== candidate.reference.slice(0, there.length))
    throw new PolyclinicError(
      "genomes/candidate",
      "the reference bases of the variant differ from the reference sequence",
      {
        where: `${fasta}, ${candidate.chromosome}:${candidate.position}`,
        expected: candidate.reference,
        found: there,
        hint: /^N+$/.test(there)
          ? "The position is past the end of this sequence, or its bases are not known there."
          : "The variant or the reads may use a different genome build than this FASTA file.",
      },
    );
  const reads: AlignedRead[] = [];
  const seen = new Set<string>();
  let repeated = 0;
  const skipped: Record<string, number> = {};
  for await (const { where, fields } of alignments.records) {
    const [name, flagText, chromosome, positionText, mapping, cigar, , , , bases, qualities] = fields;
    if (!sameChromosome(chromosome, candidate.chromosome)) continue;
    const field = (name: string, text: string, most: number) => {
      if (/^\d{1,10}$/.test(text) && Number(text) <= most) return Number(text);
      throw new PolyclinicError("genomes/sam", "has an invalid field", {
        where: `${where}, ${name}`,
        expected: `a whole number from 0 to ${most}`,
        found: text.slice(0, 60) || "nothing",
      });
    };
    const flag = field("FLAG", flagText, 0xffff);
    const start = field("POS", positionText, 0x7fffffff) - first;
    const quality = field("MAPQ", mapping, 0xff);
    if (start > halfWindow + 1) continue;
    const reason =
      unusable.find(([bit]) => (flag & bit) !== 0)?.[1] ?? (bases === "*" || cigar === "*" ? "no bases" : undefined);
    if (reason !== undefined) {
      // Counted only where it would lie over the site.
      if (start + spanOf(cigar) > halfWindow) skipped[reason] = (skipped[reason] ?? 0) + 1;
      continue;
    }
    const aligned = alignedRead(cigar, bases, qualities, where);
    if (start + aligned.bases.length <= halfWindow) continue;
    const inserted = aligned.inserted;
    const at = halfWindow - start;
    // A spliced read says nothing about what it skips.
    if (aligned.skips.some(([from, to]) => from < at + candidate.reference.length && to > at)) {
      skipped["skips the site"] = (skipped["skips the site"] ?? 0) + 1;
      continue;
    }
    // The same segment of the same fragment (SAM 1.4.1, flags 0x40 and 0x80) in the same place.
    const key = `${name} ${flag & 0xc0} ${start} ${cigar} ${bases}`;
    if (name !== "*" && seen.has(key)) repeated++;
    seen.add(key);
    reads.push({
      start,
      bases: aligned.bases,
      qualities: aligned.qualities,
      // 255 means unknown.
      mappingQuality: quality === 255 ? 0 : quality,
      reverse: (flag & 0x10) !== 0,
      supportsVariant: supports(candidate, aligned.bases, inserted, at),
      ...(inserted.size > 0 && {
        insertions: Object.fromEntries([...inserted].map(([at, text]) => [at, text.length])),
      }),
    });
  }
  reads.sort((a, b) => a.start - b.start);
  const cautions = [...alignments.cautions, ...cautionsOf(reference, reads, repeated)];
  return { reference, reads, skipped, cautions };
}

/** Share of differing bases above which reads hardly come from the reference: sequencing errors are about 0.01, of old long reads 0.15. */
const maxDifferingShare = 0.2;

function cautionsOf(reference: string, reads: readonly AlignedRead[], repeated: number): string[] {
  if (reads.length === 0)
    return ["no usable read covers the variant: the pileup contains no evidence for or against it"];
  const [weak, compared, different] = [
    reads.filter(({ mappingQuality }) => mappingQuality === 0).length,
    ...differences(reference, reads),
  ];
  const cautions: string[] = [];
  if (different > maxDifferingShare * compared)
    cautions.push(
      `${different} of the ${compared} read bases differ from the reference: the reads were probably aligned to a different reference`,
    );
  if (weak > 0)
    cautions.push(
      `${weak} of ${reads.length} reads have mapping quality 0 or none: they may come from another location in the genome`,
    );
  if (repeated > 0)
    cautions.push(
      `${repeated} of ${reads.length} reads repeat another read (same name, position and bases) and are counted more than once`,
    );
  return cautions;
}

/** Bases compared with a known base of the reference, and how many of them differ; gaps are not compared. */
function differences(reference: string, reads: readonly AlignedRead[]): [compared: number, different: number] {
  let [compared, different] = [0, 0];
  for (const { start, bases } of reads)
    for (let i = Math.max(0, -start); i < bases.length && start + i < reference.length; i++) {
      if (!"ACGT".includes(bases[i]) || !"ACGT".includes(reference[start + i])) continue;
      compared++;
      if (bases[i] !== reference[start + i]) different++;
    }
  return [compared, different];
}

/** Bases of the reference that an alignment covers; 1 where it does not say. */
const spanOf = (cigar: string) =>
  [...cigar.matchAll(/(\d+)[MDN=X]/g)].reduce((sum, [, count]) => sum + Number(count), 0) || 1;

interface Aligned {
  readonly bases: string;
  readonly qualities: number[];
  /** Inserted bases by the column before them. */
  readonly inserted: ReadonlyMap<number, string>;
  /** Columns from and to (exclusive) of each skip (`N`), which is drawn like a deletion. */
  readonly skips: readonly (readonly [from: number, to: number])[];
}

/** Sum of a CIGAR's lengths, gaps included. */
const longest = 10_000_000;

/** Follows the CIGAR: one character per reference column, `-` for a deletion or a skip; clipped bases are left out. */
function alignedRead(cigar: string, bases: string, qualityText: string, where: string): Aligned {
  const broken = (found: string) =>
    new PolyclinicError("genomes/sam", "has an inconsistent alignment", {
      where,
      expected: "a valid CIGAR string that matches the number of bases and qualities",
      found,
    });
  if (!/^(?:\d+[MIDNSHP=X])+$/.test(cigar)) throw broken(cigar.slice(0, 60));
  if (qualityText !== "*" && qualityText.length !== bases.length)
    throw broken(`${bases.length} bases and ${qualityText.length} qualities`);
  const quality = (i: number) => (qualityText === "*" ? 0 : qualityText.charCodeAt(i) - 33);
  // Before anything of this length is made.
  const operations = [...cigar.matchAll(/(\d+)([MIDNSHP=X])/g)];
  if (operations.reduce((sum, [, count]) => sum + Number(count), 0) > longest)
    throw broken(`${cigar.slice(0, 60)}, longer than ${longest} bases`);
  let out = "";
  const qualities: number[] = [];
  const inserted = new Map<number, string>();
  const skips: [number, number][] = [];
  let at = 0;
  for (const [, count, operation] of operations) {
    const length = Number(count);
    if (operation === "M" || operation === "=" || operation === "X") {
      if (at + length > bases.length) throw broken(`${cigar.slice(0, 60)} for ${bases.length} bases`);
      out += bases.slice(at, at + length);
      for (let k = 0; k < length; k++) qualities.push(quality(at + k));
      at += length;
    } else if (operation === "D" || operation === "N") {
      if (operation === "N") skips.push([out.length, out.length + length]);
      out += "-".repeat(length);
      for (let k = 0; k < length; k++) qualities.push(0);
    } else if (operation === "I") {
      if (out.length > 0) inserted.set(out.length - 1, bases.slice(at, at + length).toUpperCase());
      at += length;
    } else if (operation === "S") at += length;
  }
  if (at !== bases.length || out.length !== qualities.length)
    throw broken(`${cigar.slice(0, 60)} for ${bases.length} bases`);
  return { bases: out.toUpperCase(), qualities, inserted, skips };
}

/** Whether a read shows the alternate allele. @param at the candidate's column in the read. */
function supports(
  { reference, alternate }: Candidate,
  bases: string,
  inserted: ReadonlyMap<number, string>,
  at: number,
): boolean {
  if (at < 0 || at >= bases.length) return false;
  if (reference.length === alternate.length) return bases.slice(at, at + alternate.length) === alternate;
  if (reference.length < alternate.length) return inserted.get(at) === alternate.slice(reference.length);
  const gone = reference.length - alternate.length;
  const from = at + alternate.length;
  return bases.slice(from, from + gone) === "-".repeat(gone) && bases[from - 1] !== "-" && bases[from + gone] !== "-";
}
