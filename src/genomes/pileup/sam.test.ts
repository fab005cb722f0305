/** Reads of a SAM file over a candidate: alignments, what supports a variant, bad input. The sample was simulated, so that what each read carries is known. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { parseCandidate, pileupTensor, readsAround, simulateSite } from "../index.ts";

const folder = mkdtempSync(join(tmpdir(), "polyclinic-sam-"));
afterAll(() => rmSync(folder, { recursive: true }));
const sample = (name: string) => fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url));

/** 300 bases: 150 of ACGT in turn, then 150 of A. */
const contig = `${"ACGT".repeat(38).slice(0, 150)}${"A".repeat(150)}`;
const fasta = join(folder, "ref.fa.gz");
writeFileSync(fasta, gzipSync(`>other\nTTTT\n>chr1 test\n${contig.match(/.{1,37}/g)!.join("\n")}\n`));

let files = 0;
function sam(...rows: string[]): string {
  const path = join(folder, `r${files++}.sam`);
  writeFileSync(path, `@HD\tVN:1.6\n${rows.map((row) => row.replaceAll(" ", "\t")).join("\n")}\n`);
  return path;
}
const read = (flag: number, at: number, cigar: string, bases: string, mapping = 60) =>
  `r ${flag} 1 ${at} ${mapping} ${cigar} * 0 0 ${bases} ${"I".repeat(bases.length)}`;
const around = (variant: string, ...rows: string[]) => readsAround(sam(...rows), fasta, parseCandidate(variant));

test("the sample's reads are the simulated ones, to the byte of the picture", async () => {
  const found = await readsAround(sample("pileup.sam"), sample("pileup.fa"), parseCandidate("sim:511:GAACCAG:G"));
  const site = simulateSite({ kind: "deletion", genotype: 1, coverage: 30, seed: 11 });
  expect(found.reference).toBe(site.reference);
  expect(found.reads.map(({ supportsVariant }) => supportsVariant)).toEqual(
    site.reads.map(({ supportsVariant }) => supportsVariant),
  );
  expect(pileupTensor(found.reference, found.reads).data).toEqual(pileupTensor(site.reference, site.reads).data);
});

test("SNPs, insertions and deletions are supported by what stands at the site, not beside it", async () => {
  // Position 121 is A (ACGT in turn), 122 C, 123 G, 124 T.
  const snp = await around(
    "1:121:A:G",
    read(0, 119, "5M", "GTGCG"),
    read(16, 119, "5M", "GTACG"),
    read(0, 121, "2S3M", "TTGCG"),
  );
  expect(snp.reads.map(({ supportsVariant, reverse, start }) => [supportsVariant, reverse, start])).toEqual([
    [true, false, 108],
    [false, true, 108],
    [true, false, 110],
  ]);
  const insertion = await around(
    "1:121:A:ATT",
    read(0, 119, "3M2I2M", "GTATTCG"),
    read(0, 119, "3M2I2M", "GTAGGCG"),
    read(0, 118, "3M2I3M", "TGTTTACG"),
  );
  expect(insertion.reads.map(({ supportsVariant }) => supportsVariant).sort()).toEqual([false, false, true]);
  const deletion = await around(
    "1:121:ACG:A",
    read(0, 119, "3M2D2M", "GTATA"),
    read(0, 119, "3M1D3M", "GTAGTA"),
    read(0, 119, "3M3D2M", "GTAAC"),
  );
  expect(deletion.reads.map(({ supportsVariant }) => supportsVariant)).toEqual([true, false, false]);
});

