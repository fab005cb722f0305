/** PLINK 1 binary files: BED (genotypes, variant by variant), BIM (variants), FAM (people). */
import { open, readFile, stat } from "node:fs/promises";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { chromosomeName, type GenomeBuild, type GenotypeSource, type VariantRecord } from "../genotypes.ts";

/** Copies of the first allele by the two bits of a genotype: 00 two, 01 missing, 10 one, 11 none. */
const copiesOfFirst = [2, Number.NaN, 1, 0];
/** Variants read at once. */
const batch = 512;

/**
 * @param path path of the BED file; BIM and FAM are expected beside it.
 * @param build genome build of the positions, which the files do not state.
 * @throws PolyclinicError `genomes/plink` when a file is missing or malformed, or the sizes disagree.
 */
export async function openPlink(path: string, build?: GenomeBuild): Promise<GenotypeSource> {
  const stem = path.replace(/\.bed$/i, "");
  const samples = (await linesOf(`${stem}.fam`)).map(({ text, line }) => {
    const [family, person] = text.trim().split(/\s+/);
    if (person === undefined)
      throw fault(`${stem}.fam, line ${line}`, "is not a valid sample line", "family ID and individual ID", text);
    return family === person || family === "0" ? person : `${family}_${person}`;
  });
  const variants = (await linesOf(`${stem}.bim`)).map(({ text, line }) => {
    const [chromosome, id, , position, first, second] = text.trim().split(/\s+/);
    if (second === undefined || !/^\d+$/.test(position))
      throw fault(
        `${stem}.bim, line ${line}`,
        "is not a valid variant line",
        "chromosome, variant ID, genetic distance, position and two alleles",
        text,
      );
    return {
      chromosome: chromosomeName(chromosome),
      id,
      position: Number(position),
      first: first.toUpperCase(),
      second: second.toUpperCase(),
    };
  });
  const rowBytes = Math.ceil(samples.length / 4);
  const size = await stat(path).then(
    (s) => s.size,
    () => undefined,
  );
  if (size === undefined) throw fault(path, "cannot be opened", "a readable BED file");
  const file = await open(path, "r");
  try {
    const magic = Buffer.alloc(3);
    await file.read(magic, 0, 3, 0);
    if (magic[0] !== 0x6c || magic[1] !== 0x1b)
      throw fault(path, "is not a PLINK BED file", "the magic bytes 6c 1b", magic.toString("hex"));
    if (magic[2] !== 1)
      throw fault(
        path,
        "stores genotypes in sample-major order, which is not supported",
        "variant-major order (third byte 01)",
        "third byte 00",
      );
    const expected = 3 + rowBytes * variants.length;
    if (size !== expected)
      throw fault(
        path,
        "has a different size than its BIM and FAM files require",
        `${expected} bytes for ${variants.length} variants and ${samples.length} samples`,
        `${size} bytes`,
      );
  } finally {
    await file.close();
  }
  return {
    where: path,
    format: "plink",
    samples,
    build,
    usesDosages: () => false,
    records: (select, signal) => plinkRecords(path, samples.length, rowBytes, variants, select, signal),
  };
}

async function* plinkRecords(
  path: string,
  people: number,
  rowBytes: number,
  variants: readonly { chromosome: string; id: string; position: number; first: string; second: string }[],
  select: (chromosome: string, position: number, id: string) => boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<VariantRecord> {
  const file = await open(path, "r");
  const copies = new Float64Array(people);
  const buffer = Buffer.alloc(batch * rowBytes);
  try {
    for (let start = 0; start < variants.length; start += batch) {
      throwIfAborted(signal);
      const some = variants.slice(start, start + batch);
      if (!some.some((v) => select(v.chromosome, v.position, v.id))) continue;
      await file.read(buffer, 0, some.length * rowBytes, 3 + start * rowBytes);
      for (const [i, v] of some.entries()) {
        if (!select(v.chromosome, v.position, v.id)) continue;
        yield {
          chromosome: v.chromosome,
          position: v.position,
          id: v.id,
          alleles: [v.second, v.first],
          copies(allele) {
            for (let person = 0; person < people; person++) {
              const first = copiesOfFirst[(buffer[i * rowBytes + (person >> 2)] >> ((person & 3) * 2)) & 3];
              copies[person] = allele === 1 ? first : allele === 0 ? 2 - first : 0;
            }
            return copies;
          },
        };
      }
    }
  } finally {
    await file.close();
  }
}

async function linesOf(path: string): Promise<{ text: string; line: number }[]> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new PolyclinicError("genomes/plink", "is missing", {
      where: path,
      hint: "Put the BED, BIM and FAM files, with the same base name, into one folder.",
      cause,
    });
  });
  return text.split(/\r?\n/).flatMap((line, i) => (line.trim() === "" ? [] : [{ text: line, line: i + 1 }]));
}

function fault(where: string, summary: string, expected: string, found?: string): PolyclinicError {
  return new PolyclinicError("genomes/plink", summary, { where, expected, found: found?.slice(0, 80) });
}
