import { PolyclinicError } from "../base/errors.ts";
import type { GenomeBuild, GenotypeSource } from "./genotypes.ts";
import { openPlink } from "./plink/read.ts";
import { openVcf } from "./vcf/read.ts";

/**
 * Opens a genotype file by its extension: `.vcf`, `.vcf.gz`, `.vcf.bgz` or `.bed`.
 *
 * @param build the genome build of PLINK files, and of VCF files that do not state theirs.
 * @throws PolyclinicError `genomes/format` for other endings; and those of the readers.
 */
export async function openGenotypes(
  path: string,
  { build, dosages }: { build?: GenomeBuild; dosages?: boolean } = {},
): Promise<GenotypeSource> {
  if (/\.bed$/i.test(path)) return openPlink(path, build);
  if (/\.vcf(\.b?gz)?$/i.test(path)) {
    const source = await openVcf(path, { dosages });
    if (build !== undefined && source.build !== undefined && source.build !== build)
      throw new PolyclinicError("genomes/build", "the file states a different genome build", {
        where: path,
        expected: build,
        found: source.build,
      });
    return { ...source, build: source.build ?? build };
  }
  throw new PolyclinicError("genomes/format", "is not a supported genotype file", {
    where: path,
    expected: ".vcf, .vcf.gz, or .bed with .bim and .fam in the same folder",
  });
}
