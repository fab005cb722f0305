/**
 * The studies of a CSV, one per row. Anything that could assign files or text to the wrong study is an error with its
 * line: a row of another length, an empty file name (which would mean the folder of the CSV), a cell that contains the
 * rows below it, a study that contains another.
 */
import { readFile, stat } from "node:fs/promises";
import { dirname, extname, resolve, sep } from "node:path";
import { type CsvRow, decodeText, parseCsv } from "../base/csv.ts";
import { PolyclinicError } from "../base/errors.ts";
import { unreadable } from "../bytes/index.ts";
import type { AnyOptions, OptionDescription } from "../task/options.ts";
import type { BatchStudy } from "./studies.ts";

interface Located {
  readonly study: BatchStudy;
  readonly hasId: boolean;
  readonly where: string;
}

/** @throws PolyclinicError `file/unreadable`, `batch/columns`, `batch/row`, `batch/cell`. */
export async function studiesOfCsv(
  path: string,
  described: AnyOptions,
): Promise<{ studies: BatchStudy[]; ownIds: string[]; warnings: string[] }> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const named = { where: path, code: "batch/row" };
  const { rows, separator } = parseCsv(decodeText(bytes, named), named);
  const [header, ...others] = rows;
  const columns = columnsOf(path, header, described);
  const located: Located[] = [];
  for (const row of others) located.push(await studyOf(path, row, { columns, separator, described }));
  requireDisjointFolders(located);
  const known = new Set([
    "study",
    "current",
    "prior",
    "id",
    ...Object.keys(described).map((name) => name.toLowerCase()),
  ]);
  const unused = columns.filter((name) => name !== "" && !known.has(name));
  return {
    studies: located.map(({ study }) => study),
    ownIds: located.flatMap(({ study, hasId }) => (hasId ? [study.id] : [])),
    warnings:
      unused.length === 0
        ? []
        : [`${path}: these columns are not options of the task and are ignored: ${unused.join(", ")}`],
  };
}

/** Column names in lower case. */
function columnsOf(path: string, header: CsvRow | undefined, described: AnyOptions): string[] {
  const columns = (header?.cells ?? []).map((name) => name.trim().toLowerCase());
  const fault = (summary: string, found: string) =>
    new PolyclinicError("batch/columns", summary, {
      where: path,
      expected: `study (or prior and current), and optionally id${Object.keys(described)
        .map((name) => `, ${name}`)
        .join("")}`,
      found,
    });
  if (!columns.includes("study") && !columns.includes("current"))
    throw fault("the CSV has no column with the studies' files", columns.join(", ") || "an empty file");
  if (columns.includes("study") && columns.includes("current"))
    throw fault("the CSV has two columns with the studies' files", "columns study and current");
  const seen = new Set<string>();
  const twice = columns.find((name) => name !== "" && seen.size === seen.add(name).size);
  if (twice !== undefined) throw fault("two CSV columns have the same name", twice);
  return columns;
}

interface Reading {
  readonly columns: readonly string[];
  readonly separator: string;
  readonly described: AnyOptions;
}

async function studyOf(path: string, row: CsvRow, { columns, separator, described }: Reading): Promise<Located> {
  const where = `${path}, line ${row.line}`;
  if (row.cells.length !== columns.length)
    throw new PolyclinicError("batch/row", "the row and the header have different numbers of cells", {
      where,
      expected: `${columns.length} cells, as in the header`,
      found: `${row.cells.length} cells`,
      hint: `Put a cell that contains a ${separator === "\t" ? "tab" : separator} or a line break in quotation marks.`,
    });
  const cell = (name: string) =>
    columns.includes(name) ? row.cells[columns.indexOf(name)].trim() || undefined : undefined;
  const at = columns.includes("study") ? "study" : "current";
  const study = cell(at);
  if (study === undefined)
    throw new PolyclinicError("batch/row", "the row has an empty file name", {
      where,
      expected: `a path in the column ${at}`,
    });
  const folder = dirname(resolve(path));
  await requireNoSwallowedRow(path, row, { folder, study, separator, width: columns.length, at: columns.indexOf(at) });
  const prior = cell("prior");
  const options = Object.entries(described).flatMap(([name, { kind }]) => {
    const text = cell(name.toLowerCase());
    return text === undefined ? [] : [[name, cellValue(kind, text, `${where}, ${name}`)] as const];
  });
  const files = await filesOf(folder, study, where);
  return {
    where,
    hasId: cell("id") !== undefined,
    study: {
      id: cell("id") ?? study,
      files,
      ...(prior !== undefined && { prior: await filesOf(folder, prior, where) }),
      ...(options.length > 0 && { options: Object.fromEntries(options) }),
    },
  };
}

