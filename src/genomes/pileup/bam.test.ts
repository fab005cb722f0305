/** BAM beside SAM of the same reads: alignments, tags, indexes, and damaged files. The BAM files are written here. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateRawSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { parseCandidate, readsAround } from "../index.ts";
import { alignmentsNear } from "./alignments.ts";

const folder = mkdtempSync(join(tmpdir(), "polyclinic-bam-"));
afterAll(() => rmSync(folder, { recursive: true }));
const sample = (name: string) => fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url));
let files = 0;
const path = () => join(folder, `r${files++}.bam`);

const int = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

/** A BGZF block. */
function block(data: Buffer): Buffer {
  const packed = deflateRawSync(data);
  const head = Buffer.from("1f8b08040000000000ff060042430200", "hex");
  const size = Buffer.alloc(2);
  size.writeUInt16LE(head.length + 2 + packed.length + 8 - 1);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(data));
  return Buffer.concat([head, size, packed, sum, int(data.length)]);
}
const lastBlock = block(Buffer.alloc(0));

type Row = readonly string[];

function recordOf(row: Row, names: readonly string[], tags: Buffer): Buffer {
  const [name, flag, chromosome, position, mapping, cigar, , , , bases, qualities] = row;
  const operations = cigar === "*" ? [] : [...cigar.matchAll(/(\d+)(.)/g)];
  const fixed = Buffer.alloc(32);
  fixed.writeInt32LE(names.indexOf(chromosome), 0);
  fixed.writeInt32LE(Number(position) - 1, 4);
  fixed[8] = name.length + 1;
  fixed[9] = Number(mapping);
  fixed.writeUInt16LE(operations.length, 12);
  fixed.writeUInt16LE(Number(flag), 14);
  const length = bases === "*" ? 0 : bases.length;
  fixed.writeInt32LE(length, 16);
  fixed.writeInt32LE(-1, 20);
  fixed.writeInt32LE(-1, 24);
  const packed = Buffer.alloc((length + 1) >> 1);
  for (let i = 0; i < length; i++) packed[i >> 1] |= "=ACMGRSVTWYHKDBN".indexOf(bases[i]) << (i % 2 === 0 ? 4 : 0);
  const body = Buffer.concat([
    fixed,
    Buffer.from(`${name}\0`, "latin1"),
    ...operations.map(([, count, operation]) => int((Number(count) << 4) | "MIDNSHP=X".indexOf(operation))),
    packed,
    qualities === "*" ? Buffer.alloc(length, 0xff) : Buffer.from(Array.from(qualities, (q) => q.charCodeAt(0) - 33)),
    tags,
  ]);
  return Buffer.concat([int(body.length), body]);
}

interface Written {
  readonly bytes: Buffer;
  /** Virtual offset of each row, whose records begin at any byte of a block. */
  readonly offsets: bigint[];
}

/** Records in blocks of `blockBytes`, so that they cross the boundaries. */
function bam(
  names: readonly string[],
  rows: readonly Row[],
  order = "coordinate",
  blockBytes = 300,
  tags = Buffer.alloc(0),
): Written {
  const text = `@HD\tVN:1.6\tSO:${order}\n`;
  const head = Buffer.concat([
    Buffer.from("BAM\x01", "latin1"),
    int(text.length),
    Buffer.from(text),
    int(names.length),
    ...names.flatMap((name) => [int(name.length + 1), Buffer.from(`${name}\0`), int(100_000)]),
  ]);
  const records = rows.map((row) => recordOf(row, names, tags));
  const starts: number[] = [];
  let at = head.length;
  for (const record of records) {
    starts.push(at);
    at += record.length;
  }
  const whole = Buffer.concat([head, ...records]);
  const blocks: Buffer[] = [];
  const places: number[] = [];
  for (let from = 0, place = 0; from < whole.length; from += blockBytes) {
    const packed = block(whole.subarray(from, from + blockBytes));
    places.push(place);
    place += packed.length;
    blocks.push(packed);
  }
  const offsets = starts.map(
    (start) => (BigInt(places[Math.floor(start / blockBytes)]) << 16n) | BigInt(start % blockBytes),
  );
  return { bytes: Buffer.concat([...blocks, lastBlock]), offsets };
}

const rowsOf = (sam: string): Row[] =>
  sam
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("@"))
    .map((line) => line.split("\t"));

test("the sample as BAM gives the reads of the SAM file", async () => {
  const rows = rowsOf(readFileSync(sample("pileup.sam"), "utf8"));
  const file = path();
  writeFileSync(file, bam(["other", rows[0][2]], rows, "unsorted").bytes);
  const candidate = parseCandidate("sim:511:GAACCAG:G");
  const [ours, theirs] = await Promise.all(
    [file, sample("pileup.sam")].map((each) => readsAround(each, sample("pileup.fa"), candidate)),
  );
  expect(ours).toEqual(theirs);
  expect(ours.reads.length).toBeGreaterThan(20);
});

/** 400 sorted reads of two chromosomes over 60 kilobases, as SAM fields. */
const random = new Random(7);
const many: Row[] = ["1", "2"].flatMap((chromosome) =>
  Array.from({ length: 200 }, () => 1 + random.below(60_000))
    .sort((a, b) => a - b)
    .map((position, i): Row => {
      const bases = Array.from({ length: 41 }, () => "ACGTN"[random.below(5)]).join("");
      const cigar = ["41M", "3S30M2D8M", "20M1I20M", "10H5S36M", "*"][i % 5];
      return [
        `q${i}`,
        String(i % 7 === 0 ? 1024 : 16),
        chromosome,
        String(position),
        String(i % 61),
        cigar,
        "*",
        "0",
        "0",
        bases,
        i % 3 === 0 ? "*" : "F".repeat(41),
      ];
    }),
);
const collect = async (file: string, chromosome: string, position: number) => {
  const { records } = await alignmentsNear(file, { chromosome, position });
  const found: Row[] = [];
  for await (const { fields } of records) found.push(fields);
  return found;
};

