/** The index beside a BAM file (`.bai`, SAM specification 1.6, section 5): where to begin reading for a site. */
import { readFile, stat } from "node:fs/promises";
import { PolyclinicError } from "../../base/errors.ts";

export const damaged = (
  where: string,
  summary: string,
  details: { expected?: string; found?: string; hint?: string },
) => new PolyclinicError("genomes/bam", summary, { where, ...details });

/** A place in a BGZF file: the offset of a block, and of a byte within its inflated data. */
export interface Place {
  readonly block: number;
  readonly within: number;
}

/** `reads.bam.bai`, or `reads.bai` beside `reads.bam`. */
const indexNames = (path: string) => [`${path}.bai`, path.replace(/\.bam$/i, ".bai")].filter((name) => name !== path);

/** The index beside a BAM file when the BAM was written after it, as samtools warns: its places may be those of an earlier file. */
export async function olderIndex(path: string): Promise<string | undefined> {
  const written = async (name: string) => (await stat(name).catch(() => undefined))?.mtimeMs;
  for (const name of indexNames(path)) {
    const time = await written(name);
    // Both are often written or copied within the same second, in any order.
    if (time !== undefined) return time + 1000 < ((await written(path)) ?? 0) ? name : undefined;
  }
  return undefined;
}

/**
 * The first record of the 16-kilobase window of a position, by the linear index (section 5.1.3); "none" when no read reaches it, undefined without an
 * index.
 */
export async function indexedStart(
  path: string,
  target: number,
  position: number,
  references: number,
): Promise<Place | "none" | undefined> {
  for (const name of indexNames(path)) {
    const index = await readFile(name).catch(() => undefined);
    if (index === undefined) continue;
    try {
      return placeIn(index, target, position, references, name);
    } catch (cause) {
      if (PolyclinicError.is(cause)) throw cause;
      throw damaged(name, "is a damaged index", {
        hint: "Create it again (samtools index), or delete it: the file is then read from its start.",
      });
    }
  }
  return undefined;
}

function placeIn(
  index: Buffer,
  target: number,
  position: number,
  references: number,
  where: string,
): Place | "none" | undefined {
  if (index.toString("latin1", 0, 4) !== "BAI\x01")
    throw damaged(where, "is not an index of a BAM file", {
      expected: "BAI\\1",
      hint: "Create the index again: samtools index.",
    });
  const count = index.readInt32LE(4);
  if (count !== references)
    throw damaged(where, "is the index of another file", {
      expected: `${references} reference sequences, as the header of the BAM file lists`,
      found: String(count),
      hint: "Create the index again: samtools index.",
    });
  let at = 8;
  for (let reference = 0; reference < count; reference++) {
    const bins = index.readInt32LE(at);
    at += 4;
    for (let bin = 0; bin < bins; bin++) at += 8 + 16 * index.readInt32LE(at + 4);
    const windows = index.readInt32LE(at);
    at += 4;
    if (reference < target) {
      at += 8 * windows;
      continue;
    }
    let window = position >> 14;
    if (window >= windows) return "none";
    // Windows in which no read begins may hold 0: the one before them then tells where to start.
    while (window > 0 && index.readBigUInt64LE(at + 8 * window) === 0n) window--;
    const offset = index.readBigUInt64LE(at + 8 * window);
    return offset === 0n ? undefined : { block: Number(offset >> 16n), within: Number(offset & 0xffffn) };
  }
  return "none";
}
