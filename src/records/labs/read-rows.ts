/** Converts raw rows to validated ones: parses numbers, ranges, flags, units and codes, and adds the marks of each check. */
import { codeTest, findTest, readUnit, readUnits, respell, unitLike } from "../terms/index.ts";
import { checkRow } from "./checks.ts";
import { type DecimalMark, type PrintedNumber, type PrintedRange, readFlag, readNumber, readRange } from "./numbers.ts";
import type { LabRow, RawRow, ReviewMark } from "./row.ts";

/** OCR confidence below which a value is marked: at this value, about one in a thousand is wrong. */
const minConfidence = 0.9;

export function readRows(raw: readonly RawRow[], mark: DecimalMark | undefined): LabRow[] {
  const counts = new Map<number, number>();
  const units = new Set(
    raw.flatMap((row) => {
      const print = row.unit === undefined ? undefined : unitOf(row, readNumber(row.value, mark), new Set());
      return print !== undefined && readUnits(print).length > 0 ? [print] : [];
    }),
  );
  const rows = raw.map((row) => {
    const count = (counts.get(row.page) ?? 0) + 1;
    counts.set(row.page, count);
    return readRow(row, `p${row.page}r${count}`, mark, units);
  });
  return checkTogether(rows, mark);
}

function readRow(row: RawRow, id: string, mark: DecimalMark | undefined, units: ReadonlySet<string>): LabRow {
  const raw = (row.confidence.name ?? 1) < 1 ? { ...row, name: respell(row.name) ?? row.name } : row;
  const number = readNumber(raw.value, mark);
  const bounds = raw.range === undefined ? undefined : readRange(raw.range, mark);
  // A dash means that there is no flag.
  const printedFlag =
    raw.flag !== undefined &&
    /^[-–—.]$/.test(raw.flag) &&
    !(number && bounds?.low !== undefined && number.value < bounds.low)
      ? undefined
      : raw.flag;
  const flag = printedFlag === undefined ? undefined : readFlag(printedFlag);
  const unit = unitOf(raw, number, units);
  const context = { section: raw.section, specimen: raw.specimen, unit };
  const coded = codeTest(raw.name, context);
  const review: ReviewMark[] = [
    ...raw.doubts,
    ...checkRow({
      name: raw.name,
      value: raw.value,
      ...(raw.section && { section: raw.section }),
      ...(raw.specimen && { specimen: raw.specimen }),
      ...(unit && { unit }),
      ...(raw.range && { range: raw.range }),
      ...(number && { number }),
      ...(bounds && { bounds }),
      ...(printedFlag && { printedFlag }),
      ...(flag && { flag }),
    }),
  ];
  const confidence = raw.confidence.value ?? 1;
  for (const field of ["value", "unit", "range", "name"] as const) {
    const recognised = raw.confidence[field] ?? 1;
    if (recognised < (field === "value" ? minConfidence : 0.5))
      review.push({
        code: "labs/low-confidence",
        field,
        message: `the ${field} "${raw[field]}" was recognised with confidence ${recognised.toFixed(2)}`,
      });
  }
  const ucum =
    unit === undefined
      ? undefined
      : readUnit(unit, coded && new Set(readUnits(coded.code.unit).map(({ kind }) => kind)))?.ucum;
  return {
    id,
    page: raw.page,
    ...(raw.section !== undefined && { section: raw.section }),
    name: raw.name,
    value: raw.value,
    ...(number && { number: number.value }),
    ...(number?.comparator && { comparator: number.comparator }),
    ...(unit && { unit }),
    ...(ucum && { ucum }),
    ...(raw.range && { range: raw.range }),
    ...(bounds?.low !== undefined && { low: bounds.low }),
    ...(bounds?.high !== undefined && { high: bounds.high }),
    ...(flag && { flag }),
    previous: raw.previous,
    ...(raw.method && { method: raw.method }),
    ...(raw.specimen && { specimen: raw.specimen }),
    ...(raw.comment && { comment: raw.comment }),
    ...(coded && { loinc: { code: coded.code.loinc, display: coded.code.display, confidence: coded.confidence } }),
    boxes: raw.boxes,
    confidence,
    review,
  };
}

