/** The alignments of a SAM or BAM file as fields of SAM lines, with where each stands. */
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { PolyclinicError } from "../../base/errors.ts";
import { lineBatches } from "../lines.ts";
import { bamAlignments, endsWithMarker, type Site } from "./bam.ts";
import { olderIndex } from "./bam-index.ts";

/** One alignment (SAM 1.4): at least the eleven mandatory fields, as text. */
export interface Alignment {
  /** File and line, or file and record, for errors. */
  readonly where: string;
  readonly fields: readonly string[];
}

/** The alignments of a file that may cover a site. */
export interface Alignments {
  /** In file order; of a BAM file only those near the site. */
  readonly records: AsyncGenerator<Alignment>;
  /** Why the file may be incomplete. */
  readonly cautions: readonly string[];
}

/** @throws PolyclinicError `genomes/sam` for a CRAM file or a damaged line, `genomes/bam`, `genomes/read`. */
export async function alignmentsNear(path: string, site: Site, signal?: AbortSignal): Promise<Alignments> {
  if (!(await isBam(path))) return { records: samAlignments(path, signal), cautions: [] };
  const [whole, older] = [await endsWithMarker(path), await olderIndex(path)];
  const cautions: string[] = [];
  if (!whole)
    cautions.push("the BAM file has no end-of-file block: it may have been cut off, and reads may be missing");
  if (older !== undefined)
    cautions.push(
      `the index ${basename(older)} is older than the BAM file: if it is not this file's, reads are missing (samtools index makes it again)`,
    );
  return { records: bamAlignments(path, site, signal), cautions };
}

async function* samAlignments(path: string, signal?: AbortSignal): AsyncGenerator<Alignment> {
  let empty = true;
  for await (const { lines, first } of lineBatches(path, signal))
    for (const [i, line] of lines.entries()) {
      if (line.length > 0) empty = false;
      if (line.length === 0 || line[0] === 0x40) continue;
      const where = `${path}, line ${first + i}`;
      const fields = line.toString("latin1").split("\t");
      if (fields.length < 11)
        throw new PolyclinicError("genomes/sam", "is not a valid alignment line", {
          where,
          expected: "at least 11 tab-separated fields",
          found: String(fields.length),
        });
      yield { where, fields };
    }
  if (empty)
    throw new PolyclinicError("genomes/sam", "is empty", {
      where: path,
      expected: "the alignments of a SAM or BAM file, or at least its header",
      hint: "Copy or download the file again.",
    });
}

/** By content: the name does not matter. */
async function isBam(path: string): Promise<boolean> {
  const file = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    throw new PolyclinicError("genomes/read", `cannot be opened (${cause.code})`, { where: path, cause });
  });
  const head = Buffer.alloc(1 << 16);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  await file.close();
  if (head.toString("latin1", 0, 4) === "CRAM")
    throw new PolyclinicError("genomes/sam", "is a CRAM file, which is not supported", {
      where: path,
      expected: "SAM or BAM",
      hint: "Convert it: samtools view -b -T reference.fa reads.cram > reads.bam",
    });
  if (head[0] !== 0x1f || head[1] !== 0x8b) return false;
  try {
    const start = gunzipSync(head.subarray(0, bytesRead), { finishFlush: 2 /* Z_SYNC_FLUSH */ });
    if (start.length >= 4) return start.toString("latin1", 0, 4) === "BAM\x01";
  } catch {}
  // Damaged from the first block on: what it was meant to be is only in its name.
  return /\.bam$/i.test(path);
}
