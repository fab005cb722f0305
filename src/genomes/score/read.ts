/**
 * Reads polygenic scores: files of the PGS Catalog (format 2.0, harmonised columns preferred), and PLINK's form with an
 * `ID` of `chromosome:position:allele:allele` and one column of weights per score.
 */
import { basename } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { buildNamed, chromosomeName, type GenomeBuild } from "../genotypes.ts";
import { lineBatches } from "../lines.ts";

/**
 * The number of effect alleles that is multiplied by the weight: 0 to 2 (`additive`), 1 for at least one copy
 * (`dominant`), 1 for two copies (`recessive`).
 */
export type EffectModel = "additive" | "dominant" | "recessive";

/** One row of a score file. Positions are 1-based, alleles upper case, chromosomes without `chr`. */
export interface ScoreVariant {
  /** Undefined when the file gives only an rsID. */
  chromosome?: string;
  position?: number;
  id: string;
  effectAllele: string;
  /** Undefined when the file does not state it. */
  otherAllele?: string;
  weight: number;
  model: EffectModel;
  /** Line of the file, from 1. */
  line: number;
}

/** An unused row, and why. */
export interface SkippedRow {
  line: number;
  reason: "no-effect-allele" | "no-weight" | "no-place" | "interaction" | "haplotype" | "repeated";
  text: string;
}

/** A score file in the format of the PGS Catalog or of PLINK 2: effect alleles with their weights. */
export interface PolygenicScore {
  name: string;
  trait?: string;
  /** Genome build of the positions in use: the harmonised ones where the file has them. */
  build?: GenomeBuild;
  harmonised: boolean;
  variants: ScoreVariant[];
  skipped: SkippedRow[];
  where: string;
}

const aliases: Readonly<Record<string, string>> = {
  rsid: "id",
  snp: "id",
  chr: "chr_name",
  chrom: "chr_name",
  pos: "chr_position",
  bp: "chr_position",
  reference_allele: "other_allele",
  a1: "effect_allele",
  a2: "other_allele",
  beta: "effect_weight",
};

/**
 * All scores of a file, gzip or plain.
 *
 * @throws PolyclinicError `genomes/score` when there is no column of effect alleles or of weights, or one variant has two different weights.
 */
export async function readScoreFile(path: string): Promise<PolygenicScore[]> {
  const meta = new Map<string, string>();
  let header: string[] | undefined;
  let headerLine = 0;
  const rows: { line: number; cells: string[] }[] = [];
  for await (const { lines, first } of lineBatches(path))
    for (const [i, bytes] of lines.entries()) {
      const text = bytes.toString("utf8");
      const line = first + i;
      if (text.trim() === "") continue;
      if (text.startsWith("#")) {
        if (header === undefined && text.startsWith("##fileformat=VCF"))
          throw new PolyclinicError("genomes/score", "is a VCF file, not a score file", {
            where: path,
            expected: "effect alleles with their weights",
            found: text.slice(0, 40),
            hint: "The genotypes come first, the score file after --weights.",
          });
        const pair = /^#+\s*([A-Za-z_ ]+?)\s*=\s*(.*)$/.exec(text);
        if (pair !== null) meta.set(pair[1].toLowerCase(), pair[2].trim());
      } else if (header === undefined) {
        header = text.split("\t").map((name) => name.trim());
        headerLine = line;
      } else rows.push({ line, cells: text.split("\t") });
    }
  if (header === undefined)
    throw new PolyclinicError("genomes/score", "contains no column header", {
      where: path,
      expected: "a header with effect_allele and effect_weight",
    });
  const columns = header.map((name) => aliases[name.toLowerCase()] ?? name.toLowerCase());
  const column = (name: string) => columns.indexOf(name);
  const where = `${path}, line ${headerLine}`;
  const shown = header.slice(0, 12).join(", ").slice(0, 200) + (header.length > 12 ? `, ... (${header.length})` : "");
  if (column("effect_allele") < 0)
    throw new PolyclinicError("genomes/score", "has no effect allele column", {
      where,
      expected: "a column named effect_allele",
      found: shown,
      hint: "Without the effect allele the direction of a weight is unknown, so the score cannot be computed.",
    });
  // A column of places belongs to a file of the PGS Catalog that lacks its weights, whose other columns are none.
  const plinkForm = column("effect_weight") < 0 && column("id") >= 0 && column("chr_name") < 0 && column("hm_chr") < 0;
  const weightColumns = plinkForm
    ? columns.flatMap((name, i) => (name === "id" || name === "effect_allele" ? [] : [{ name: header![i], at: i }]))
    : [
        {
          name: meta.get("pgs_id") ?? meta.get("pgs_name") ?? basename(path).replace(/\.(txt|gz|tsv)/g, ""),
          at: column("effect_weight"),
        },
      ];
  if (weightColumns.length === 0 || weightColumns[0].at < 0)
    throw new PolyclinicError("genomes/score", "has no weight column", {
      where,
      expected: "a column named effect_weight",
      found: shown,
    });
  const harmonised = column("hm_chr") >= 0 && column("hm_pos") >= 0;
  const build = buildNamed((harmonised ? meta.get("hmpos_build") : undefined) ?? meta.get("genome_build") ?? "");
  return weightColumns.map(({ name, at }) => {
    const skipped: SkippedRow[] = [];
    const variants = rows.flatMap(({ line, cells }) => {
      const read = readRow(cells, line, column, at, plinkForm, harmonised);
      if (!("reason" in read)) return [read];
      skipped.push(read);
      return [];
    });
    return {
      name,
      trait: meta.get("trait_reported"),
      build,
      harmonised,
      variants: withoutRepeats(variants, skipped, path),
      skipped,
      where: path,
    };
  });
}

