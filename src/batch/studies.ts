/** The list of studies of a batch: a folder's entries, or the rows of a CSV. */
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { PolyclinicError } from "../base/errors.ts";
import type { AnyOptions, OptionDescription } from "../task/options.ts";

export interface BatchStudy {
  /** Unique in the batch. */
  readonly id: string;
  readonly files: readonly string[];
  /** Prior files, for a comparison. */
  readonly prior?: readonly string[];
  /** Task options of this study only, from the columns of its row. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface Listing {
  /** The options of the task, each of which may be a column. */
  readonly columns?: AnyOptions;
  /** Every file below a folder is a study; otherwise its direct files and folders are. */
  readonly recursive?: boolean;
  /** The output folder, which is skipped when it lies among the studies. */
  readonly except?: string;
}

export async function listStudies(source: string, listing: Listing = {}): Promise<BatchStudy[]> {
  const found = await stat(source).catch((cause: NodeJS.ErrnoException) => {
    throw new PolyclinicError("study/unreadable", `cannot be read (${cause.code})`, {
      where: source,
      expected: "a folder of studies or a CSV",
      cause,
    });
  });
  const studies = found.isDirectory() ? await fromFolder(source, listing) : await fromCsv(source, listing);
  if (studies.length === 0)
    throw new PolyclinicError("batch/empty", "contains no study", {
      where: source,
      expected: found.isDirectory() ? "files or folders" : "at least one row under the header",
    });
  const ids = new Set<string>();
  for (const { id } of studies) {
    if (ids.has(id))
      throw new PolyclinicError("batch/twice", "two studies have the same name", {
        where: source,
        found: id,
        hint: "Give each row its own id.",
      });
    ids.add(id);
  }
  return studies;
}

async function fromFolder(folder: string, { recursive = false, except }: Listing): Promise<BatchStudy[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive });
  const written = except === undefined ? undefined : resolve(except);
  const isWritten = (path: string) => written !== undefined && `${resolve(path)}${sep}`.startsWith(`${written}${sep}`);
  return entries
    .filter((entry) => !entry.name.startsWith(".") && (!recursive || entry.isFile()))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isWritten(path))
    .sort()
    .map((path) => ({ id: path.slice(join(folder, "/").length), files: [path] }));
}

/** Parses a cell as its option's kind; lists are separated by commas. @throws PolyclinicError `batch/cell`. */
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

async function fromCsv(path: string, { columns: described = {} }: Listing): Promise<BatchStudy[]> {
  const [header, ...rows] = parseCsv(await readFile(path, "utf8"));
  const columns = (header ?? []).map((name) => name.trim().toLowerCase());
  const at = (name: string) => columns.indexOf(name);
  const file = at("study") >= 0 ? at("study") : at("current");
  if (file < 0)
    throw new PolyclinicError("batch/columns", "the CSV has no column of studies", {
      where: path,
      expected: `study (or prior and current), and optionally id${Object.keys(described)
        .map((name) => `, ${name}`)
        .join("")}`,
      found: columns.join(", ") || "an empty file",
    });
  const folder = dirname(resolve(path));
  /** Several files of one study are separated by semicolons. */
  const files = (cell: string) => cell.split(";").map((one) => resolve(folder, one.trim()));
  return rows.map((row, i) => {
    const study = row[file]?.trim() ?? "";
    if (study === "")
      throw new PolyclinicError("batch/row", "a row names no study", { where: `${path}, row ${i + 2}` });
    const cell = (name: string) => (at(name) < 0 ? undefined : row[at(name)]?.trim() || undefined);
    const prior = cell("prior");
    const options = Object.entries(described).flatMap(([name, { kind }]) => {
      const text = cell(name.toLowerCase());
      return text === undefined ? [] : [[name, cellValue(kind, text, `${path}, row ${i + 2}, ${name}`)] as const];
    });
    return {
      id: cell("id") ?? study,
      files: files(study),
      ...(prior !== undefined && { prior: files(prior) }),
      ...(options.length > 0 && { options: Object.fromEntries(options) }),
    };
  });
}

/** RFC 4180: quotes, doubled quotes and line breaks inside them; empty lines are skipped. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
    cell = "";
  };
  const source = text.replace(/^\uFEFF/, "");
  for (let at = 0; at < source.length; at++) {
    const c = source[at];
    if (quoted && c === '"' && source[at + 1] === '"') cell += source[at++];
    else if (c === '"') quoted = !quoted;
    else if (quoted) cell += c;
    else if (c === ",") {
      row.push(cell);
      cell = "";
    } else if (c === "\n") endRow();
    else if (c !== "\r") cell += c;
  }
  endRow();
  return rows;
}
