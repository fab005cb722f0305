/** Genotype files, score files and their match; goldens by tools/reference/prs_scores.py (Python's standard library, exact fractions). */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyScore, complement, isPalindromic, matchAlleles, openGenotypes, readScoreFile } from "./index.ts";

const samples = (name: string) => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-genomes-"));
});
afterAll(() => rm(folder, { recursive: true }));

const file = async (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
const vcf = (rows: string[], people = ["a", "b", "c"], head = "##contig=<ID=22,length=50818468>") =>
  `##fileformat=VCFv4.2\n${head}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t${people.join("\t")}\n${rows.map((row) => row.replaceAll(" ", "\t")).join("\n")}\n`;
const scoreText = (rows: string[], head = "#genome_build=GRCh38") =>
  `${head}\nchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n${rows.map((row) => row.replaceAll(" ", "\t")).join("\n")}\n`;
let files = 0;
const run = async (rows: string[], weights: string[], options: Parameters<typeof applyScore>[2] = {}) => {
  files++;
  const source = await openGenotypes(await file(`t${files}.vcf`, vcf(rows)));
  const [score] = await readScoreFile(await file(`t${files}.txt`, scoreText(weights)));
  return applyScore(source, score, { minMatchedShare: 0, ...options });
};

test("the sample cohort has the scores that exact arithmetic gives: dosages, flips, several alleles, missing genotypes, dominance", async () => {
  const golden = JSON.parse(await readFile(new URL("./goldens/cohort-scores.json", import.meta.url), "utf8"));
  const source = await openGenotypes(samples("cohort.vcf.gz"));
  const [score] = await readScoreFile(samples("score.txt.gz"));
  const { people, report } = await applyScore(source, score);
  expect(source.build).toBe("GRCh38");
  expect(score).toMatchObject({ harmonised: true, build: "GRCh38" });
  expect(report).toMatchObject({
    matched: golden.counts.matched,
    flipped: golden.counts.flipped,
    palindromic: 0,
    dosages: true,
  });
  expect(report.unmatched.filter((u) => u.reason === "palindromic").length).toBe(golden.counts.palindromic);
  expect(report.unmatched.filter((u) => u.reason === "not-in-file").length).toBe(golden.counts.absent);
  expect(report.multiallelic).toBeGreaterThan(0);
  expect(report.missingGenotypes).toBeGreaterThan(0);
  people.forEach((person, i) => {
    expect(Math.abs(person.sum - golden.sums[i])).toBeLessThan(1e-12);
    expect(person.called).toBe(golden.called[i]);
  });
});

test("a BED made from the same genotypes gives the same scores", async () => {
  // Three people and a fourth place that must not be read; two bits each, the first person lowest.
  const bits = { "2": 0, missing: 1, "1": 2, "0": 3 };
  const rows = [
    ["1", "0", "2"],
    ["missing", "1", "1"],
  ] as (keyof typeof bits)[][];
  const bytes = rows.map((row) => row.reduce((byte, copies, i) => byte | (bits[copies] << (2 * i)), 0));
  const bed = await file("t.bed", Uint8Array.from([0x6c, 0x1b, 1, ...bytes]));
  await file("t.bim", "22\trs1\t0\t100\tA\tG\n22\trs2\t0\t200\tC\tT\n");
  await file("t.fam", "a a 0 0 0 -9\nb b 0 0 0 -9\nc c 0 0 0 -9\n");
  const calls = { "2": "1/1", "1": "0|1", "0": "0/0", missing: "./." };
  const vcfPath = await file(
    "same.vcf.gz",
    gzipSync(
      vcf([
        `22 100 rs1 G A . . . GT ${rows[0].map((c) => calls[c]).join(" ")}`,
        `22 200 rs2 T C . . . GT ${rows[1].map((c) => calls[c]).join(" ")}`,
      ]),
    ),
  );
  const [score] = await readScoreFile(await file("same.txt", scoreText(["22 100 A G 0.3", "22 200 T C -0.7"])));
  const fromBed = await applyScore(await openGenotypes(bed, { build: "GRCh38" }), score);
  const fromVcf = await applyScore(await openGenotypes(vcfPath), score);
  expect(fromBed.people).toEqual(fromVcf.people);
  expect(fromBed.people.map((p) => p.sum)).toEqual([0.3, -0.7, 0.6 - 0.7].map((v) => expect.closeTo(v, 12)));
  expect(fromBed.people[0]).toMatchObject({ called: 1, missing: 1 });
});

test("alleles: as written, on the other strand, palindromes never flipped, insertions by their letters", () => {
  expect(matchAlleles({ effectAllele: "A", otherAllele: "G" }, ["G", "A"])).toMatchObject({
    allele: 1,
    strand: "as-written",
    palindromic: false,
  });
  expect(matchAlleles({ effectAllele: "A", otherAllele: "G" }, ["C", "T"])).toMatchObject({
    allele: 1,
    strand: "flipped",
  });
  expect(matchAlleles({ effectAllele: "A", otherAllele: "T" }, ["A", "T"])).toMatchObject({
    allele: 0,
    strand: "as-written",
    palindromic: true,
  });
  expect(matchAlleles({ effectAllele: "A", otherAllele: "T" }, ["C", "G"])).toBeUndefined();
  expect(matchAlleles({ effectAllele: "A", otherAllele: "G" }, ["A", "C"])).toBeUndefined();
  expect(matchAlleles({ effectAllele: "AT", otherAllele: "A" }, ["A", "AT"])).toMatchObject({
    allele: 1,
    strand: "as-written",
  });
  expect(matchAlleles({ effectAllele: "C", otherAllele: "A" }, ["A", "G", "C"])).toMatchObject({ allele: 2 });
  expect(matchAlleles({ effectAllele: "A", otherAllele: undefined }, ["G", "A"])).toMatchObject({ allele: 1 });
  expect(complement("ACG")).toBe("CGT");
  expect([isPalindromic("A", "T"), isPalindromic("C", "G"), isPalindromic("A", "C")]).toEqual([true, true, false]);
});

test("palindromes wait for evidence of the strand", async () => {
  const many = Array.from({ length: 20 }, (_, i) => i + 1);
  const rows = [...many.map((i) => `22 ${i} . A C . . . GT 0/1 0/0 1/1`), "22 500 . A T . . . GT 0/1 0/0 1/1"];
  const weights = [...many.map((i) => `22 ${i} C A 1`), "22 500 T A 10"];
  expect((await run(rows, weights)).report).toMatchObject({ matched: 21, palindromic: 1 });
  // One variant on the other strand, and the palindrome could be on it too.
  const oneFlipped = [`22 1 G T 1`, ...weights.slice(1)];
  const doubted = await run(rows, oneFlipped);
  expect(doubted.report).toMatchObject({ matched: 20, flipped: 1, palindromic: 0 });
  expect(doubted.report.unmatched).toEqual([{ line: 23, variant: "22:500 T/A", reason: "palindromic" }]);
  expect((await run(rows, oneFlipped, { palindromes: "as-written" })).report.matched).toBe(21);
  expect((await run(rows, weights, { palindromes: "exclude" })).report.matched).toBe(20);
});

test("missing genotypes are counted for each person, and replaced only when asked", async () => {
  const rows = ["22 1 . A C . . . GT ./. 0/1 1/1", "22 2 . A C . . . GT .|1 0/0 0/1"];
  const weights = ["22 1 C A 1", "22 2 C A 2"];
  const skipped = await run(rows, weights);
  expect(skipped.people.map(({ sum, called, missing }) => [sum, called, missing])).toEqual([
    [0, 0, 2],
    [1, 2, 0],
    [4, 2, 0],
  ]);
  expect(skipped.people[0].average).toBeNaN();
  expect(skipped.report.missingGenotypes).toBe(2);
  expect(skipped.report.cautions.join()).toMatch(/2 genotypes are missing and contribute 0/);
  const replaced = await run(rows, weights, { missing: "mean" });
  expect(replaced.people[0].sum).toBe(1.5 + 2 * 0.5);
  expect(replaced.report.cautions.join()).toMatch(/replaced by the mean/);
});

test("dosages: the alternate's, what is left for the reference, and calls instead when asked", async () => {
  const rows = ["22 1 . A C . . . GT:DS 0/1:0.9 0/0:0.05 ./.:.", "22 2 . A C,G . . . DS 0.5,0.25 0,0 2,0"];
  const weights = ["22 1 C A 1", "22 2 A G 1"];
  expect((await run(rows, weights)).people.map((p) => p.sum)).toEqual(
    [0.9 + 1.25, 0.05 + 2, 0].map((v) => expect.closeTo(v, 12)),
  );
  const calls = await openGenotypes(join(folder, `t${files}.vcf`), { dosages: false });
  const [score] = await readScoreFile(join(folder, `t${files}.txt`));
  expect((await applyScore(calls, score)).people[0].sum).toBeCloseTo(1 + 1.25, 12);
});

test("a site split over two lines has no copies of its reference allele to read", async () => {
  const rows = ["22 1 . A C . . . GT 0/1 0/0 0/0", "22 1 . A G . . . GT 0/0 0/1 0/0"];
  expect((await run(rows, ["22 1 C A 1"])).people.map((p) => p.sum)).toEqual([1, 0, 0]);
  expect((await run(rows, ["22 1 A C 1"])).report.unmatched[0].reason).toBe("split-multiallelic");
  expect((await run([rows[0], rows[0]], ["22 1 C A 1"])).report.unmatched[0].reason).toBe("several-records");
});

test("haploid genotypes have one copy at most; `chr` and numbers name the same chromosome", async () => {
  const rows = ["chrX 1 . A C . . . GT 1 0 0/1"];
  expect((await run(rows, ["23 1 C A 1"])).people.map((p) => p.sum)).toEqual([1, 0, 1]);
});

test("another genome build is refused, whatever the positions say", async () => {
  const source = await openGenotypes(
    await file(
      "b37.vcf",
      vcf(["22 1 . A C . . . GT 0/1 0/0 0/0"], ["a", "b", "c"], "##contig=<ID=22,length=51304566>"),
    ),
  );
  expect(source.build).toBe("GRCh37");
  const [score] = await readScoreFile(await file("b38.txt", scoreText(["22 1 C A 1"])));
  await expect(applyScore(source, score)).rejects.toMatchObject({
    code: "genomes/build",
    expected: expect.stringContaining("GRCh37"),
    found: "GRCh38",
  });
});

test("a score most of whose variants are not there is refused with the reasons", async () => {
  await expect(
    run(["22 1 . A C . . . GT 0/1 0/0 0/0"], ["22 1 C A 1", "22 9 C A 1", "22 10 C A 1"], { minMatchedShare: 0.75 }),
  ).rejects.toMatchObject({
    code: "genomes/match",
    found: "33.3 % (1 of 3; 2 not-in-file)",
  });
});

test("score files: no effect alleles, no weights, blank rows, repeats, two effects of one variant", async () => {
  const bad = (name: string, text: string) => file(name, text).then(readScoreFile);
  await expect(bad("s1.txt", "chr_name\tchr_position\teffect_weight\n22\t1\t1\n")).rejects.toMatchObject({
    code: "genomes/score",
    expected: "a column named effect_allele",
  });
  await expect(bad("s2.txt", "chr_name\tchr_position\teffect_allele\n22\t1\tA\n")).rejects.toMatchObject({
    code: "genomes/score",
    expected: "a column named effect_weight",
  });
  const [score] = await bad("s3.txt", scoreText(["22 1 A C 1", "22 2  C 1", "22 3 A C x", "22 1 A C 1", "  A C 1"]));
  expect(score.variants.length).toBe(1);
  expect(score.skipped.map(({ line, reason }) => [line, reason])).toEqual([
    [4, "no-effect-allele"],
    [5, "no-weight"],
    [7, "no-place"],
    [6, "repeated"],
  ]);
  await expect(bad("s4.txt", scoreText(["22 1 A C 1", "22 1 A C 2"]))).rejects.toMatchObject({
    where: expect.stringMatching(/lines 3 and 4/),
  });
});

test("several scores in one file of PLINK's form", async () => {
  const scores = await readScoreFile(
    await file("multi.txt", "ID\teffect_allele\tone\ttwo\n22:1:A:C\tC\t1\t2\n22:2:G:T\tG\t3\t4\n"),
  );
  expect(
    scores.map(({ name, variants }) => [
      name,
      variants.map((v) => [v.position, v.effectAllele, v.otherAllele, v.weight]),
    ]),
  ).toEqual([
    [
      "one",
      [
        [1, "C", "A", 1],
        [2, "G", "T", 3],
      ],
    ],
    [
      "two",
      [
        [1, "C", "A", 2],
        [2, "G", "T", 4],
      ],
    ],
  ]);
});

test("broken files are named with their line", async () => {
  const scoring = async (text: string | Uint8Array, name: string) => {
    const [score] = await readScoreFile(await file("x.txt", scoreText(["22 1 C A 1"])));
    return applyScore(await openGenotypes(await file(name, text)), score, { minMatchedShare: 0 });
  };
  const row = "22 1 . A C . . . GT 0/1 0/0 0/0";
  await expect(scoring("hello\n", "n.vcf")).rejects.toMatchObject({
    code: "genomes/vcf",
    summary: "is not a VCF file",
  });
  await expect(scoring(vcf([row.replace(/ 0\/0$/, "")]), "few.vcf")).rejects.toMatchObject({
    where: expect.stringMatching(/few\.vcf, line 4/),
    found: "2",
  });
  await expect(scoring(vcf([`${row} 0/0`]), "many.vcf")).rejects.toMatchObject({
    summary: "has too many sample columns",
  });
  await expect(scoring(vcf([row.replace("0/1", "0/x")]), "call.vcf")).rejects.toMatchObject({
    where: expect.stringMatching(/sample 1/),
    found: "0/x",
  });
  await expect(scoring(vcf([row.replace(" 1 ", " one ")]), "place.vcf")).rejects.toMatchObject({ found: "one" });
  await expect(scoring(vcf([row], ["a", "b", "a"]), "twice.vcf")).rejects.toMatchObject({ found: "a" });
  const packed = gzipSync(vcf(Array.from({ length: 5000 }, (_, i) => row.replace(" 1 ", ` ${i + 1} `))));
  await expect(scoring(packed.subarray(0, packed.length - 200), "cut.vcf.gz")).rejects.toMatchObject({
    code: "genomes/read",
    summary: "is truncated",
  });
  await expect(openGenotypes(join(folder, "none.vcf"))).rejects.toMatchObject({ code: "genomes/read" });
  await expect(openGenotypes(join(folder, "none.txt"))).rejects.toMatchObject({ code: "genomes/format" });
  const bed = await file("short.bed", Uint8Array.from([0x6c, 0x1b, 1]));
  await file("short.bim", "22\trs1\t0\t100\tA\tG\n");
  await file("short.fam", "a a 0 0 0 -9\n");
  await expect(openGenotypes(bed)).rejects.toMatchObject({
    code: "genomes/plink",
    expected: "4 bytes for 1 variants and 1 samples",
    found: "3 bytes",
  });
});
