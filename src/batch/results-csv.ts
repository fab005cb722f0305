/** The results of a batch as a table for spreadsheets, one row per study: the answer, and beside it its limits. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { csvLine } from "../base/csv.ts";
import { PolyclinicError } from "../base/errors.ts";
import { requireFolder, writeWhole } from "../base/files.ts";
import type { Task } from "../task/define.ts";
import type { LabelProbability } from "../task/result.ts";
import type { Line } from "./lines.ts";

const columns = ["id", "status", "answer", "probability", "cautions", "problems", "error", "files"] as const;
const header = csvLine(columns);

type Row = Line | Pick<Line, "id" | "files">;

/**
 * Starts with a byte order mark, by which spreadsheets recognise UTF-8; lines end in CR LF. Studies without a line have
 * the status `not answered`.
 */
export async function* resultsCsv(task: Task, rows: AsyncIterable<Row> | Iterable<Row>): AsyncGenerator<string> {
  yield `\uFEFF${header}`;
  for await (const row of rows) yield csvLine(cellsOf(task, row));
}

function cellsOf(task: Task, line: Row): (string | undefined)[] {
  const files = line.files.join(";");
  if (!("status" in line)) return [line.id, "not answered", "", "", "", "", "", files];
  const { id, status, result, error } = line;
  const answer = result?.parse.status === "parsed" ? task.text(result.answer) : undefined;
  return [
    id,
    status,
    answer,
    probabilityOf(result?.answer),
    result?.cautions?.join(" | "),
    result?.parse.problems.join(" | "),
    error && `${error.code}: ${error.message}`,
    files,
  ];
}

/** The probability of the chosen options of a closed answer, if the model returned probabilities. */
function probabilityOf(answer: unknown): string | undefined {
  const fields = (answer ?? {}) as {
    probabilities?: readonly LabelProbability[];
    labels?: readonly string[];
    course?: string;
    answer?: string;
  };
  const chose = fields.labels ?? [fields.course ?? fields.answer];
  const chosen = fields.probabilities?.filter(({ label }) => chose.includes(label)) ?? [];
  return chosen.length === 0 ? undefined : chosen.map((one) => one.probability.toFixed(4)).join(" | ");
}

/**
 * An existing table of an earlier run may be replaced, any other file not. @throws PolyclinicError `file/exists`,
 * `file/write`.
 */
export async function requireOwnCsv(path: string): Promise<void> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    return "";
  });
  if (text === undefined) return requireFolder(dirname(resolve(path)), path);
  if (text.startsWith(`\uFEFF${header}`)) return;
  throw new PolyclinicError("file/exists", "already exists and is not a table written by polyclinic batch", {
    where: path,
    hint: "Choose another name or remove the file first.",
  });
}

export async function writeResultsCsv(path: string, task: Task, rows: Parameters<typeof resultsCsv>[1]): Promise<void> {
  await requireOwnCsv(path);
  await writeWhole(
    path,
    async (file) => {
      for await (const row of resultsCsv(task, rows)) await file.writeFile(row);
    },
    { overwrite: true },
  );
}