/** The unit as printed. Some misrecognitions by OCR are unambiguous: see `terms/recognised-units.ts`. */
function unitOf(row: RawRow, number: PrintedNumber | undefined, elsewhere: ReadonlySet<string>): string | undefined {
  // OCR reads the caret of `10^9/L` as a tilde, the capital I of `IU` as a lower-case L, and the l of `mmol/l` as I, i
  // or 1; no unit contains any of these.
  const recognised = row.unit
    ?.replace(/\s*\/\s*/g, "/")
    .replace(/10~\s*(\d)/, "10^$1")
    // Powers of nine and twelve are counted in a litre.
    .replace(/^(x?10\^(?:9|12))\/?$/, "$1/L")
    .replace(/\/[I1i|]$/, "/l")
    .replace(/^([umk]?)lU\//, "$1IU/")
    .replace(/^mEg\//, "mEq/")
    .replace(/mo1\//, "mol/");
  if (recognised === undefined || (row.confidence.unit ?? 1) === 1) return recognised;
  // An amount alone is a truncated concentration; `pg` and `fL` are units of cells.
  const known = readUnits(recognised).some(({ kind }) => kind !== "substance");
  if (known) return recognised;
  const value = number !== undefined && number.comparator === undefined ? number.value : undefined;
  const test = findTest(row.name, row)?.test;
  return unitLike(recognised, { test, value, elsewhere }) ?? recognised;
}

/** Checks across rows: a flag missing where others have one, inconsistent decimals, one test with two values. */
function checkTogether(rows: readonly LabRow[], mark: DecimalMark | undefined): LabRow[] {
  const flagged = rows.some(
    (row) =>
      row.flag && row.flag !== "N" && row.number !== undefined && (row.low !== undefined || row.high !== undefined),
  );
  const decimals = decimalsMarks(
    rows.map(({ value, range }) => ({
      number: readNumber(value, mark),
      bounds: range === undefined ? undefined : readRange(range, mark),
    })),
  );
  const seen = new Map<string, LabRow>();
  return rows.map((row, i) => {
    const marks: ReviewMark[] = [];
    const { number, comparator } = row;
    if (flagged && row.flag === undefined && number !== undefined && !comparator && isOutside(number, row))
      marks.push({
        code: "labs/flag-missing",
        field: "flag",
        message: `${row.value} is outside ${row.range} and has no flag, although other rows have flags`,
      });
    if (decimals[i] !== undefined && !row.review.some(({ code }) => code === "labs/decimals")) marks.push(decimals[i]);
    const key = `${row.section ?? ""}|${row.name}|${row.unit ?? ""}`.toLowerCase();
    const duplicate = seen.get(key);
    if (duplicate !== undefined && duplicate.value !== row.value)
      marks.push({
        code: "labs/twice",
        field: "name",
        message: `${row.name} appears twice: ${duplicate.value} and ${row.value}`,
      });
    seen.set(key, row);
    return marks.length === 0 ? row : { ...row, review: [...row.review, ...marks] };
  });
}

export const isOutside = (value: number, { low, high }: { low?: number; high?: number }) =>
  (high !== undefined && value > high) || (low !== undefined && value < low);

/** A laboratory that prints nine values in ten with as many decimals as their ranges does so for all. */
export function decimalsMarks(
  rows: readonly { number?: PrintedNumber; bounds?: PrintedRange }[],
): (ReviewMark | undefined)[] {
  const judgeable = rows.filter(({ number, bounds }) => number && bounds && !number.comparator);
  const alike = judgeable.filter(({ number, bounds }) => number!.decimals === bounds!.decimals).length;
  const consistent = judgeable.length >= 6 && alike >= 0.9 * judgeable.length - 1;
  return rows.map(({ number, bounds }) =>
    consistent && number && bounds && !number.comparator && number.decimals !== bounds.decimals
      ? {
          code: "labs/decimals",
          field: "value",
          message: `${number.digits} has ${number.decimals} decimals and its range ${bounds.decimals}, unlike the other rows: a decimal separator may have been missed`,
        }
      : undefined,
  );
}
