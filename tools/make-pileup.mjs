/**
 * Writes samples/pileup.sam and samples/pileup.fa: simulated reads over a heterozygous deletion; no real person. `node tools/make-pileup.mjs` after a build; it prints the variant.
 */
import { writeFileSync } from "node:fs";
import { simulateSite, siteColumn } from "../dist/genomes/index.js";

const { reference, reads } = simulateSite({ kind: "deletion", genotype: 1, coverage: 30, seed: 11 });
/** Position of the window's first base. */
const offset = 401;
const contig = `${"N".repeat(offset - 1)}${reference}${"N".repeat(200)}`;
const deleted = /^-+/.exec(
  reads
    .find(({ supportsVariant }) => supportsVariant)
    .bases.slice(siteColumn + 1 - reads.find(({ supportsVariant }) => supportsVariant).start),
)[0].length;

const lines = reads.map(({ start, bases, qualities, mappingQuality, reverse }, i) => {
  const cigar = bases.replace(/-+|[^-]+/g, (run) => `${run.length}${run[0] === "-" ? "D" : "M"}`);
  const calledBases = [...bases].map((base, k) => ({ base, quality: qualities[k] })).filter(({ base }) => base !== "-");
  const quality = calledBases.map(({ quality: value }) => String.fromCharCode(33 + value)).join("");
  return [
    `read${i + 1}`,
    reverse ? 16 : 0,
    "sim",
    offset + start,
    mappingQuality,
    cigar,
    "*",
    0,
    0,
    calledBases.map(({ base }) => base).join(""),
    quality,
  ].join("\t");
});
writeFileSync(
  "samples/pileup.sam",
  `@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:sim\tLN:${contig.length}\n@CO\tsimulated by tools/make-pileup.mjs, of no person\n${lines.join("\n")}\n`,
);
writeFileSync("samples/pileup.fa", `>sim simulated by tools/make-pileup.mjs\n${contig.match(/.{1,60}/g).join("\n")}\n`);
const position = offset + siteColumn;
console.log(`sim:${position}:${reference.slice(siteColumn, siteColumn + 1 + deleted)}:${reference[siteColumn]}`);