/** Several files of one study are separated by semicolons, unless a file with the whole name exists. */
async function filesOf(folder: string, cell: string, where: string): Promise<string[]> {
  const whole = resolve(folder, cell);
  const names = cell.includes(";") && !(await isThere(whole)) ? cell.split(";").map((name) => name.trim()) : [cell];
  if (names.includes(""))
    throw new PolyclinicError("batch/row", "an empty file name", {
      where,
      expected: "file names separated by single semicolons",
      found: cell,
    });
  // A patient on a FHIR server is given by a URL.
  const files = names.map((name) => (/^https?:\/\//i.test(name) ? name : resolve(folder, name)));
  if (new Set(files).size < files.length)
    throw new PolyclinicError("batch/row", "the row lists the same file twice", { where, found: cell });
  return files;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * A quote opened by mistake and closed further down merges the rows between into one cell. A line inside a cell counts
 * as such a row if it has as many cells as a row, and its file cell names an existing file or resembles this row's.
 */
async function requireNoSwallowedRow(
  path: string,
  { line, inside }: CsvRow,
  {
    folder,
    study,
    separator,
    width,
    at,
  }: { folder: string; study: string; separator: string; width: number; at: number },
): Promise<void> {
  const ending = extname(study).toLowerCase();
  for (const { line: within, text } of inside) {
    const cells = text.split(separator);
    const name = cells[at]?.trim().replace(/^"|"$/g, "") ?? "";
    if (cells.length < width || name === "" || (width === 1 && !name.includes("."))) continue;
    if ((ending === "" || extname(name).toLowerCase() !== ending) && !(await isThere(resolve(folder, name)))) continue;
    throw new PolyclinicError("batch/row", "a quoted cell contains what looks like another row", {
      where: `${path}, lines ${line} to ${within}`,
      found: text.slice(0, 80),
      hint: "Close the quotation mark on the line where it was opened.",
    });
  }
}

/** Rejects studies that contain files of another: answers about one would be based on images of the other. */
function requireDisjointFolders(located: readonly Located[]): void {
  const owners = new Map<string, string>();
  for (const { study, where } of located)
    for (const file of [...study.files, ...(study.prior ?? [])]) if (!owners.has(file)) owners.set(file, where);
  for (const [file, inner] of owners)
    for (let above = dirname(file); above !== dirname(above); above = dirname(above)) {
      const outer = owners.get(above);
      if (outer === undefined) continue;
      throw new PolyclinicError("batch/row", "a file of this study is inside the folder of another study", {
        where: inner,
        found: `${file}, inside ${above}${sep} of ${outer.slice(outer.lastIndexOf(", ") + 2)}`,
        hint: "List each study's files instead of a folder.",
      });
    }
}

/** Converts a cell to its option's kind; lists are separated by commas. @throws PolyclinicError `batch/cell`. */
function cellValue(kind: OptionDescription["kind"], text: string, where: string): unknown {
  switch (kind) {
    case "text":
      return text;
    case "list":
      return text.split(",").map((one) => one.trim());
    case "number": {
      const value = Number(text);
      if (!Number.isFinite(value)) throw badCell(where, "a number", text);
      return value;
    }
    case "boolean":
      if (!/^(?:true|false|yes|no)$/i.test(text)) throw badCell(where, "true or false", text);
      return /^(?:true|yes)$/i.test(text);
    case "json":
      try {
        return JSON.parse(text);
      } catch (cause) {
        throw badCell(where, "JSON", text.slice(0, 40), cause);
      }
  }
}

function badCell(where: string, expected: string, found: string, cause?: unknown): PolyclinicError {
  return new PolyclinicError("batch/cell", "a cell cannot be read", { where, expected, found, cause });
}