test("every field comes back; sorted files are read up to the site, with an index from near it", async () => {
  const { bytes, offsets } = bam(
    ["1", "2"],
    many,
    "coordinate",
    300,
    Buffer.from("NMC\x02MDZ41\0XBBs\x02\0\0\0\x01\0\x02\0", "latin1"),
  );
  const file = path();
  writeFileSync(file, bytes);
  const near = (position: number) => many.filter(([, , name, at]) => name === "2" && Number(at) <= position + 1);
  for (const position of [1, 20_000, 59_000]) expect(await collect(file, "chr2", position)).toEqual(near(position));
  const windows = (chromosome: string) => {
    const own = many.flatMap(([, , name, at], i) =>
      name === chromosome ? [{ at: Number(at) - 1, offset: offsets[i] }] : [],
    );
    return Array.from({ length: 4 }, (_, w) => own.find(({ at }) => at + 60 >= w << 14)?.offset ?? 0n);
  };
  const linear = (chromosome: string) =>
    Buffer.concat([
      // One bin with one chunk, which the reader passes over.
      int(1),
      int(4681),
      int(1),
      Buffer.alloc(16),
      int(4),
      ...windows(chromosome).map((offset) => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(offset);
        return bytes;
      }),
    ]);
  writeFileSync(`${file}.bai`, Buffer.concat([Buffer.from("BAI\x01", "latin1"), int(2), linear("1"), linear("2")]));
  for (const position of [1, 20_000, 40_000, 59_000]) {
    const found = await collect(file, "2", position);
    const over = (rows: readonly Row[]) => rows.filter(([, , , at]) => Number(at) + 60 > position);
    expect(over(found)).toEqual(over(near(position)));
    if (position >= 20_000) expect(found.length).toBeLessThan(near(position).length);
  }
  expect(await collect(file, "2", 99_000)).toEqual([]);
  // samtools' index of a file with one chromosome: a look-up in it would find no reads, without an error.
  writeFileSync(`${file}.bai`, Buffer.concat([Buffer.from("BAI\x01", "latin1"), int(1), linear("1")]));
  await expect(collect(file, "2", 20_000)).rejects.toMatchObject({
    summary: "is the index of another file",
    found: "1",
  });
  utimesSync(`${file}.bai`, 1e9, 1e9);
  const { cautions } = await alignmentsNear(file, { chromosome: "2", position: 9 });
  expect(cautions).toEqual([expect.stringMatching(/\.bam\.bai is older than the BAM file/)]);
  writeFileSync(`${file}.bai`, "BAI\x01\x02\0\0\0");
  await expect(collect(file, "2", 20_000)).rejects.toMatchObject({ code: "genomes/bam", where: `${file}.bai` });
});

test("a CIGAR of too many operations for its field is read from its tag", async () => {
  const operations = "1M1I".repeat(1000);
  const bases = "AC".repeat(1000);
  const count = 2000;
  const cg = Buffer.concat([
    Buffer.from("NMC\x01CGBI", "latin1"),
    int(count),
    ...Array.from({ length: count }, (_, i) => int((1 << 4) | (i % 2))),
  ]);
  const file = path();
  const row = ["long", "0", "1", "5", "60", "2000S1000N", "*", "0", "0", bases, "*"];
  writeFileSync(file, bam(["1"], [row], "coordinate", 60_000, cg).bytes);
  const [[, , , , , cigar]] = await collect(file, "1", 50);
  expect(cigar).toBe(operations);
});

test("damaged files are named by record; a file without its last block is read with a caution", async () => {
  const { bytes } = bam(["1", "2"], many);
  const damaged = async (content: Buffer) => {
    const file = path();
    writeFileSync(file, content);
    return collect(file, "2", 99_000);
  };
  const uncut = bytes.subarray(0, bytes.length - lastBlock.length);
  await expect(damaged(uncut.subarray(0, -5))).rejects.toMatchObject({ code: "genomes/bam", summary: "is truncated" });
  await expect(damaged(bytes.subarray(0, 20))).rejects.toMatchObject({
    code: "genomes/bam",
    where: expect.stringMatching(/header/),
  });
  const broken = Buffer.from(bytes);
  broken.fill(0x55, 400, 440);
  await expect(damaged(broken)).rejects.toMatchObject({
    code: "genomes/bam",
    summary: expect.stringMatching(/inflated/),
  });
  await expect(damaged(Buffer.alloc(0))).rejects.toMatchObject({ code: "genomes/sam", summary: "is empty" });
  await expect(collect(path(), "2", 1)).rejects.toMatchObject({ code: "genomes/read" });
  const file = path();
  writeFileSync(file, uncut);
  expect((await alignmentsNear(file, { chromosome: "1", position: 9 })).cautions[0]).toMatch(/end-of-file block/);
  appendFileSync(file, lastBlock);
  expect((await alignmentsNear(file, { chromosome: "1", position: 9 })).cautions).toEqual([]);
  await expect(collect(file, "X", 9)).rejects.toMatchObject({ code: "genomes/bam", expected: "1, 2", found: "X" });
  // The block that ends the file is empty: records end where the record before it says.
  const short = block(Buffer.concat([Buffer.from("BAM\x01", "latin1"), int(0), int(0), int(7)]));
  const empty = path();
  writeFileSync(empty, Buffer.concat([short, lastBlock]));
  await expect(collect(empty, "1", 9)).rejects.toMatchObject({ expected: "no reference sequence at all" });
});
