/**
 * Joins the output of the user's own labelling tools to a run: stored as `labels/TOOL.jsonl` with the tool's version
 * and the file's hash, and reported as metrics.
 */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { writeWhole } from "../../base/files.ts";
import type { LabelledReport, RadGraph } from "../../measure/index.ts";
import { fileHash } from "../benchmark/load.ts";
import type { RunFolder } from "../run/folder.ts";
import { recordsOf } from "../run/json-lines.ts";
import { type ScoredItem, scoreRun } from "../score/score.ts";
import { type LabelRow, type LabelTool, readLabels } from "./read.ts";

/** The first line of a file of labels. */
export interface LabelSource {
  readonly tool: LabelTool;
  /** As stated by the user: the tool's version or commit, and its weights. */
  readonly version: string;
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

/** A further line of the file: the tool's labels of one item. */
export interface ItemLabels {
  readonly id: string;
  readonly labels?: { readonly candidate: LabelledReport; readonly reference: LabelledReport };
  readonly graphs?: { readonly candidate: RadGraph; readonly reference: RadGraph };
  readonly values?: Readonly<Record<string, number>>;
}

export interface LabelSet extends LabelSource {
  readonly items: ReadonlyMap<string, ItemLabels>;
}

/** Result of joining the files of a labelling tool with the items of a run. */
export interface JoinedLabels extends LabelSource {
  /** Number of items with labels. */
  readonly items: number;
  /** Items with an answer and a reference for which the files have no labels. */
  readonly missing: readonly string[];
  /** Rows whose text does not belong to this run. */
  readonly strange: number;
}

/** Tools truncate, join and lower-case texts, so texts are compared by their letters only. */
const plain = (text: string) => text.toLowerCase().replace(/\s+/g, "");

/**
 * Joins the rows of one tool's files to a run's items: by `id` (and `side`) if the files contain them, otherwise by the
 * labelled text. Writes `labels/TOOL.jsonl`.
 *
 * @throws PolyclinicError `evaluate/labels`.
 */
export async function addLabels(
  run: RunFolder,
  files: readonly string[],
  { tool: requestedTool, version }: { readonly tool?: LabelTool; readonly version: string },
): Promise<JoinedLabels> {
  if (version.trim() === "")
    throw new PolyclinicError("evaluate/labels", "the version of the labelling tool is not given", {
      where: files.join(", "),
      expected: "its version or commit, and its weights",
      hint: "Results of different versions cannot be compared.",
    });
  const read = await Promise.all(files.map((file) => readLabels(file, requestedTool)));
  const tools = [...new Set(read.map(({ tool }) => tool))];
  if (tools.length !== 1)
    throw new PolyclinicError("evaluate/labels", "the files come from different tools", {
      where: files.join(", "),
      expected: "files of one tool",
      found: tools.join(", "),
    });
  const [tool] = tools;
  const rows = read.flatMap(({ rows: own }) => own);
  const { items } = await scoreRun(run, { texts: true });
  const rated = items.filter(({ texts }) => texts !== undefined);
  const byId = new Map<string, LabelRow[]>();
  const byText = new Map<string, LabelRow>();
  for (const row of rows) {
    if (row.id !== undefined) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
    if (row.text !== undefined) byText.set(plain(row.text), row);
  }
  const used = new Set<LabelRow>();
  const missing: string[] = [];
  const records = rated.flatMap((item): ItemLabels[] => {
    const record = recordOf(tool, item, byId.get(item.id) ?? [], byText, used);
    if (record === undefined) missing.push(item.id);
    return record === undefined ? [] : [record];
  });
  if (records.length === 0)
    throw new PolyclinicError("evaluate/labels", "no row matches a text of this run", {
      where: files.join(", "),
      expected: "item ids with a column side, or the texts of `evaluate export RUN --texts`",
      found: JSON.stringify(rows[0] ?? {}).slice(0, 160),
    });
  const source: LabelSource = {
    tool,
    version,
    files: await Promise.all(files.map(async (file) => ({ name: basename(file), sha256: await fileHash(file) }))),
  };
  const lines = [source, ...records].map((line) => `${JSON.stringify(line)}\n`);
  await writeWhole(join(run.folder, "labels", `${tool}.jsonl`), lines.join(""), { overwrite: true });
  return { ...source, items: records.length, missing, strange: rows.filter((row) => !used.has(row)).length };
}

function recordOf(
  tool: LabelTool,
  { id, texts, status }: ScoredItem,
  own: readonly LabelRow[],
  byText: ReadonlyMap<string, LabelRow>,
  used: Set<LabelRow>,
): ItemLabels | undefined {
  const sideOf = (side: "candidate" | "reference", text: string) => {
    const row = own.find((candidate) => candidate.side === side) ?? byText.get(plain(text));
    if (row !== undefined) used.add(row);
    return row;
  };
  if (tool === "green" || tool === "radcliq") {
    const row = own[0] ?? byText.get(plain(texts!.candidate));
    if (row !== undefined) used.add(row);
    return row?.values === undefined ? undefined : { id, values: row.values };
  }
  const reference = sideOf("reference", texts!.references[0]);
  // An unparsed answer has no labels and no entities.
  const silent = status === "unparsed" || status === "refused" || status === "error";
  const candidate: LabelRow | undefined = silent ? { labels: {}, graph: {} } : sideOf("candidate", texts!.candidate);
  if (candidate?.labels !== undefined && reference?.labels !== undefined)
    return { id, labels: { candidate: candidate.labels, reference: reference.labels } };
  if (candidate?.graph !== undefined && reference?.graph !== undefined)
    return { id, graphs: { candidate: candidate.graph, reference: reference.graph } };
  return undefined;
}

/** All labels stored in a run. */
export async function labelsOf(run: RunFolder): Promise<LabelSet[]> {
  const folder = join(run.folder, "labels");
  const sets: LabelSet[] = [];
  for (const name of (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".jsonl")).sort()) {
    let source: LabelSource | undefined;
    const items = new Map<string, ItemLabels>();
    for await (const line of recordsOf<LabelSource | ItemLabels>(join(folder, name)))
      if ("tool" in line) source = line;
      else items.set(line.id, line);
    if (source !== undefined) sets.push({ ...source, items });
  }
  return sets;
}
