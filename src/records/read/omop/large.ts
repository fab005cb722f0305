/**
 * OMOP tables of any size: they are read in chunks, and only one patient's rows, with the concepts and providers that these name, are kept in
 * memory.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { ReadOptions, RecordSet } from "../../record.ts";
import { readCsv, separatorOf } from "./csv.ts";
import { readOmop } from "./index.ts";
import { tables } from "./tables.ts";

/** Rows of a table, with the header, and the lines of the file on which they begin. */
export interface SomeRows {
  text: string;
  lines: readonly number[];
}

/** Opens a table from its beginning; some are read twice. */
export type OpenTable = () => AsyncIterable<Uint8Array>;

/** Of one patient: more is no record that a person or a model could look at. */
const maxKept = 128 * 2 ** 20;
/** A row that is longer has a quotation mark that is not closed. */
const maxRow = 64 * 2 ** 20;

/**
 * One patient of tables by name (`measurement` or `measurement.csv`), otherwise as `readOmop`.
 *
 * @throws `records/several-patients` when `person` has several and `options.patient` chooses none by person_id, `limit/bytes` when the rows kept
 * are more than 128 MiB.
 */
export async function readLargeOmop(
  files: Readonly<Record<string, OpenTable>>,
  options: ReadOptions = {},
): Promise<RecordSet> {
  const named = new Map(
    Object.entries(files).map(([file, open]) => [
      file
        .replace(/^.*[\\/]/, "")
        .replace(/\.(csv|tsv)$/i, "")
        .toLowerCase(),
      open,
    ]),
  );
  const patient = await chosenPerson(named.get("person"), options);
  const selected: Record<string, SomeRows> = {};
  let size = 0;
  const keep = async (name: string, select: (cell: Cell) => boolean) => {
    const open = named.get(name);
    if (open === undefined) return;
    selected[name] = await rowsOf(open(), name, select, (length) => {
      size += length;
      if (size > maxKept)
        throw new PolyclinicError("limit/bytes", "the rows of the patient are too large to be read into memory", {
          where: name,
          expected: `at most ${maxKept} bytes of one patient`,
          hint: "Export fewer tables or a shorter period.",
        });
    });
  };
  const own = ["person", "death", "note", ...Object.keys(tables)];
  for (const name of own)
    await keep(name, (cell) => {
      const id = cell("person_id");
      // Rows without a patient are reported.
      return id === undefined || id === patient;
    });
  const concepts = new Set<string>();
  const providers = new Set<string>();
  for (const [name, rows] of Object.entries(selected)) {
    const header = rows.text.slice(0, Math.max(0, rows.text.indexOf("\n")));
    const columns = header.toLowerCase().match(/\w+_concept_id/g) ?? [];
    for (const row of readCsv(rows, name)) {
      for (const column of columns) concepts.add(plainId(row.get(column)) ?? "");
      providers.add(plainId(row.get("provider_id")) ?? "");
    }
  }
  await keep("concept", (cell) => concepts.has(cell("concept_id") ?? ""));
  await keep("provider", (cell) => providers.has(cell("provider_id") ?? ""));
  const rest = [...named.keys()].filter((name) => !own.includes(name) && name !== "concept" && name !== "provider");
  return readOmop({ ...selected, ...Object.fromEntries(rest.map((name) => [name, ""])) }, options);
}

/** @throws `records/several-patients`, `records/no-patient`, with the first of those in the table. */
async function chosenPerson(open: OpenTable | undefined, { patient, name }: ReadOptions): Promise<string> {
  const select = patient?.trim();
  const some = new Set<string>();
  let count = 0;
  let there = open === undefined;
  if (open !== undefined)
    await rowsOf(open(), "person", (cell) => {
      const id = cell("person_id");
      if (id === undefined || some.has(id)) return false;
      count++;
      there ||= id === select;
      if (some.size < 20) some.add(id);
      return false;
    });
  if (select !== undefined && there) return select;
  if (select === undefined && count === 1) return [...some][0];
  const none = select !== undefined || count === 0;
  const more = count > some.size ? `, and ${count - some.size} more` : "";
  throw new PolyclinicError(
    none ? "records/no-patient" : "records/several-patients",
    select !== undefined
      ? `no patient is called ${select}`
      : count === 0
        ? "the tables are too large to be read at once, and no table `person` says whose they are"
        : "the tables hold more than one patient",
    {
      where: name,
      expected: "one patient, or a choice",
      ...(count > 0 && { found: `${count} ${count === 1 ? "patient" : "patients"}: ${[...some].join(", ")}${more}` }),
      hint: "Choose one by person_id (--patient; in code: patient).",
    },
  );
}

