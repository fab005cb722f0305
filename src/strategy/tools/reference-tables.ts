/**
 * Genes and proteins from files on this machine: the "complete set" of the HUGO Gene Nomenclature Committee (HGNC, tab-separated), and UniProt entries as FASTA or as
 * tab-separated text. An answer is what the file says of exactly the name asked for; nothing is guessed from similar names.
 */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { PolyclinicError } from "../../base/errors.ts";

/** One gene or protein: all names under which it is found, and what is said of it. */
interface Entry {
  readonly names: readonly string[];
  /** Previous symbols and aliases, which may belong to several. */
  readonly otherNames: readonly string[];
  readonly text: string;
  readonly sequence?: string;
}

/** Exact look-ups in one file. */
export class ReferenceTable {
  private readonly byName = new Map<string, Entry[]>();
  private readonly byOtherName = new Map<string, Entry[]>();

  constructor(
    /** The file, named in every answer. */
    readonly source: string,
    readonly kind: "gene" | "protein",
    entries: readonly Entry[],
  ) {
    for (const entry of entries) {
      for (const name of entry.names) add(this.byName, name, entry);
      for (const name of entry.otherNames) add(this.byOtherName, name, entry);
    }
    this.size = entries.length;
  }

  readonly size: number;

  /** What the file says; of a name that only used to be or also is one's, whose it is. Says so where there is none. */
  describe(name: string): string {
    return this.answer(name, ({ text }) => text);
  }

  /** The amino acids of a protein, with their number; of UniProt files that contain sequences. */
  sequence(name: string): string {
    return this.answer(name, ({ text, sequence }) =>
      sequence === undefined
        ? `${text.split("\n")[0]}\nThe file has no sequence of it.`
        : `${text.split("\n")[0]}\n${sequence.length} residues: ${sequence}`,
    );
  }

  private answer(name: string, say: (entry: Entry) => string): string {
    const key = keyOf(name);
    const found = this.byName.get(key) ?? [];
    if (found.length > 0) return [...found.map(say), `(${this.source})`].join("\n");
    const others = this.byOtherName.get(key) ?? [];
    if (others.length === 0)
      return `${name.trim()} is not in ${this.source} (${this.size} ${this.kind}s). This does not mean that it does not exist: check the spelling, or the file's species and version.`;
    const whose =
      others.length === 1
        ? `${name.trim()} is a previous symbol, alias or secondary name of this ${this.kind}:`
        : `${name.trim()} is a previous symbol, alias or secondary name of ${others.length} ${this.kind}s; which one is meant cannot be told from the name:`;
    return [whose, ...others.map(say), `(${this.source})`].join("\n");
  }
}

const keyOf = (name: string) => name.trim().toUpperCase();

function add(index: Map<string, Entry[]>, name: string, entry: Entry): void {
  const key = keyOf(name);
  if (key === "") return;
  const list = index.get(key);
  if (list === undefined) index.set(key, [entry]);
  else if (!list.includes(entry)) list.push(entry);
}

async function textOf(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8").replace(/^\ufeff/, "");
  } catch (cause) {
    throw new PolyclinicError("strategy/reference", "cannot be read", { where: path, cause });
  }
}

/** HGNC's lists inside a cell are separated by `|`, and quoted as a whole. */
const listOf = (cell: string) =>
  cell
    .replace(/^"(.*)"$/s, "$1")
    .split("|")
    .map((each) => each.trim())
    .filter((each) => each !== "");

interface Table {
  readonly rows: readonly ((column: string) => string)[];
}

function tableOf(text: string, path: string, required: readonly string[], what: string): Table {
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  const header = (lines[0] ?? "").split("\t");
  const missing = required.filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new PolyclinicError("strategy/reference", `is not ${what}`, {
      where: `${path}, line 1`,
      expected: `tab-separated columns, among them ${required.join(", ")}`,
      found: `no column ${missing.join(", ")}${header.length > 1 ? ` among ${header.slice(0, 6).join(", ")}` : ""}`,
    });
  return {
    rows: lines.slice(1).map((line, i) => {
      const cells = line.split("\t");
      if (cells.length > header.length || cells.length < Math.max(...required.map((name) => header.indexOf(name))) + 1)
        throw new PolyclinicError("strategy/reference", "has a damaged row", {
          where: `${path}, line ${i + 2}`,
          expected: `${header.length} columns`,
          found: String(cells.length),
        });
      return (column) => (cells[header.indexOf(column)] ?? "").trim();
    }),
  };
}

/**
 * HGNC's complete set (`hgnc_complete_set.txt`), plain or gzip.
 *
 * @throws PolyclinicError `strategy/reference` for another file or a damaged row.
 */
