/**
 * The records of a BAM file (SAM specification 1.6, section 4) near one site, as the fields of SAM lines, so that both forms are read by the same code. BAM is gzip in
 * blocks (BGZF), so Node's inflate reads it; with an index beside it (`.bai`, section 5) reading begins at the site, otherwise at the start of the file.
 */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { throwIfAborted } from "../../base/errors.ts";
import type { Alignment } from "./alignments.ts";
import { damaged, indexedStart } from "./bam-index.ts";
import { sameChromosome } from "./fasta.ts";

/** A site on a chromosome, 1-based. */
export interface Site {
  readonly chromosome: string;
  readonly position: number;
}

const bases = "=ACMGRSVTWYHKDBN";
const operations = "MIDNSHP=X";
/** Bytes of a record before its name. */
const fixedBytes = 32;
/** Longest header text and longest record that are read; real ones are far smaller. */
const [longestHeader, longestRecord] = [1 << 28, 1 << 27];

/** An empty BGZF block ends every complete file (section 4.1.2). */
const endBlock = Buffer.from("1f8b08040000000000ff0600424302001b0003000000000000000000", "hex");

/** True if the final, empty block is there: without it, the file may have been cut off between two blocks. */
export async function endsWithMarker(path: string): Promise<boolean> {
  const { size } = await stat(path);
  if (size < endBlock.length) return false;
  const file = await open(path, "r");
  try {
    const tail = Buffer.alloc(endBlock.length);
    await file.read(tail, 0, tail.length, size - tail.length);
    return tail.equals(endBlock);
  } finally {
    await file.close();
  }
}

/**
 * Records on the chromosome that start no later than one base after the site, in file order.
 *
 * @throws PolyclinicError `genomes/bam` for a damaged file, or when its header has no such chromosome; `genomes/read`.
 */
export async function* bamAlignments(path: string, site: Site, signal?: AbortSignal): AsyncGenerator<Alignment> {
  let bytes = new Inflated(path, 0, 0, signal);
  try {
    const { names, sorted } = await readHeader(bytes, path);
    const target = names.findIndex((name) => sameChromosome(name, site.chromosome));
    if (target < 0)
      throw damaged(path, "does not contain the chromosome of the variant", {
        expected:
          names.slice(0, 8).join(", ") + (names.length > 8 ? `, ... (${names.length})` : "") ||
          "no reference sequence at all",
        found: site.chromosome,
      });
    const start = sorted ? await indexedStart(path, target, site.position - 1, names.length) : undefined;
    if (start === "none") return;
    if (start !== undefined) {
      bytes.close();
      bytes = new Inflated(path, start.block, start.within, signal);
    }
    for (let number = 1; ; number++) {
      const where = `${path}, record ${number}${start === undefined ? "" : " from the indexed start"}`;
      const size = await bytes.take(4, where);
      if (size === undefined) return;
      const length = size.readInt32LE(0);
      if (length < fixedBytes || length > longestRecord)
        throw damaged(where, "has an invalid length", {
          expected: `${fixedBytes} to ${longestRecord} bytes`,
          found: String(length),
        });
      const record = (await bytes.take(length, where)) ?? unended(where);
      const [reference, position] = [record.readInt32LE(0), record.readInt32LE(4)];
      // Records without a place (-1) come last.
      const beyond = reference < 0 || reference > target || (reference === target && position > site.position);
      if (beyond && sorted) return;
      if (!beyond && reference === target) yield { where, fields: fieldsOf(record, names, where) };
    }
  } finally {
    bytes.close();
  }
}

const unended = (where: string): never => {
  throw damaged(where, "is truncated", {
    expected: "the rest of the record",
    found: "the end of the file",
    hint: "Copy or download the file again.",
  });
};

async function readHeader(bytes: Inflated, path: string): Promise<{ names: string[]; sorted: boolean }> {
  const where = `${path}, header`;
  const number = async (most: number) => {
    const value = ((await bytes.take(4, where)) ?? unended(where)).readInt32LE(0);
    if (value >= 0 && value <= most) return value;
    throw damaged(where, "is damaged", { expected: `a length from 0 to ${most}`, found: String(value) });
  };
  const text = async (length: number) => ((await bytes.take(length, where)) ?? unended(where)).toString("latin1");
  if ((await text(4)) !== "BAM\x01") throw damaged(where, "is not the header of a BAM file", { expected: "BAM\\1" });
  const header = await text(await number(longestHeader));
  const names: string[] = [];
  for (let left = await number(longestHeader); left > 0; left--) {
    names.push((await text(await number(1 << 16))).replace(/\0.*$/s, ""));
    await number(0x7fffffff);
  }
  return { names, sorted: /^@HD\t(?:.*\t)?SO:coordinate(?:\t|\r|$)/m.test(header) };
}

