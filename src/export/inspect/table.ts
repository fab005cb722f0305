/** The inspection as text for a terminal. */
import type { Inspection, PartFacts } from "./describe.ts";

const headings = ["#", "kind", "modality", "name", "size", "spacing", "axes", "values", "files", "acquired"];

/** Maximum number of lines per list (left out, warnings); the rest is counted. */
const maxLines = 12;
/** From this number on, images that differ only in their name are summarised in one line. */
const summariseFrom = 12;

/** @param model name of the view's model. Default: MedGemma. */
export function inspectionTable(inspection: Inspection, model = "MedGemma"): string {
  const rows = [headings, ...runsOf(inspection.parts).map((run) => (run.length < 2 ? row(run[0]) : rowOfRun(run)))];
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
  lines.push(...list("Warnings", warnings));
  lines.push(...list("Left out", inspection.leftOut.map(leftOutLine)));
  if (inspection.view) {
    const { recipe, leftOut } = inspection.view;
    lines.push("", `${model} receives ${given(inspection.view)} (${recipe}).`);
    lines.push(...list("Not shown to the model", leftOut));
  }
  if (inspection.problem) lines.push("", `Cannot be prepared for the model: ${inspection.problem}`);
  return lines.join("\n");
}

/** `2 images of 896 x 896 pixels and 1 text`. */
function given({ images, texts = [] }: NonNullable<Inspection["view"]>): string {
  const pictures = `${images.length} ${images.length === 1 ? "image" : "images"}`;
  return [
    images.length > 0 && `${pictures} of ${images[0].width} x ${images[0].height} pixels`,
    texts.length > 0 && `${texts.length} ${texts.length === 1 ? "text" : "texts"}`,
  ]
    .filter(Boolean)
    .join(" and ");
}

/** Groups consecutive similar images if there are many. */
function runsOf(parts: readonly PartFacts[]): PartFacts[][] {
  const alike = ({ kind, modality, bodyPart, acquiredAt, spacing, files }: PartFacts) =>
    kind === "image" ? JSON.stringify([modality, bodyPart, acquiredAt, spacing, files]) : undefined;
  const runs: PartFacts[][] = [];
  for (const part of parts) {
    const run = runs.at(-1);
    const key = alike(part);
    if (run !== undefined && key !== undefined && alike(run[0]) === key) run.push(part);
    else runs.push([part]);
  }
  return runs.flatMap((run) => (run.length < summariseFrom ? run.map((part) => [part]) : [run]));
}

function rowOfRun(run: readonly PartFacts[]): string[] {
  const last = run[run.length - 1];
  const cells = row(run[0]);
  const sizes = [...new Set(run.map(({ size }) => size.join(" x ")))];
  cells[0] = `${run[0].part}-${last.part}`;
  cells[3] = `${run[0].label} to ${last.label}`;
  cells[4] = sizes.length <= 2 ? sizes.join(", ") : `${sizes[0]} and ${sizes.length - 1} other sizes`;
  cells[8] = String(run.reduce((sum, { files }) => sum + files, 0));
  return cells;
}

function row(part: PartFacts): string[] {
  const unit = part.spacingUnit === "um" ? " µm" : " mm";
  return [
    String(part.part),
    part.kind,
    part.modality,
    [part.label, part.bodyPart && `(${part.bodyPart.toLowerCase()})`].filter(Boolean).join(" "),
    sizeOf(part),
    part.spacing ? part.spacing.map((v) => Number(v.toPrecision(4))).join(" x ") + unit : "",
    part.orientation ?? "",
    part.range
      ? `${part.range.map((v) => Number(v.toPrecision(5))).join(" to ")}${part.unit === "HU" ? " HU" : ""}`
      : "",
    String(part.files),
    part.acquiredAt?.slice(0, 16).replace("T", " ") ?? "",
  ];
}

function sizeOf({ kind, size, duration }: PartFacts): string {
  if (kind === "video") return `${size.join(" x ")}, ${duration} s`;
  if (kind === "document") return `${size[0]} ${size[0] === 1 ? "page" : "pages"}`;
  if (kind === "record") return `${size[0]} facts`;
  if (kind === "waveform") return `${size[0]} samples x ${size[1]} leads`;
  return kind === "text" ? `${size[0]} characters` : size.join(" x ");
}

function leftOutLine({ file, reason }: { file: string; reason: string }): string {
  return reason.startsWith(file) ? reason : `${file}: ${reason}`;
}

function list(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const all = [...counts].map(([line, count]) => `  ${line}${count > 1 ? ` (${count} times)` : ""}`);
  const shown = all.slice(0, maxLines);
  if (all.length > maxLines) shown.push(`  and ${all.length - maxLines} more (--json lists them all)`);
  return ["", `${title}:`, ...shown];
}