export async function readGenes(path: string): Promise<ReferenceTable> {
  const { rows } = tableOf(await textOf(path), path, ["hgnc_id", "symbol", "name"], "HGNC's complete set");
  const entries = rows.map((cell): Entry => {
    const [previous, aliases] = [listOf(cell("prev_symbol")), listOf(cell("alias_symbol"))];
    const lines = [
      `${cell("symbol")} (${cell("hgnc_id")}): ${cell("name")}`,
      ["status", cell("status")],
      ["type", cell("locus_type") || cell("locus_group")],
      ["location", cell("location")],
      ["previous symbols", previous.join(", ")],
      ["aliases", aliases.join(", ")],
      ["Entrez", cell("entrez_id")],
      ["Ensembl", cell("ensembl_gene_id")],
      ["UniProt", listOf(cell("uniprot_ids")).join(", ")],
      ["gene group", listOf(cell("gene_group")).join("; ")],
    ];
    return {
      names: [cell("symbol"), cell("hgnc_id"), cell("ensembl_gene_id")],
      otherNames: [...previous, ...aliases],
      text: lines
        .flatMap((line) => (typeof line === "string" ? [line] : line[1] === "" ? [] : [`${line[0]}: ${line[1]}`]))
        .join("\n"),
    };
  });
  return new ReferenceTable(path, "gene", entries);
}

/**
 * UniProt entries: FASTA as UniProt writes it, or tab-separated with at least the columns `Entry` and `Protein names`; plain or gzip.
 *
 * @throws PolyclinicError `strategy/reference` for another file or a damaged entry.
 */
export async function readProteins(path: string): Promise<ReferenceTable> {
  const text = await textOf(path);
  return new ReferenceTable(
    path,
    "protein",
    text.startsWith(">") ? fastaEntries(text, path) : tableEntries(text, path),
  );
}

function fastaEntries(text: string, path: string): Entry[] {
  let line = 1;
  return text
    .slice(1)
    .split(/\n>/)
    .map((record) => {
      const where = `${path}, line ${line}`;
      const [header, ...rows] = record.split(/\r?\n/);
      line += record.split("\n").length;
      const [, database, accession, entryName, description] =
        /^(sp|tr)\|([A-Z0-9-]+)\|(\S+)\s+(.*)$/.exec(header.trim()) ?? [];
      const sequence = rows.join("").replace(/\s/g, "");
      if (accession === undefined || !/^[A-Z*]+$/.test(sequence))
        throw new PolyclinicError("strategy/reference", "is not an entry of UniProt's FASTA", {
          where,
          expected: ">sp|ACCESSION|NAME description OS=... GN=..., then amino acids",
          found: accession === undefined ? header.slice(0, 60) : `residues ${sequence.slice(0, 30) || "missing"}`,
        });
      const field = (key: string) => new RegExp(`\\b${key}=(.*?)(?= [A-Z]{2}=|$)`).exec(description)?.[1] ?? "";
      return proteinEntry({
        accession,
        entryName,
        names: description.replace(/ [A-Z]{2}=.*$/, ""),
        genes: field("GN"),
        organism: field("OS"),
        reviewed: database === "sp",
        sequence,
      });
    });
}

function tableEntries(text: string, path: string): Entry[] {
  const { rows } = tableOf(text, path, ["Entry", "Protein names"], "UniProt's FASTA or tab-separated text");
  return rows.map((cell) =>
    proteinEntry({
      accession: cell("Entry"),
      entryName: cell("Entry Name"),
      names: cell("Protein names"),
      genes: cell("Gene Names"),
      organism: cell("Organism"),
      reviewed: /^reviewed$/i.test(cell("Reviewed")),
      ...(cell("Sequence") !== "" && { sequence: cell("Sequence") }),
      functionText: cell("Function [CC]"),
      length: cell("Length"),
    }),
  );
}

interface Protein {
  readonly accession: string;
  readonly entryName: string;
  readonly names: string;
  /** The gene's symbol, then its other names. */
  readonly genes: string;
  readonly organism: string;
  readonly reviewed: boolean;
  readonly sequence?: string;
  readonly functionText?: string;
  readonly length?: string;
}

function proteinEntry(protein: Protein): Entry {
  const { accession, entryName, names, genes, organism, reviewed, sequence, functionText, length } = protein;
  const [gene = "", ...otherGenes] = genes.split(/\s+/);
  const residues = sequence?.length.toString() ?? length ?? "";
  return {
    names: [accession, entryName, gene],
    otherNames: otherGenes,
    text: [
      `${accession}${entryName === "" ? "" : ` (${entryName})`}: ${names}`,
      ...(organism === "" ? [] : [`organism: ${organism}`]),
      ...(genes === "" ? [] : [`gene: ${genes}`]),
      ...(residues === "" ? [] : [`length: ${residues} residues`]),
      ...(functionText ? [functionText] : []),
      `entry ${reviewed ? "reviewed (Swiss-Prot)" : "not reviewed"}`,
    ].join("\n"),
    ...(sequence !== undefined && { sequence }),
  };
}
