/**
 * Reads the output of the user's own labelling tools in their own formats: CheXbert's CSV (one column per label; 1, 0,
 * -1 or blank), RadGraph's JSON (entities by report), GREEN's CSV (one score per pair), and the report scores of
 * CXR-Report-Metric (RadCliQ). Only F1 of labels and graphs is computed here; other scores are taken from the tool.
 */
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { chexpertLabels, type LabelledReport, type Mention, type RadGraph } from "../../measure/index.ts";
import { type Row, readRows } from "../benchmark/rows.ts";

/** Labelling tools whose output can be imported. */
export const labelTools = ["chexbert", "radgraph", "green", "radcliq"] as const;
/** Labelling tools whose output files can be read. */
export type LabelTool = (typeof labelTools)[number];

/** One row of a tool's output. */
export interface LabelRow {
  /** The item's id, if the file contains it. */
  readonly id?: string;
  /** Which of the item's two texts, if the file says so. */
  readonly side?: "candidate" | "reference";
  /** The labelled text as the tool repeats it. */
  readonly text?: string;
  readonly labels?: LabelledReport;
  readonly graph?: RadGraph;
  /** Scores of a pair of texts. */
  readonly values?: Readonly<Record<string, number>>;
}

const textColumns = ["Report Impression", "report", "text"];
const idColumns = ["id", "study_id", "item"];

/** @throws PolyclinicError `evaluate/labels` naming file, row and column. */
export async function readLabels(path: string, tool?: LabelTool): Promise<{ tool: LabelTool; rows: LabelRow[] }> {
  if (extname(path).toLowerCase() === ".json" && (tool === undefined || tool === "radgraph"))
    return { tool: "radgraph", rows: await readGraphs(path) };
  const rows = await readRows(path);
  const columns = Object.keys(rows[0] ?? {});
  const found = tool ?? recognised(columns);
  if (found === undefined || found === "radgraph")
    throw fault(
      path,
      "is not the output of a supported labelling tool",
      `a file of ${labelTools.join(", ")}`,
      columns.join(", "),
    );
  const read = { chexbert: chexbertRow, green: pairRow(greenColumns), radcliq: pairRow(radcliqColumns) }[found];
  return { tool: found, rows: rows.map((row, i) => read(row, `${basename(path)}, row ${i + 1}`)) };
}

const fault = (where: string, summary: string, expected: string, given: string) =>
  new PolyclinicError("evaluate/labels", summary, { where, expected, found: given.slice(0, 160) || "nothing" });

function recognised(columns: readonly string[]): LabelTool | undefined {
  if (chexpertLabels.every((label) => columns.includes(label))) return "chexbert";
  if (Object.values(greenColumns).some((names) => names.some((name) => columns.includes(name)))) return "green";
  if (Object.values(radcliqColumns).some((names) => names.some((name) => columns.includes(name)))) return "radcliq";
  return undefined;
}

const named = (row: Row, names: readonly string[]): string | undefined => {
  const name = names.find((candidate) => row[candidate] !== undefined && String(row[candidate]).trim() !== "");
  return name === undefined ? undefined : String(row[name]);
};

function about(row: Row, where: string): Pick<LabelRow, "id" | "side" | "text"> {
  const [id, text, side] = [named(row, idColumns), named(row, textColumns), named(row, ["side"])];
  if (side !== undefined && side !== "candidate" && side !== "reference")
    throw fault(`${where}, column side`, "is neither the candidate nor the reference", "candidate or reference", side);
  return {
    ...(id !== undefined && { id }),
    ...(text !== undefined && { text }),
    ...(side !== undefined && { side }),
  };
}

function chexbertRow(row: Row, where: string): LabelRow {
  const labels: Partial<Record<(typeof chexpertLabels)[number], Mention>> = {};
  for (const label of chexpertLabels) {
    const cell = String(row[label] ?? "").trim();
    if (row[label] === undefined) throw fault(where, "has no label column", label, Object.keys(row).join(", "));
    const mention = mentions[cell.toLowerCase()];
    if (mention === undefined)
      throw fault(`${where}, column ${label}`, "is not a valid label", "1, 0, -1 or an empty cell", cell);
    if (mention !== "blank") labels[label] = mention;
  }
  return { ...about(row, where), labels };
}

const mentions: Readonly<Record<string, Mention | "blank">> = {
  "": "blank",
  nan: "blank",
  "1": "present",
  "1.0": "present",
  "0": "absent",
  "0.0": "absent",
  "-1": "uncertain",
  "-1.0": "uncertain",
};

const greenColumns = { green: ["green_score", "green", "GREEN", "GREEN score"] } as const;
const radcliqColumns = {
  "radcliq-v0": ["RadCliQ-v0", "radcliq_v0"],
  "radcliq-v1": ["RadCliQ-v1", "radcliq_v1"],
} as const;

const pairRow =
  (columns: Readonly<Record<string, readonly string[]>>) =>
  (row: Row, where: string): LabelRow => {
    const values: Record<string, number> = {};
    for (const [name, names] of Object.entries(columns)) {
      const cell = named(row, names);
      if (cell === undefined) continue;
      if (!Number.isFinite(Number(cell)))
        throw fault(`${where}, column ${names[0]}`, "is not a number", "a score", cell);
      values[name] = Number(cell);
    }
    const { id } = about(row, where);
    // GREEN repeats both texts; the candidate alone does not identify the pair.
    const text = named(row, ["predictions", "prediction", "hyp", "candidate"]);
    if (id === undefined && text === undefined)
      throw fault(where, "does not identify its item", idColumns.join(" or "), Object.keys(row).join(", "));
    return { ...(id !== undefined && { id }), ...(text !== undefined && { text, side: "candidate" as const }), values };
  };

/** `["modify", "2"]`: its kind and the entity it leads to. */
const isRelation = (relation: unknown) =>
  Array.isArray(relation) && relation.length === 2 && relation.every((part) => typeof part === "string");

/**
 * `{"0": {"text": ..., "entities": {...}}, ...}`: the keys are line numbers, so reports are identified by their text
 * (or by `id` and `side` if added).
 */
async function readGraphs(path: string): Promise<LabelRow[]> {
  let whole: unknown;
  try {
    whole = JSON.parse(await readFile(path, "utf8"));
  } catch {
    throw fault(path, "is not JSON", "an object of reports", "other text");
  }
  if (typeof whole !== "object" || whole === null)
    throw fault(path, "is not an object", "an object of reports", JSON.stringify(whole));
  return Object.entries(whole as Record<string, Record<string, unknown>>).map(([key, report]) => {
    const where = `${basename(path)}, ${key}`;
    if (
      typeof report !== "object" ||
      report === null ||
      typeof report.entities !== "object" ||
      report.entities === null
    )
      throw fault(where, "has no entities", "text and entities", JSON.stringify(report));
    const graph: RadGraph = Object.fromEntries(
      Object.entries(report.entities as Record<string, Record<string, unknown> | null>).map(([name, entity]) => {
        const { tokens, label, relations = [] } = entity ?? {};
        if (
          typeof tokens !== "string" ||
          typeof label !== "string" ||
          !Array.isArray(relations) ||
          !relations.every(isRelation)
        )
          throw fault(
            `${where}, entity ${name}`,
            "is not a valid entity",
            "tokens, label, relations",
            JSON.stringify(entity),
          );
        return [name, { tokens, label, relations: relations as [string, string][] }];
      }),
    );
    return { ...about(report, where), graph };
  });
}