const plainId = (cell: string | undefined) => cell?.replace(/^(\d+)\.0+$/, "$1");

/** A cell of the row by lower-case column name; ids without `.0`. */
type Cell = (column: string) => string | undefined;

/** The header and the rows that are wanted. @param onKept is told the length of each row kept. */
async function rowsOf(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
  select: (cell: Cell) => boolean,
  onKept?: (length: number) => void,
): Promise<SomeRows> {
  const parts: string[] = [];
  const lines: number[] = [];
  let separator = ",";
  let columns: Map<string, number> | undefined;
  let row = "";
  const cell: Cell = (column) => {
    const index = columns?.get(column);
    const found = index === undefined ? undefined : cellAt(row, index, separator);
    return found === undefined || found === "" || found === "NULL" || found === "\\N" ? undefined : plainId(found);
  };
  await eachRow(chunks, where, (text, line) => {
    row = text;
    if (columns === undefined) {
      separator = separatorOf(text);
      columns = new Map(
        text.split(separator).map((name, index) => [
          name
            .trim()
            .replace(/^"(.*)"$/, "$1")
            .toLowerCase(),
          index,
        ]),
      );
      parts.push(text);
    } else if (text !== "" && select(cell)) {
      onKept?.(text.length);
      parts.push(text);
      lines.push(line);
    }
  });
  return { text: parts.join("\n"), lines };
}

/** The cell of a row, trimmed, without quotation marks around it. */
function cellAt(row: string, index: number, separator: string): string | undefined {
  let at = 0;
  for (let i = 0; ; i++) {
    let end = at;
    if (row[at] === '"') {
      end = closing(row, at);
      if (end < 0) return undefined;
    }
    end = row.indexOf(separator, end);
    if (i === index) {
      const text = row.slice(at, end < 0 ? row.length : end).trim();
      return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"').trim() : text;
    }
    if (end < 0) return undefined;
    at = end + 1;
  }
}

/** The place after the quotation mark that closes the one at `at`; -1 if there is none. */
function closing(text: string, at: number): number {
  for (let i = at + 1; ; i += 2) {
    i = text.indexOf('"', i);
    if (i < 0) return -1;
    if (text[i + 1] !== '"') return i + 1;
  }
}

/** Calls back with each row and the line on which it begins; line ends inside quotation marks belong to the row. */
async function eachRow(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
  use: (row: string, line: number) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  let line = 1;
  let separator: string | undefined;
  const take = (block: string, last: boolean) => {
    let at = 0;
    let quote = block.indexOf('"');
    while (at < block.length) {
      let end = block.indexOf("\n", at);
      if (end < 0) end = last ? block.length : -1;
      if (quote >= 0 && quote < at) quote = block.indexOf('"', at);
      if (end >= 0 && quote >= 0 && quote < end) {
        separator ??= separatorOf(block);
        end = endOf(block, at, separator, last);
      }
      if (end < 0) break;
      const row = block.slice(at, block[end - 1] === "\r" && end > at ? end - 1 : end);
      use(row, line);
      for (let i = block.indexOf("\n", at); i >= 0 && i <= end; i = block.indexOf("\n", i + 1)) line++;
      at = end + 1;
    }
    rest = block.slice(at);
    if (rest.length > maxRow)
      throw new PolyclinicError("records/csv", `the row on line ${line} does not end`, {
        where,
        hint: "A quotation mark that begins a cell is not closed, or the lines end in another way.",
      });
  };
  for await (const chunk of chunks) take(rest + decoder.decode(chunk, { stream: true }), false);
  take(rest + decoder.decode(), true);
}

/** The line end after the row that begins at `from`, whose cells may be quoted. */
function endOf(block: string, from: number, separator: string, last: boolean): number {
  let at = from;
  for (;;) {
    if (block[at] === '"') {
      at = closing(block, at);
      if (at < 0) return last ? block.length : -1;
    }
    while (at < block.length && block[at] !== separator && block[at] !== "\n") at++;
    if (at >= block.length) return last ? block.length : -1;
    if (block[at] === "\n") return at;
    at++;
  }
}