function readRow(
  cells: readonly string[],
  line: number,
  column: (name: string) => number,
  weightAt: number,
  plinkForm: boolean,
  harmonised: boolean,
): ScoreVariant | SkippedRow {
  const cell = (name: string) => cells[column(name)]?.trim() ?? "";
  const skip = (reason: SkippedRow["reason"]): SkippedRow => ({ line, reason, text: cells.slice(0, 6).join(" ") });
  const isTrue = (name: string) => /^(true|1|yes)$/i.test(cell(name));
  if (isTrue("is_interaction")) return skip("interaction");
  if (isTrue("is_haplotype") || isTrue("is_diplotype")) return skip("haplotype");
  const effectAllele = cell("effect_allele").toUpperCase();
  if (!/^[ACGT]+$/.test(effectAllele)) return skip("no-effect-allele");
  const weightText = cells[weightAt]?.trim() ?? "";
  const weight = Number(weightText);
  if (weightText === "" || !Number.isFinite(weight)) return skip("no-weight");
  let chromosome = harmonised ? cell("hm_chr") : cell("chr_name");
  let position = Number(harmonised ? cell("hm_pos") : cell("chr_position"));
  let other = cell("other_allele").toUpperCase();
  if (other === "") other = cell("hm_inferotherallele").toUpperCase();
  const id = cell("id") || cell("hm_rsid");
  if (plinkForm) {
    const parts = id.split(":");
    if (parts.length === 4) {
      [chromosome, position] = [parts[0], Number(parts[1])];
      const pair = [parts[2].toUpperCase(), parts[3].toUpperCase()];
      other = pair[0] === effectAllele ? pair[1] : pair[0];
    }
  }
  const placed = chromosome !== "" && Number.isInteger(position) && position > 0;
  if (!placed && !/^rs\d+$/i.test(id)) return skip("no-place");
  return {
    ...(placed && { chromosome: chromosomeName(chromosome), position }),
    id,
    effectAllele,
    // A list of possible alleles (A/C) does not name the other allele.
    otherAllele: /^[ACGT]+$/.test(other) ? other : undefined,
    weight,
    model: isTrue("is_dominant") ? "dominant" : isTrue("is_recessive") ? "recessive" : "additive",
    line,
  };
}

/** Exact repeats of a row are dropped and listed; two different weights for one variant are an error. */
function withoutRepeats(variants: readonly ScoreVariant[], skipped: SkippedRow[], where: string): ScoreVariant[] {
  const known = new Map<string, ScoreVariant>();
  return variants.filter((variant) => {
    const place = variant.position === undefined ? variant.id : `${variant.chromosome}:${variant.position}`;
    const key = `${place} ${[variant.effectAllele, variant.otherAllele ?? ""].sort().join("/")}`;
    const first = known.get(key);
    if (first === undefined) {
      known.set(key, variant);
      return true;
    }
    if (
      first.effectAllele === variant.effectAllele &&
      first.weight === variant.weight &&
      first.model === variant.model
    ) {
      skipped.push({ line: variant.line, reason: "repeated", text: `${key}, as line ${first.line}` });
      return false;
    }
    throw new PolyclinicError("genomes/score", "contains two rows with different effects for the same variant", {
      where: `${where}, lines ${first.line} and ${variant.line}`,
      expected: "one row per variant",
      found: `${key}: ${first.effectAllele} ${first.weight} and ${variant.effectAllele} ${variant.weight}`,
    });
  });
}
