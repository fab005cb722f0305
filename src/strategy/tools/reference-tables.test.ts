/** Gene and protein look-ups: exact answers, clear misses, ambiguous names, damaged files. HGNC's data are CC0; the sequences here are made up. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { readGenes, readProteins } from "./reference-tables.ts";
import { geneTool, proteinTools } from "./reference-tools.ts";
import { askWithTools } from "./tool-agent.ts";

const folder = mkdtempSync(join(tmpdir(), "polyclinic-reference-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const columns = [
  "hgnc_id",
  "symbol",
  "name",
  "locus_type",
  "status",
  "location",
  "alias_symbol",
  "prev_symbol",
  "entrez_id",
  "ensembl_gene_id",
  "uniprot_ids",
];
const hgnc = [
  columns,
  [
    "HGNC:1100",
    "BRCA1",
    "BRCA1 DNA repair associated",
    "gene with protein product",
    "Approved",
    "17q21.31",
    '"RNF53|BRCC1|PPP1R53|FANCS"',
    "",
    "672",
    "ENSG00000012048",
    "P38398",
  ],
  [
    "HGNC:11998",
    "TP53",
    "tumor protein p53",
    "gene with protein product",
    "Approved",
    "17p13.1",
    "p53|LFS1",
    "",
    "7157",
    "ENSG00000141510",
    "P04637",
  ],
  [
    "HGNC:7881",
    "NOTCH1",
    "notch receptor 1",
    "gene with protein product",
    "Approved",
    "9q34.3",
    "",
    "TAN1",
    "4851",
    "ENSG00000148400",
    "P46531",
  ],
  ["HGNC:1", "FIRST1", "made up", "pseudogene", "Approved", "1p36", "SHARED", "", "", "", ""],
  ["HGNC:2", "SECOND2", "made up", "pseudogene", "Approved", "1p36", "SHARED", "", "", "", ""],
]
  .map((row) => row.join("\t"))
  .join("\n");

test("a gene by symbol, identifier, alias or previous symbol; an ambiguous name gives all, an unknown one says so", async () => {
  const genes = await readGenes(file("hgnc_complete_set.txt", hgnc));
  const brca1 = genes.describe("brca1 ");
  expect(brca1).toMatch(/^BRCA1 \(HGNC:1100\): BRCA1 DNA repair associated\n/);
  expect(brca1).toContain("location: 17q21.31");
  expect(brca1).toContain("aliases: RNF53, BRCC1, PPP1R53, FANCS");
  expect(brca1).toContain("hgnc_complete_set.txt)");
  for (const name of ["HGNC:1100", "ENSG00000012048"]) expect(genes.describe(name)).toBe(brca1);
  expect(genes.describe("TAN1")).toMatch(/^TAN1 is a previous symbol, alias .* of this gene:\nNOTCH1/);
  expect(genes.describe("SHARED")).toMatch(/of 2 genes; which one is meant cannot be told[\s\S]*FIRST1[\s\S]*SECOND2/);
  expect(genes.describe("BRCA")).toMatch(/^BRCA is not in .*\(5 genes\)\. This does not mean that it does not exist/);
  expect(genes.describe("BRCA")).not.toContain("BRCA1");
  const packed = await readGenes(file("hgnc.txt.gz", gzipSync(hgnc.replaceAll("\n", "\r\n"))));
  expect(packed.describe("TP53")).toContain("UniProt: P04637");
});

const fasta = `>sp|P04637|P53_HUMAN Cellular tumor antigen p53 OS=Homo sapiens OX=9606 GN=TP53 PE=1 SV=4
MKVLAAGRST
WY
>tr|A0A000|A0A000_MOUSE Made-up protein OS=Mus musculus OX=10090 PE=4 SV=1
ACDEF
`;
const table = `Entry\tReviewed\tEntry Name\tProtein names\tGene Names\tOrganism\tLength
P38398\treviewed\tBRCA1_HUMAN\tBreast cancer type 1 susceptibility protein\tBRCA1 RNF53\tHomo sapiens (Human)\t1863
`;

test("a protein of FASTA and of a table, its sequence where the file has one", async () => {
  const proteins = await readProteins(file("uniprot.fasta", fasta));
  expect(proteins.size).toBe(2);
  const p53 = proteins.describe("TP53");
  expect(p53).toContain(
    "P04637 (P53_HUMAN): Cellular tumor antigen p53\norganism: Homo sapiens\ngene: TP53\nlength: 12 residues",
  );
  expect(proteins.describe("p04637")).toBe(p53);
  expect(proteins.sequence("P53_HUMAN")).toContain("12 residues: MKVLAAGRSTWY");
  expect(proteins.describe("A0A000")).toContain("not reviewed");
  const rows = await readProteins(file("uniprot.tsv", table));
  expect(rows.describe("BRCA1")).toContain("length: 1863 residues\nentry reviewed (Swiss-Prot)");
  expect(rows.describe("RNF53")).toMatch(/^RNF53 is a previous symbol, alias or secondary name of this protein/);
  expect(rows.sequence("P38398")).toContain("The file has no sequence of it.");
});

test("other files and damaged ones are named by line and column", async () => {
  const reason = (reading: Promise<unknown>) => reading.then(String, (error: Error) => error.message);
  expect(await reason(readGenes(join(folder, "none.txt")))).toMatch(/none\.txt.*cannot be read/);
  expect(await reason(readGenes(file("x.csv", "symbol,name\nA,B")))).toMatch(
    /not HGNC's complete set.*no column hgnc_id, symbol, name/,
  );
  expect(await reason(readGenes(file("short.txt", `${hgnc}\nHGNC:3\tTHIRD`)))).toMatch(
    /line 7.*damaged row.*expected 11 columns, found 2/,
  );
  expect(await reason(readProteins(file("y.tsv", "Accession\tName\nP1\tX")))).toMatch(
    /no column Entry, Protein names among Accession, Name/,
  );
  expect(await reason(readProteins(file("plain.fasta", ">chr1\nACGT\n")))).toMatch(/line 1.*found chr1/);
  expect(await reason(readProteins(file("half.fasta", `${fasta}>sp|P1|X_Y Name OS=None\n12\n`)))).toMatch(
    /line 6.*residues 12/,
  );
});

test("the agent calls them by name, and a miss is an observation", async () => {
  const genes = await readGenes(file("agent.txt", hgnc));
  const proteins = await readProteins(file("agent.fasta", fasta));
  const model = new ScriptedModel([
    "I look the gene up.",
    "```Gene\nTP53\n```",
    "Its protein.",
    "```Protein\nP99999\n```",
    "It is at 17p13.1 [1].",
  ]);
  const { trace, answer } = await askWithTools(model, {
    question: "Where is TP53?",
    tools: [geneTool(genes), ...proteinTools(proteins)],
    rounds: 2,
  });
  expect(trace.map(({ tool }) => tool)).toEqual(["Gene", "Protein"]);
  expect(trace[0].observation).toContain("location: 17p13.1");
  expect(trace[1].observation).toMatch(/^P99999 is not in/);
  expect(answer).toContain("[1]");
});
