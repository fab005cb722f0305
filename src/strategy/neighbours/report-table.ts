/** A table of reports for an index: a CSV with the columns file and report, and optionally label and patient. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { decodeText, parseCsv } from "../../base/csv.ts";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { type EmbedFile, fileHash, type IndexedReport, NeighbourIndex } from "./neighbour-index.ts";

const code = "strategy/reports";

export interface ReportRow extends Omit<IndexedReport, "sha256"> {
  /** The image, relative to the CSV. */
  readonly path: string;
  readonly line: number;
}

/** @throws PolyclinicError `strategy/reports` naming the line and column. */
export async function readReportTable(path: string): Promise<ReportRow[]> {
  const bad = (where: string, expected: string, found: string, cause?: unknown) =>
    new PolyclinicError(code, "is not a valid table of reports", { where, expected, found, cause });
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw bad(path, "a readable CSV file with the columns file and report", cause.code ?? cause.message, cause);
  });
  const { rows } = parseCsv(decodeText(bytes, { where: path, code }), { where: path, code });
  const [head, ...body] = rows;
  const names = (head?.cells ?? []).map((name) => name.trim().toLowerCase());
  for (const name of ["file", "report"])
    if (!names.includes(name)) throw bad(path, `a column named ${name}`, names.join(", ") || "an empty file");
  const read = body.map(({ line, cells }) => {
    const of = (name: string) => {
      const at = names.indexOf(name);
      return at < 0 ? "" : (cells[at] ?? "").trim();
    };
    for (const name of ["file", "report"])
      if (of(name) === "") throw bad(`${path}, line ${line}, column ${name}`, "a value", "an empty cell");
    const [label, patient] = [of("label"), of("patient")];
    return {
      id: of("file"),
      path: resolve(dirname(path), of("file")),
      line,
      report: of("report"),
      ...(label !== "" && { label }),
      ...(patient !== "" && { patient }),
    };
  });
  if (read.length === 0) throw bad(path, "at least one report", "none");
  return read;
}

/**
 * @param embedder its name, as the index records it.
 * @param patientsOf the patient of a file whose row names none, by every identifier; the first is kept.
 * @throws the reader's errors, and `abort/aborted`.
 */
export async function indexOf(
  rows: readonly ReportRow[],
  embedder: string,
  embed: EmbedFile,
  {
    signal,
    onProgress,
    patientsOf,
  }: Work & { readonly patientsOf?: (path: string) => Promise<readonly string[]> } = {},
): Promise<NeighbourIndex> {
  const vectors: Float32Array[] = [];
  const reports: IndexedReport[] = [];
  for (const [i, { path, line: _, ...row }] of rows.entries()) {
    throwIfAborted(signal);
    vectors.push(await embed(path));
    const patient = row.patient ?? (await patientsOf?.(path))?.[0];
    reports.push({ ...row, ...(patient !== undefined && { patient }), sha256: await fileHash(path) });
    onProgress?.({ stage: "embedding", done: i + 1, total: rows.length });
  }
  return NeighbourIndex.of(embedder, reports, vectors);
}