/** A record as the eleven mandatory fields of a SAM line. */
function fieldsOf(record: Buffer, names: readonly string[], where: string): string[] {
  const nameLength = record[8];
  const count = record.readUInt16LE(12);
  const length = record.readInt32LE(16);
  const atCigar = fixedBytes + nameLength;
  const atBases = atCigar + 4 * count;
  const atQualities = atBases + ((length + 1) >> 1);
  const atTags = atQualities + length;
  if (length < 0 || nameLength < 1 || atTags > record.length)
    throw damaged(where, "is inconsistent", {
      expected: `a name, CIGAR, bases and qualities within ${record.length} bytes`,
      found: `a name of ${nameLength}, ${count} CIGAR operations and ${length} bases`,
    });
  let sequence = "";
  for (let i = 0; i < length; i++) sequence += bases[(record[atBases + (i >> 1)] >> (i % 2 === 0 ? 4 : 0)) & 15];
  const qualities = record.subarray(atQualities, atTags);
  const unknown = length === 0 || qualities[0] === 0xff;
  const cigar = cigarText(record, atCigar, count, where);
  return [
    record.toString("latin1", fixedBytes, fixedBytes + nameLength - 1),
    String(record.readUInt16LE(14)),
    names[record.readInt32LE(0)],
    String(record.readInt32LE(4) + 1),
    String(record[9]),
    // More operations than fit in 16 bits are in a tag, and the field then says that all bases are clipped (section 4.2.2).
    (cigar.startsWith(`${length}S`) && count === 2 ? longCigar(record.subarray(atTags), where) : undefined) ?? cigar,
    "*",
    "0",
    "0",
    sequence || "*",
    unknown ? "*" : Buffer.from(qualities.map((quality) => Math.min(quality, 93) + 33)).toString("latin1"),
  ];
}

function cigarText(bytes: Buffer, at: number, count: number, where: string): string {
  let text = "";
  for (let i = 0; i < count; i++) {
    const value = bytes.readUInt32LE(at + 4 * i);
    const operation = operations[value & 15];
    if (operation === undefined)
      throw damaged(where, "has an unknown CIGAR operation", { expected: operations, found: String(value & 15) });
    text += `${value >>> 4}${operation}`;
  }
  return text || "*";
}

const tagSizes: Readonly<Record<string, number>> = { A: 1, c: 1, C: 1, s: 2, S: 2, i: 4, I: 4, f: 4 };

/** The CIGAR of the tag `CG:B,I`; undefined when there is none. */
function longCigar(tags: Buffer, where: string): string | undefined {
  for (let at = 0; at + 3 <= tags.length; ) {
    const name = tags.toString("latin1", at, at + 2);
    const type = String.fromCharCode(tags[at + 2]);
    at += 3;
    const size = tagSizes[type];
    if (size !== undefined) at += size;
    else if (type === "Z" || type === "H") at = tags.indexOf(0, at) + 1 || tags.length + 1;
    else if (type === "B" && at + 5 <= tags.length) {
      const element = String.fromCharCode(tags[at]);
      const count = tags.readUInt32LE(at + 1);
      at += 5;
      const bytes = count * (tagSizes[element] ?? Number.NaN);
      if (name === "CG" && element === "I" && at + bytes <= tags.length) return cigarText(tags, at, count, where);
      at += bytes;
    } else at = Number.NaN;
    if (!(at <= tags.length))
      throw damaged(where, "has a damaged tag", { expected: "a tag within the record", found: `${name}:${type}` });
  }
  return undefined;
}

/** The inflated bytes from a place on, taken in pieces. */
class Inflated {
  private readonly raw;
  private readonly stream;
  private readonly chunks: AsyncIterator<Buffer>;
  private held: Buffer = Buffer.alloc(0);
  private skip: number;

  constructor(
    path: string,
    block: number,
    within: number,
    private readonly signal?: AbortSignal,
  ) {
    this.raw = createReadStream(path, { start: block, highWaterMark: 1 << 18 });
    this.stream = createGunzip({ chunkSize: 1 << 18 });
    this.raw.on("error", (error) => this.stream.destroy(error));
    this.chunks = this.raw.pipe(this.stream)[Symbol.asyncIterator]();
    this.skip = within;
  }

  /** The next bytes; undefined at the end of the file. @throws `genomes/bam` when it ends within them. */
  async take(length: number, where: string): Promise<Buffer | undefined> {
    const needed = length + this.skip;
    const pieces = [this.held];
    let size = this.held.length;
    while (size < needed) {
      throwIfAborted(this.signal);
      const { value, done } = await this.chunks.next().catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "Z_BUF_ERROR") return unended(where);
        throw damaged(where, `cannot be inflated (${cause.code ?? cause.message})`, {
          hint: "Copy or download the file again.",
        });
      });
      if (done) break;
      pieces.push(value);
      size += value.length;
    }
    const all = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, size);
    if (size < needed) return size === 0 ? undefined : unended(where);
    const taken = all.subarray(this.skip, needed);
    this.held = all.subarray(needed);
    this.skip = 0;
    return taken;
  }

  close(): void {
    this.raw.destroy();
    this.stream.destroy();
  }
}
