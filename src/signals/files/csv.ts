/**
 * Signals as CSV, TSV or semicolon-separated text: one column per lead, a header with names. The sampling rate is given
 * by the caller, by a comment (`# sampling rate: 500 Hz`), or by a column of times in seconds or milliseconds. Units
 * are in the header (`I (uV)`), in a row below it as WFDB's `rdsamp -v` writes them, in a comment (`# unit: uV`), or
 * millivolt by default.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { recording } from "../checks.ts";
import { leadName, type Recording, standardLeads } from "../types.ts";
import { inMillivolt } from "../units.ts";

/** Sampling rate and unit of a table that does not state them. */
export interface SignalCsvOptions {
  /** Hertz; required if neither a comment nor a column `time` states it. */
  rate?: number;
  /** Unit of the values. Default `mV`. A unit in the header, as `I (uV)`, takes precedence. */
  unit?: string;
}

/**
 * Maximum deviation of a time step from the mean step, as a fraction of it. Times are often rounded to milliseconds.
 */
const unevenness = 0.75;
/** A rate computed from times is rounded to this relative precision: 500 Hz, not 500.0003. */
const rateRounding = 1e-3;

const separatorOf = (line: string) => (line.includes("\t") ? "\t" : line.includes(";") ? ";" : ",");
const cellsOf = (line: string, separator: string) =>
  line.split(separator).map((cell) => cell.trim().replace(/^(["'])(.*)\1$/, "$2"));
const isNumber = (cell: string) => cell !== "" && !Number.isNaN(Number(cell));
const isMissing = (cell: string) => /^(?:|nan|-)$/i.test(cell);
const isTime = (name: string) => /^(?:elapsed[ _])?(?:time|t|seconds|sec|ms)\b|^(?:time|t)_/i.test(name);
const isCounter = (name: string) => /^(?:|sample|index|n|#)$/i.test(name.replace(/\s*(?:#|number|no\.?)$/i, ""));

/** Name and unit of a column: `I (uV)`, `V1 [mV]`. */
function nameOf(cell: string): { bare: string; unit: string | undefined } {
  const [, bare, unit] = /^(.*?)\s*(?:[([]([^)\]]+)[)\]])?$/s.exec(cell)!;
  return { bare, unit };
}

/** Whether a text is a table whose header names at least one ECG lead. */
export function isEcgCsv(start: string): boolean {
  const first = start
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .find((line) => line.trim() !== "" && !line.startsWith("#"));
  const leads: readonly string[] = standardLeads;
  const names = first === undefined ? [] : cellsOf(first, separatorOf(first)).map((cell) => nameOf(cell).bare);
  return names.some((name) => leads.includes(leadName(name))) && !names.some(isNumber);
}

/** @throws PolyclinicError `signals/csv` naming the line, when rows differ in length, a cell is not a number, times are uneven, or the sampling rate is unknown. */
export function readSignalCsv(text: string, where: string, { rate, unit }: SignalCsvOptions = {}): Recording {
  const numbered = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== "");
  const comments = numbered.filter(({ line }) => line.startsWith("#")).map(({ line }) => line);
  const [head, ...body] = numbered.filter(({ line }) => !line.startsWith("#"));
  const separator = separatorOf(head?.line ?? "");
  const header = cellsOf(head?.line ?? "", separator);
  const units = body.length > 1 && cellsOf(body[0].line, separator).every(isUnit) ? body.shift()! : undefined;
  if (head === undefined || body.length === 0 || header.every(isNumber))
    throw new PolyclinicError("signals/csv", "has no header row or no values", {
      where,
      expected: "a row of lead names, followed by rows of numbers",
    });
  const unitCells = units === undefined ? [] : cellsOf(units.line, separator);
  // Filled row by row: a wide header over many short rows must not claim their product.
  const read: number[][] = header.map(() => []);
  body.forEach(({ line, number }) => {
    const cells = cellsOf(line, separator);
    if (cells.length !== header.length)
      throw new PolyclinicError("signals/csv", "a row has a different number of cells than the header", {
        where: `${where}, line ${number}`,
        expected: String(header.length),
        found: String(cells.length),
      });
    cells.forEach((cell, i) => {
      const value = isMissing(cell) ? Number.NaN : Number(cell);
      if (!Number.isFinite(value) && !isMissing(cell))
        throw new PolyclinicError("signals/csv", "a cell is not a number", {
          where: `${where}, line ${number}, ${header[i]}`,
          expected: "a number with a decimal point, or an empty cell for a missing sample",
          found: cell,
        });
      read[i].push(value);
    });
  });
  const columns = read.map((values) => Float64Array.from(values));
  const timeAt = header.findIndex(isTime);
  const timeUnit = timeAt < 0 ? "" : (nameOf(header[timeAt]).unit ?? unitCells[timeAt] ?? header[timeAt]);
  const perSecond = /\bms\b|_ms$|milli/i.test(timeUnit) ? 1000 : 1;
  const known =
    positive(rate, where) ??
    positive(statedRate(comments), where) ??
    (timeAt < 0 ? undefined : rateOf(columns[timeAt], perSecond, body, `${where}, ${header[timeAt]}`));
  if (known === undefined)
    throw new PolyclinicError("signals/csv", "does not state its sampling rate", {
      where,
      expected:
        "a column named time, in seconds; a first line '# sampling rate: 500 Hz'; or a rate given with the file",
      hint: "Give the rate in hertz (--sampling-rate; in code samplingRate).",
    });
  const common = unit ?? statedUnit(comments) ?? "mV";
  const channels = header.flatMap((cell, i) => {
    if (i === timeAt || (isCounter(cell) && header.length > 1)) return [];
    const { bare, unit: own } = nameOf(cell);
    return [
      inMillivolt({
        name: leadName(bare),
        unit: own ?? unitCells[i] ?? common,
        samples: Float32Array.from(columns[i]),
      }),
    ];
  });
  if (channels.length === 0)
    throw new PolyclinicError("signals/csv", "has no signal column", { where, expected: "one column per lead" });
  return recording(channels, known, where);
}

const isUnit = (cell: string) => /^(?:[munµμ]?v|s|ms|seconds|milliseconds|adu|sample #?|)$/i.test(cell);

/** `# sampling rate: 500 Hz`, `# fs = 360`. */
function statedRate(comments: readonly string[]): number | undefined {
  for (const comment of comments) {
    const found =
      /\b(?:sampling[ _-]?(?:rate|frequency)|sample[ _-]?rate|rate|fs|frequency)\b\s*[:=]?\s*([\d.]+)/i.exec(comment);
    if (found !== null) return Number(found[1]);
  }
  return undefined;
}

function statedUnit(comments: readonly string[]): string | undefined {
  return comments.map((comment) => /\bunits?\b\s*[:=]\s*([munµμ]?v)\b/i.exec(comment)?.[1]).find((unit) => unit);
}

function positive(rate: number | undefined, where: string): number | undefined {
  if (rate === undefined || (rate > 0 && Number.isFinite(rate))) return rate;
  throw new PolyclinicError("signals/csv", "is not a valid sampling rate", {
    where: `${where}, sampling rate`,
    expected: "a rate above 0 Hz",
    found: String(rate),
  });
}

/** The rate from the mean spacing of the times, from which no step may deviate much. */
function rateOf(
  times: Float64Array,
  perSecond: number,
  rows: readonly { number: number }[],
  where: string,
): number | undefined {
  if (times.length < 2) return undefined;
  const step = (times[times.length - 1] - times[0]) / (times.length - 1);
  const odd = times.findIndex((time, i) => i > 0 && !(Math.abs(time - times[i - 1] - step) <= unevenness * step));
  if (!(step > 0) || odd >= 0)
    throw new PolyclinicError("signals/csv", "has times that are not evenly spaced", {
      where: `${where}, line ${rows[Math.max(0, odd)].number}`,
      expected: "equal time steps (write gaps as rows with empty cells)",
      found: odd >= 0 ? String(times[odd]) : "times that do not increase",
    });
  const rate = perSecond / step;
  const whole = Math.round(rate);
  return whole > 0 && Math.abs(rate / whole - 1) < rateRounding ? whole : rate;
}
