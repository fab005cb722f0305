/** Simulates the reads of one person at one site, with sequencing errors: for training and tests where no real genome may be used. */
import { Random } from "../../base/random.ts";
import { type AlignedRead, pileupColumns } from "./tensor.ts";

/** Parameters of a simulated diploid site. */
export interface SiteOptions {
  kind: "snp" | "insertion" | "deletion";
  /** Copies of the variant the person carries, 0 to 2. */
  genotype: 0 | 1 | 2;
  /** Mean coverage of the site, in reads. Default 30. */
  coverage?: number;
  /** Read length in bases. Default 150. */
  readLength?: number;
  /**
   * Fraction of reads that show the variant because of a systematic error. As in real data, most of these reads come from one strand, and their mapping
   * quality and the quality of the wrong base are low. Default 0.
   */
  artefact?: number;
  seed: number;
}

/** A simulated site: the 221 reference bases of its window, and reads as `pileupTensor` takes them. */
export interface SimulatedSite extends Required<Pick<SiteOptions, "kind" | "genotype">> {
  reference: string;
  reads: AlignedRead[];
}

const bases = "ACGT";
/** Column of the site in a pileup. */
export const siteColumn = (pileupColumns - 1) / 2;

/** Reproducible from its seed. Each base is wrong with the probability its quality says. */
export function simulateSite({
  kind,
  genotype,
  coverage = 30,
  readLength = 150,
  artefact = 0,
  seed,
}: SiteOptions): SimulatedSite {
  const random = new Random(seed);
  const reference = Array.from({ length: pileupColumns }, () => bases[random.below(4)]).join("");
  const alternative = bases[(bases.indexOf(reference[siteColumn]) + 1 + random.below(3)) % 4];
  const size = 1 + random.below(6);
  const count = Math.max(1, Math.round(coverage + Math.sqrt(coverage) * random.normal()));
  const reads = Array.from({ length: count }, () => {
    const start = siteColumn - random.below(readLength);
    const owns = random.next() < genotype / 2;
    const faulty = !owns && random.next() < artefact;
    const carries = owns || faulty;
    const read = {
      start,
      bases: "",
      qualities: [] as number[],
      mappingQuality: 0,
      reverse: random.next() < (faulty ? 0.9 : 0.5),
      supportsVariant: false,
    };
    read.mappingQuality = faulty ? 10 + random.below(40) : random.next() < 0.9 ? 60 : random.below(60);
    const columns: string[] = [];
    for (let k = 0; k < readLength; k++) {
      const column = start + k;
      const usual = faulty && kind === "snp" && column === siteColumn ? 16 : 36;
      const quality = Math.max(2, Math.min(40, Math.round(usual + 4 * random.normal())));
      let base = reference[column] ?? bases[random.below(4)];
      if (carries && kind === "snp" && column === siteColumn) base = alternative;
      if (carries && kind === "deletion" && column > siteColumn && column <= siteColumn + size) base = "-";
      else if (!(faulty && column === siteColumn) && random.next() < 10 ** (-quality / 10))
        base = bases[(bases.indexOf(base) + 1 + random.below(3)) % 4];
      columns.push(base);
      read.qualities.push(base === "-" ? 0 : quality);
    }
    read.bases = columns.join("");
    // By what the read shows, as a caller sees it: an error can hide the variant.
    read.supportsVariant =
      kind === "snp"
        ? columns[siteColumn - start] === alternative
        : kind === "insertion"
          ? carries
          : columns[siteColumn + 1 - start] === "-";
    return kind === "insertion" && carries ? { ...read, insertions: { [siteColumn - start]: size } } : read;
  });
  return { kind, genotype, reference, reads: reads.sort((x, y) => x.start - y.start) };
}
