/** A laboratory document for the terminal: values that need attention, then all rows, then unread content. */
import type { LabDocument, LabRow } from "../../records/labs/index.ts";

export function labText({ rows, review, unread, collected, reported, specimen }: LabDocument): string {
  const lines: string[] = [];
  if (review.length > 0) {
    lines.push(`Compare with the page first (${review.length} of ${rows.length} rows):`);
    for (const row of review)
      lines.push(
        `  ${row.name} ${amount(row)} (${placeOf(row)}): ${row.review.map(({ message }) => message).join("; ")}`,
      );
    lines.push("");
  }
  const about = [
    collected && `collected ${collected}`,
    reported && `reported ${reported}`,
    specimen && `specimen ${specimen}`,
  ].filter(Boolean);
  if (about.length > 0) lines.push(about.join(", "));
  const marked = new Set(review.map(({ id }) => id));
  const cells = [
    ["", "test", "value", "unit", "range", "flag", "LOINC", "page, box"],
    ...rows.map((row) => [
      marked.has(row.id) ? "?" : "",
      row.name,
      row.value,
      row.unit ?? "",
      row.range ?? "",
      row.flag ?? "",
      row.loinc?.code ?? "",
      placeOf(row),
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  for (const row of cells)
    lines.push(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    );
  if (unread.length > 0) {
    lines.push("", "Printed in the tables, but not read as a result:");
    for (const { page, text } of unread) lines.push(`  page ${page}: ${text}`);
  }
  return lines.join("\n");
}

const amount = ({ value, unit }: LabRow) => [value, unit].filter(Boolean).join(" ");

/** The value's box in page pixels: left, top, right, bottom. */
function placeOf({ page, boxes: { value } }: LabRow): string {
  return `${page}, ${[value.x0, value.y0, value.x1, value.y1].map(Math.round).join(",")}`;
}
