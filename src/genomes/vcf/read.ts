/**
 * VCF (4.x), gzip or plain, read line by line: calls (`GT`, phased or not), dosages (`DS`), several alternate alleles, missing genotypes. Only the
 * genotypes of requested records are parsed.
 */
import { PolyclinicError } from "../../base/errors.ts";
import {
  buildNamed,
  buildOfContig,
  chromosomeName,
  type GenomeBuild,
  type GenotypeSource,
  type VariantRecord,
} from "../genotypes.ts";
import { lineBatches } from "../lines.ts";
import { readGenotypes } from "./genotype-columns.ts";

const tab = 9;
const hash = 35;
/** Columns before the first sample. */
const fixedColumns = 9;

/** Which of the genotype fields of a VCF record is read. */
export interface VcfOptions {
  /** Dosages (`DS`) instead of calls where a record has both. Default true. */
  dosages?: boolean;
}

/**
 * @throws PolyclinicError `genomes/vcf` when the header is missing or has no people; `genomes/read` when the file cannot be read.
 */
export async function openVcf(path: string, { dosages = true }: VcfOptions = {}): Promise<GenotypeSource> {
  let samples: string[] | undefined;
  let build: GenomeBuild | undefined;
  let isVcf = false;
  header: for await (const { lines, first } of lineBatches(path))
    for (const [i, bytes] of lines.entries()) {
      if (bytes[0] !== hash) break header;
      const text = bytes.toString("utf8");
      if (first + i === 1) isVcf = /^##fileformat=VCF/.test(text);
      const contig = /^##contig=<ID=([^,>]+).*length=(\d+)/.exec(text);
      if (contig !== null) build ??= buildOfContig(contig[1], Number(contig[2]));
      if (/^##(reference|assembly|contig=.*assembly)/i.test(text)) build ??= buildNamed(text);
      if (text.startsWith("#CHROM")) {
        samples = text.split("\t").slice(fixedColumns);
        break header;
      }
    }
  if (!isVcf)
    throw new PolyclinicError("genomes/vcf", "is not a VCF file", {
      where: `${path}, line 1`,
      expected: "##fileformat=VCFv4.x as the first line",
    });
  if (samples === undefined || samples.length === 0)
    throw new PolyclinicError("genomes/vcf", "contains no genotypes", {
      where: path,
      expected: "a #CHROM line with FORMAT and at least one sample",
      found: samples === undefined ? "no #CHROM line" : "no samples",
    });
  const seen = new Set<string>();
  const repeated = samples.find((name) => seen.size === seen.add(name).size);
  if (repeated !== undefined)
    throw new PolyclinicError("genomes/vcf", "contains a sample name twice", { where: path, found: repeated });
  const people = samples;
  const state = { dosages: false };
  return {
    where: path,
    format: "vcf",
    samples: people,
    build,
    usesDosages: () => state.dosages,
    records: (select, signal) => vcfRecords(path, people.length, dosages, state, select, signal),
  };
}

async function* vcfRecords(
  path: string,
  people: number,
  dosages: boolean,
  state: { dosages: boolean },
  select: (chromosome: string, position: number, id: string) => boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<VariantRecord> {
  const copies = new Float64Array(people);
  const names = new Map<string, string>();
  for await (const { lines, first } of lineBatches(path, signal))
    for (const [i, line] of lines.entries()) {
      if (line.length === 0 || line[0] === hash) continue;
      const where = () => `${path}, line ${first + i}`;
      const ends = fieldEnds(line, fixedColumns);
      if (ends === undefined)
        throw new PolyclinicError("genomes/vcf", "has too few columns", {
          where: where(),
          expected: `${fixedColumns + people} columns`,
        });
      const field = (number: number) => line.toString("latin1", ends[number - 1] + 1, ends[number]);
      const raw = line.toString("latin1", 0, ends[0]);
      let chromosome = names.get(raw);
      if (chromosome === undefined) names.set(raw, (chromosome = chromosomeName(raw)));
      const position = integer(line, ends[0] + 1, ends[1]);
      if (position < 0)
        throw new PolyclinicError("genomes/vcf", "has no valid position", {
          where: where(),
          expected: "a whole number in POS",
          found: field(1),
        });
      const id = field(2);
      if (!select(chromosome, position, id)) continue;
      const alternates = field(4).toUpperCase();
      const reference = field(3).toUpperCase();
      yield {
        chromosome,
        position,
        id,
        alleles: alternates === "." ? [reference] : [reference, ...alternates.split(",")],
        copies(allele) {
          if (readGenotypes(line, ends[8] + 1, field(8), allele, dosages, copies, where())) state.dosages = true;
          return copies;
        },
      };
    }
}

/** Ends of the first `count` fields; undefined if there are fewer. */
function fieldEnds(bytes: Buffer, count: number): number[] | undefined {
  const ends: number[] = [];
  for (let at = 0; ends.length < count; at++) {
    const end = bytes.indexOf(tab, at);
    if (end < 0) return undefined;
    ends.push(end);
    at = end;
  }
  return ends;
}

function integer(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at] - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return to > from ? value : -1;
}