test("reads that are no evidence are counted by reason; reads beside the site are not of it", async () => {
  const { reads, skipped } = await around(
    "1:121:A:G",
    read(0x400, 119, "5M", "GTGCG"),
    read(0x904, 119, "5M", "GTGCG"),
    read(0, 10, "5M", "CGTAC"),
    read(0, 130, "5M", "CGTAC"),
    `q 0 2 119 60 5M * 0 0 GTGCG IIIII`,
    read(0, 119, "5M", "GTGCG", 255),
    // Spliced over the site: no deletion, and nothing about it.
    read(0, 119, "2M3N2M", "GTTA"),
  );
  expect(skipped).toEqual({ duplicate: 1, "not mapped": 1, "skips the site": 1 });
  expect(reads.map(({ mappingQuality }) => mappingQuality)).toEqual([0]);
});

test("bad input is named: another build, no such chromosome, broken lines, a damaged BAM file, CRAM, no variant", async () => {
  await expect(around("1:121:T:G", read(0, 119, "5M", "GTGCG"))).rejects.toMatchObject({
    code: "genomes/candidate",
    found: "A",
  });
  await expect(around("5:121:T:G", read(0, 119, "5M", "GTGCG"))).rejects.toMatchObject({
    code: "genomes/reference",
    found: "other, chr1",
  });
  await expect(around("1:121:A:G", read(0, 119, "6M", "GTGCG"))).rejects.toMatchObject({ code: "genomes/sam" });
  await expect(around("1:121:A:G", "r 0 1 119")).rejects.toThrow(/line 2/);
  const bam = join(folder, "x.bam");
  writeFileSync(bam, Buffer.from("1f8b08040000000000ff0600424302001b00", "hex"));
  await expect(readsAround(bam, fasta, parseCandidate("1:121:A:G"))).rejects.toMatchObject({ code: "genomes/bam" });
  writeFileSync(bam, "CRAM\x03\x00");
  await expect(readsAround(bam, fasta, parseCandidate("1:121:A:G"))).rejects.toMatchObject({
    code: "genomes/sam",
    hint: expect.stringContaining("samtools view -b"),
  });
  for (const text of ["1:121:A:A", "1:0:A:G", "rs7412", "1:121:AC:G"])
    expect(() => parseCandidate(text)).toThrow(/not a valid variant/);
});

test("a damaged number is an error that names the field, never a read that shows nothing", async () => {
  const row = read(0, 119, "5M", "GTGCG").split(" ");
  const damaged = (field: number, text: string) => around("1:121:A:G", row.with(field, text).join(" "));
  await expect(damaged(3, "abc")).rejects.toMatchObject({ where: expect.stringMatching(/line 2, POS$/), found: "abc" });
  await expect(damaged(3, "-5")).rejects.toThrow(/POS/);
  await expect(damaged(1, "x")).rejects.toThrow(/FLAG/);
  await expect(damaged(4, "300")).rejects.toThrow(/MAPQ.*0 to 255/);
  for (const cigar of ["99999999999M", "2M99999999999N3M", `1M${"9000000N1M".repeat(4)}`, "99999999M"])
    await expect(damaged(5, cigar)).rejects.toMatchObject({ code: "genomes/sam" });
});

test("counts that may mislead have a caution: another reference, reads of no certain place, reads twice, none", async () => {
  const cautions = async (...rows: string[]) => (await around("1:121:A:G", ...rows)).cautions.join("; ");
  const good = read(0, 119, "9M", "GTGCGTACG");
  expect(await cautions(good, good.replace("r ", "s "))).toBe("");
  expect(await cautions(good, good)).toMatch(/^1 of 2 reads repeat another/);
  expect(await cautions(read(0, 119, "9M", "GTGCGTACG", 0))).toMatch(/^1 of 1 reads have mapping quality 0/);
  expect(await cautions(read(0, 119, "9M", "CCACCCCCC"))).toMatch(
    /^\d of the 9 read bases.*aligned to a different reference/,
  );
  expect(await cautions()).toMatch(/^no usable read/);
});

test("a window at the end of a chromosome is filled with N", async () => {
  const { reference } = await around("1:299:A:G", read(0, 298, "3M", "AGA"));
  expect([reference.length, reference.slice(110, 113), reference.indexOf("N")]).toEqual([221, "AAN", 112]);
});
