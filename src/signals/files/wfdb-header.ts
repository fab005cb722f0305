/** The header of a WFDB record (`.hea`), after PhysioNet's header(5). */
import { PolyclinicError } from "../../base/errors.ts";
import { basename } from "../../base/host/path.ts";
import { wfdbFormats } from "./wfdb-formats.ts";

/** A signal line of a WFDB header (header(5) of the WFDB manual). */
export interface WfdbSignal {
  readonly file: string;
  readonly format: number;
  /** Bytes before the first sample. */
  readonly offset: number;
  /** Digital units per physical unit; undefined: the signal is not calibrated. */
  readonly gain: number | undefined;
  readonly baseline: number;
  readonly unit: string;
  /** Sum of all samples as a signed 16-bit number; undefined if not stated, or 0, which writers use for that. */
  readonly checksum: number | undefined;
  readonly name: string;
}

/** A parsed WFDB header of a record with one segment. */
export interface WfdbHeader {
  readonly name: string;
  readonly signals: readonly WfdbSignal[];
  /** Hertz. */
  readonly rate: number;
  /** Samples per signal; undefined: as many as the files contain. */
  readonly length: number | undefined;
  /** Start as ISO 8601, if the header has a date. */
  readonly startedAt: string | undefined;
}

const defaultRate = 250;
/** More signals than any recorder has; a larger count means a damaged or hostile header. */
const maxSignals = 512;

/** Whether a text begins like a header: a record line, then a signal or segment line. */
export function isWfdbHeader(start: string): boolean {
  const [first = "", second = ""] = numberedLines(start).map(({ line }) => line);
  if (!/^[\w.-]+(?:\/\d+)?\s+\d+(?:\s+[\d.eE+]\S*)*(?:\s+\S+)*\s*$/.test(first)) return false;
  const number = /^(?:\S+\.\w+|~)\s+(\d+)(?:x\d+)?(?::\d+)?(?:\+\d+)?(?:\s|$)/.exec(second)?.[1];
  if (/^\S+\/\d+\s/.test(first)) return /^\S+\s+\d+\s*$/.test(second);
  return number !== undefined && formatsOfManual.has(Number(number));
}

const formatsOfManual = new Set([0, 8, 16, 24, 32, 61, 80, 160, 212, 310, 311, 508, 516, 524]);

/** Without comments and blanks. */
const numberedLines = (text: string) =>
  text
    .split(/\r?\n/)
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== "" && !line.startsWith("#"));

/** Names of the signal files without folders, so that a header cannot refer to files outside its own folder. */
export const wfdbFiles = ({ signals }: WfdbHeader) => [...new Set(signals.map(({ file }) => file))];

/** @throws PolyclinicError `signals/wfdb` naming the line. */
export function readWfdbHeader(text: string, where: string): WfdbHeader {
  const numbered = numberedLines(text);
  const lines = numbered.map(({ line }) => line);
  const fault = (line: number, summary: string, expected: string, hint?: string) =>
    new PolyclinicError("signals/wfdb", summary, {
      where: `${where}, line ${numbered[line]?.number ?? (numbered.at(-1)?.number ?? 0) + 1}`,
      expected,
      found: lines[line]?.slice(0, 80) ?? "the end of the file",
      hint,
    });
  const [name, countText = "", rateText, lengthText = "0", time, date] = (lines[0] ?? "").trim().split(/\s+/);
  const count = Number(countText);
  if (name === undefined || !/^\d+$/.test(countText))
    throw fault(0, "is not a valid record line", "record name, number of signals, sampling rate, number of samples");
  const segments = /\/(\d+)$/.exec(name);
  if (segments !== null)
    throw fault(
      0,
      `has several segments (${segments[1]})`,
      "a record with one segment",
      `Open the header of one segment instead: ${segmentNames(lines.slice(1))}.`,
    );
  if (count < 1 || count > maxSignals) throw fault(0, "states an invalid number of signals", `1 to ${maxSignals}`);
  const rate = rateText === undefined ? defaultRate : Number.parseFloat(rateText);
  if (!(rate > 0) || !Number.isFinite(rate)) throw fault(0, "states an invalid sampling rate", "a rate above 0 Hz");
  const length = Number(lengthText);
  if (!Number.isSafeInteger(length) || length < 0)
    throw fault(0, "states an invalid number of samples", "a whole number of samples");
  const signals = Array.from({ length: count }, (_, i) => {
    const line = i + 1;
    const signal = readSignalLine(lines[line] ?? "");
    if (signal === undefined)
      throw fault(
        line,
        `is not a valid signal line (signal ${i + 1} of ${count})`,
        "file name, format, gain, ADC resolution, ADC zero, ..., description",
      );
    if (!wfdbFormats.has(signal.format))
      throw fault(line, `signal format ${signal.format} is not supported`, [...wfdbFormats.keys()].join(", "));
    if (signal.perFrame > 1)
      throw fault(
        line,
        `has ${signal.perFrame} samples per frame, which is not supported`,
        "the same sampling rate for all signals",
        "Resample the record to one rate, for example with xform of the WFDB tools.",
      );
    if (signal.skew > 0)
      throw fault(line, `has a skew of ${signal.skew} samples, which is not supported`, "signals without skew");
    if (signal.file === "~" || signal.file === "-" || signal.file === "")
      throw fault(line, "does not name a signal file", "the name of a file in the folder of the header");
    return signal;
  });
  return { name, signals, rate, length: length || undefined, startedAt: startOf(time, date) };
}

/** A few names, for the hint. Gaps of a record are segments named `~`. */
function segmentNames(lines: readonly string[]): string {
  const names = lines.map((line) => line.trim().split(/\s+/)[0]).filter((name) => name !== "~");
  return `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", ..." : ""}`;
}

/** `10:20:30` and `25/11/2026`. */
function startOf(time = "", date = ""): string | undefined {
  const day = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(date);
  const clock = /^(\d{1,2}):(\d{2}):(\d{2})/.exec(time);
  if (day === null) return undefined;
  const [d, m, y] = [day[1].padStart(2, "0"), day[2].padStart(2, "0"), day[3]];
  return clock === null ? `${y}-${m}-${d}` : `${y}-${m}-${d}T${clock[1].padStart(2, "0")}:${clock[2]}:${clock[3]}`;
}

/** `100.dat 212x1:0+24 200(0)/mV 11 1024 995 -22131 0 MLII` */
function readSignalLine(line: string): (WfdbSignal & { perFrame: number; skew: number }) | undefined {
  const [file = "", formatText = "", gainText = "", , zeroText, , checksumText, , ...rest] = line.trim().split(/\s+/);
  const format = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/.exec(formatText);
  const gain = /^(-?[\d.eE+-]+)?(?:\((-?\d+)\))?(?:\/(.+))?$/.exec(gainText);
  if (format === null || gain === null) return undefined;
  const zero = Number(zeroText ?? 0) || 0;
  const perUnit = Number(gain[1] ?? 0);
  if (!Number.isFinite(perUnit)) return undefined;
  const name = basename(file.replaceAll("\\", "/"));
  return {
    file: name,
    format: Number(format[1]),
    perFrame: Number(format[2] ?? 1),
    skew: Number(format[3] ?? 0),
    offset: Number(format[4] ?? 0),
    gain: perUnit === 0 ? undefined : perUnit,
    baseline: gain[2] === undefined ? zero : Number(gain[2]),
    unit: gain[3] ?? "mV",
    checksum: Number(checksumText ?? 0) || undefined,
    name: rest.join(" ") || name,
  };
}
