/** Signals as CSV: one column per lead, a header with names, and a sampling rate or a column of times. */
import { PolyclinicError } from "../base/errors.ts";
import { recording } from "./checks.ts";
import { leadName, type Recording } from "./types.ts";
import { inMillivolt } from "./wfdb.ts";

export interface SignalCsvOptions {
  /** Hertz; required when there is no column `time` in seconds. */
  rate?: number;
  /** Unit of the values. Default `mV`. A unit in the header, as `I (uV)`, takes precedence. */
  unit?: string;
}

/** @throws PolyclinicError `signals/csv` naming the line, when rows differ in length, a cell is not a number, or the sampling rate is unknown. */
export function readSignalCsv(text: string, where: string, { rate, unit = "mV" }: SignalCsvOptions = {}): Recording {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  const separator = lines[0]?.includes("\t") ? "\t" : lines[0]?.includes(";") ? ";" : ",";
  const header = (lines[0] ?? "").split(separator).map((cell) => cell.trim().replace(/^"|"$/g, ""));
  if (lines.length < 2 || header.every((name) => name !== "" && !Number.isNaN(Number(name))))
    throw new PolyclinicError("signals/csv", "has no header and values", {
      where,
      expected: "a row of lead names, then numbers",
    });
  const columns = header.map(() => new Float32Array(lines.length - 1));
  for (let row = 1; row < lines.length; row++) {
    const cells = lines[row].split(separator);
    if (cells.length !== header.length)
      throw new PolyclinicError("signals/csv", "a row and the header differ in the number of cells", {
        where: `${where}, line ${row + 1}`,
        expected: String(header.length),
        found: String(cells.length),
      });
    cells.forEach((cell, i) => {
      const value = cell.trim() === "" || /^nan$/i.test(cell.trim()) ? Number.NaN : Number(cell);
      if (Number.isNaN(value) && !/^(|nan)$/i.test(cell.trim()))
        throw new PolyclinicError("signals/csv", "a cell is not a number", {
          where: `${where}, line ${row + 1}, ${header[i]}`,
          found: cell.trim(),
        });
      columns[i][row - 1] = value;
    });
  }
  const timeAt = header.findIndex((name) => /^(time|t|seconds)\b/i.test(name));
  const spacing =
    timeAt < 0 ? undefined : (columns[timeAt][lines.length - 2] - columns[timeAt][0]) / (lines.length - 2);
  const known = rate ?? (spacing !== undefined && spacing > 0 ? 1 / spacing : undefined);
  if (known === undefined)
    throw new PolyclinicError("signals/csv", "does not state its sampling rate", {
      where,
      expected: "a rate, or a column time in seconds",
      hint: "Give the rate in hertz.",
    });
  const channels = header.flatMap((name, i) => {
    if (i === timeAt) return [];
    const [, bare, given] = /^(.*?)\s*(?:[([]([^)\]]+)[)\]])?$/.exec(name)!;
    return [inMillivolt({ name: leadName(bare), unit: given ?? unit, samples: columns[i] })];
  });
  return recording(channels, known, where);
}
