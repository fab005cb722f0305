/** The inspection as text for a terminal. */
import type { Inspection, PartFacts } from "./describe.ts";

/** Side of the images MedGemma takes, pixels; the embedded model takes smaller ones of the same layout. */
const medgemmaSize = 896;

const headings = ["#", "kind", "modality", "name", "size", "spacing", "axes", "values", "files", "acquired"];

/** @param maxLines of each list (left out, warnings); the rest is counted. */
export function inspectionTable(inspection: Inspection, maxLines = 12): string {
  const rows = [headings, ...inspection.parts.map(row)];
  const widths = headings.map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  const used = headings.map((_, column) => rows.slice(1).some((cells) => cells[column] !== ""));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .filter((_, column) => used[column])
      .join("  ")
      .trimEnd(),
  );
  const warnings = [
    ...inspection.parts.flatMap((part) => part.warnings.map((warning) => `${part.part} ${part.label}: ${warning}`)),
    ...inspection.warnings.map(({ message, where }) =>
      where && !message.includes(where) ? `${where}: ${message}` : message,
    ),
  ];
  lines.push(...list("Warnings", warnings, maxLines));
  lines.push(...list("Left out", inspection.leftOut.map(leftOutLine), maxLines));
  if (inspection.view) {
    const { recipe, images, leftOut } = inspection.view;
    lines.push(
      "",
      `${images[0].width === medgemmaSize ? "MedGemma" : "The model"} gets ${images.length} ${images.length === 1 ? "image" : "images"} of ${images[0].width} x ${images[0].height} pixels (${recipe}).`,
    );
    lines.push(...list("Not shown to the model", leftOut, maxLines));
  }
  if (inspection.problem) lines.push("", `Cannot be laid out: ${inspection.problem}`);
  return lines.join("\n");
}

function row(part: PartFacts): string[] {
  const unit = part.spacingUnit === "um" ? " µm" : " mm";
  return [
    String(part.part),
    part.kind,
    part.modality,
    [part.label, part.bodyPart && `(${part.bodyPart.toLowerCase()})`].filter(Boolean).join(" "),
    part.kind === "document" ? `${part.size[0]} ${part.size[0] === 1 ? "page" : "pages"}` : part.size.join(" x "),
    part.spacing ? part.spacing.map((v) => Number(v.toPrecision(4))).join(" x ") + unit : "",
    part.orientation ?? "",
    part.range
      ? `${part.range.map((v) => Number(v.toPrecision(5))).join(" to ")}${part.unit === "HU" ? " HU" : ""}`
      : "",
    String(part.files),
    part.acquiredAt?.slice(0, 16).replace("T", " ") ?? "",
  ];
}

function leftOutLine({ file, reason }: { file: string; reason: string }): string {
  return reason.startsWith(file) ? reason : `${file}: ${reason}`;
}

function list(title: string, lines: readonly string[], max: number): string[] {
  if (lines.length === 0) return [];
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const all = [...counts].map(([line, count]) => `  ${line}${count > 1 ? ` (${count} times)` : ""}`);
  const shown = all.slice(0, max);
  if (all.length > max) shown.push(`  and ${all.length - max} more (--json lists them all)`);
  return ["", `${title}:`, ...shown];
}
