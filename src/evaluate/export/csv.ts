/** A run's items as CSV: one row per item, for a spreadsheet, R or a mixed model. */
import type { RunFolder } from "../run/folder.ts";
import { recordsOf } from "../run/json-lines.ts";
import type { ItemRecord } from "../run/records.ts";
import { scoreRun } from "../score/score.ts";

/** Escapes a cell so that no spreadsheet interprets it as a formula. */
export function csvCell(value: unknown): string {
  const text = value === undefined || value === null ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export const csvText = (rows: readonly (readonly unknown[])[]): string =>
  `${rows.map((row) => row.map(csvCell).join(",")).join("\n")}\n`;

/** All scored items of a run as CSV, one row per item. @throws PolyclinicError `evaluate/damaged`. */
export async function csvOf(run: RunFolder): Promise<string> {
  const { items } = await scoreRun(run);
  const scores = new Map(items.map((item) => [item.id, item]));
  const names = [...new Set(items.flatMap(({ values = {} }) => Object.keys(values)))].sort();
  const rows: unknown[][] = [
    ["id", "category", "cluster", "status", "gold", "answer", "confidence", "why", ...names, "input"],
  ];
  for await (const { id, category, cluster, input } of recordsOf<ItemRecord>(run.path("items"))) {
    const score = scores.get(id);
    rows.push([
      id,
      category,
      cluster,
      score?.status ?? "not asked",
      score?.gold,
      score?.answer,
      score?.confidence,
      score?.why,
      ...names.map((name) => score?.values?.[name]),
      input,
    ]);
  }
  return csvText(rows);
}
