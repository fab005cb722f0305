/**
 * Writes samples/cohort.vcf.gz and samples/score.txt.gz: 200 made-up people, 150 made-up variants of chromosome 22 (GRCh38 numbering), and a made-up
 * score in the form of the PGS Catalog. They describe no real person or study. `node tools/make-cohort.mjs` after a build.
 */
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Random } from "../dist/base/random.js";

const random = new Random(20261128);
const people = Array.from({ length: 200 }, (_, i) => `P${String(i + 1).padStart(3, "0")}`);
const bases = "ACGT";
const pick = (text) => text[random.below(text.length)];

const variants = [];
let position = 16_500_000;
for (let i = 0; i < 150; i++) {
  position += 1000 + random.below(220_000);
  const reference = pick(bases);
  // Few A/T and C/G pairs, as on genotyping arrays.
  const partner = { A: "T", C: "G", G: "C", T: "A" }[reference];
  const alternates = [i % 25 === 4 ? partner : pick(bases.replace(reference, "").replace(partner, ""))];
  if (i % 40 === 7) alternates.push(pick(bases.replace(reference, "").replace(alternates[0], "")));
  if (i % 50 === 11) alternates[0] = reference + pick(bases) + pick(bases);
  variants.push({ position, id: `sim${i + 1}`, reference, alternates, frequency: 0.05 + 0.45 * random.next() });
}

const header = [
  "##fileformat=VCFv4.2",
  "##source=polyclinic tools/make-cohort.mjs, simulated",
  "##contig=<ID=22,length=50818468,assembly=GRCh38>",
  '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
  '##FORMAT=<ID=DS,Number=A,Type=Float,Description="Dosage of each alternate allele">',
  ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", ...people].join("\t"),
];
const allele = ({ frequency, alternates }) => (random.next() < frequency ? 1 + random.below(alternates.length) : 0);
const lines = variants.map((variant, i) => {
  const imputed = i % 5 === 3 && variant.alternates.length === 1;
  const phased = i % 2 === 0;
  const columns = people.map(() => {
    if (random.next() < 0.004) return imputed ? "./.:." : "./.";
    const pair = [allele(variant), allele(variant)];
    if (!phased) pair.sort();
    const call = pair.join(phased ? "|" : "/");
    if (!imputed) return call;
    const exact = pair[0] + pair[1];
    const dosage = Math.min(2, Math.max(0, exact + 0.15 * random.normal()));
    return `${call}:${dosage.toFixed(3)}`;
  });
  return [
    "22",
    variant.position,
    variant.id,
    variant.reference,
    variant.alternates.join(","),
    ".",
    "PASS",
    ".",
    imputed ? "GT:DS" : "GT",
    ...columns,
  ].join("\t");
});
writeFileSync("samples/cohort.vcf.gz", gzipSync(`${[...header, ...lines].join("\n")}\n`, { level: 9 }));

const complement = (text) =>
  [...text]
    .reverse()
    .map((base) => ({ A: "T", C: "G", G: "C", T: "A" })[base])
    .join("");
const rows = variants.flatMap((variant, i) => {
  if (i % 12 === 5) return [];
  const effectIsAlternate = random.next() < 0.5;
  let [effect, other] = effectIsAlternate
    ? [variant.alternates[0], variant.reference]
    : [variant.reference, variant.alternates[0]];
  // Three variants are stated on the other strand, as in scores from older arrays; palindromes never are.
  if (i % 45 === 14 && complement(effect) !== other) [effect, other] = [complement(effect), complement(other)];
  const weight = (0.12 * random.normal()).toFixed(6);
  return [
    [
      variant.id,
      "22",
      variant.position - 400_000,
      effect,
      other,
      weight,
      i % 37 === 2 ? "True" : "False",
      i % 37 === 20 ? "True" : "False",
      "22",
      variant.position,
    ].join("\t"),
  ];
});
// Two variants the cohort does not have.
for (let i = 0; i < 2; i++)
  rows.push(
    [`gone${i + 1}`, "22", 20_000_000 + i, "A", "G", "0.05", "False", "False", "22", 20_400_000 + i].join("\t"),
  );
const scoreHeader = [
  "###PGS CATALOG SCORING FILE - made up by polyclinic tools/make-cohort.mjs; describes no trait",
  "#format_version=2.0",
  "#pgs_id=SIMULATED",
  "#pgs_name=simulated-score",
  "#trait_reported=simulated trait",
  "#weight_type=beta",
  "#genome_build=GRCh37",
  `#variants_number=${rows.length}`,
  "#HmPOS_build=GRCh38",
  "rsID\tchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\tis_dominant\tis_recessive\thm_chr\thm_pos",
];
writeFileSync("samples/score.txt.gz", gzipSync(`${[...scoreHeader, ...rows].join("\n")}\n`, { level: 9 }));
