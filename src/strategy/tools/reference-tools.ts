/** Tools of an agent that look genes and proteins up in the user's own files (Agentic-Tx's gene and protein tools, which query servers there). */
import type { ReferenceTable } from "./reference-tables.ts";
import type { Tool } from "./tool-agent.ts";

/** A tool that looks a gene up in a local table, by symbol or identifier. */
export const geneTool = (genes: ReferenceTable): Tool => ({
  name: "Gene",
  description:
    "describes a human gene from a local copy of HGNC: approved symbol, name, location, previous symbols, identifiers; takes one symbol, HGNC or Ensembl identifier.",
  example: "BRCA1",
  run: async (argument) => genes.describe(argument),
});

/** Tools that look a protein up in a local table: its description, and its sequence. */
export const proteinTools = (proteins: ReferenceTable): Tool[] => [
  {
    name: "Protein",
    description:
      "describes a protein from a local copy of UniProt: names, organism, gene, length; takes one accession, entry name or gene symbol.",
    example: "P04637",
    run: async (argument) => proteins.describe(argument),
  },
  {
    name: "Sequence",
    description:
      "gives the amino acids of a protein from a local copy of UniProt; takes one accession, entry name or gene symbol.",
    example: "P04637",
    run: async (argument) => proteins.sequence(argument),
  },
];
