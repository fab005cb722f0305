/** A window of a reference genome from a FASTA file (plain, gzip or bgzip), read in one pass up to the window. */
import { PolyclinicError } from "../../base/errors.ts";
import { lineBatches } from "../lines.ts";

/**
 * @param from first base, 1-based; positions outside the chromosome are `N`.
 * @returns upper case.
 * @throws PolyclinicError `genomes/reference` when the file does not contain the chromosome.
 */
export async function readReference(
  path: string,
  chromosome: string,
  from: number,
  length: number,
  signal?: AbortSignal,
): Promise<string> {
  const names: string[] = [];
  let inside = false;
  let done = 0;
  let found = "";
  const to = from + length - 1;
  for await (const { lines } of lineBatches(path, signal)) {
    for (const line of lines) {
      if (line[0] === 0x3e) {
        if (inside) return padded(found, from, length);
        const name = line.toString("latin1", 1).split(/\s/, 1)[0];
        names.push(name);
        inside = sameChromosome(name, chromosome);
        continue;
      }
      if (!inside) continue;
      if (done + line.length >= from) {
        const text = line.toString("latin1");
        found += text.slice(Math.max(0, from - 1 - done), Math.max(0, to - done));
      }
      done += line.length;
      if (done >= to) return padded(found, from, length);
    }
  }
  if (inside) return padded(found, from, length);
  throw new PolyclinicError("genomes/reference", "does not contain the chromosome of the variant", {
    where: path,
    expected: chromosome,
    found: names.slice(0, 10).join(", ") || "no sequences",
    hint: "Name the FASTA file that the reads were aligned to.",
  });
}

const padded = (found: string, from: number, length: number) =>
  `${"N".repeat(Math.max(0, 1 - from))}${found}`.padEnd(length, "N").slice(0, length).toUpperCase();

/** `chr20` and `20` are equal. */
export const sameChromosome = (a: string, b: string): boolean => bare(a) === bare(b);
const bare = (name: string) => name.replace(/^chr/i, "").toUpperCase();
