/**
 * Plausibility checks of a row and its neighbours, based on the rows alone. A mark indicates doubt and is never a
 * correction: the value stays as printed.
 */
import { codeOfUnit, findTest, inUnitOf, kindsOf, readUnits } from "../terms/index.ts";
import { type Comparator, type Flag, type PrintedNumber, type PrintedRange, qualitative } from "./numbers.ts";
import type { ReviewMark } from "./row.ts";

export interface CheckedFields {
  readonly name: string;
  readonly value: string;
  readonly section?: string;
  readonly specimen?: string;
  readonly unit?: string;
  readonly range?: string;
  readonly number?: PrintedNumber;
  readonly bounds?: PrintedRange;
  /** As printed. */
  readonly printedFlag?: string;
  readonly flag?: Flag;
}

export function checkRow(row: CheckedFields): ReviewMark[] {
  const { number, bounds } = row;
  const marks: ReviewMark[] = [];
  const mark = (code: string, field: ReviewMark["field"], message: string) =>
    marks.push({ code: `labs/${code}`, field, message });
  if (number?.ambiguous)
    mark("decimal-mark", "value", `the separator in ${row.value} can be a thousands separator or a decimal separator`);
  if (bounds?.low !== undefined && bounds.high !== undefined && bounds.low >= bounds.high)
    mark("range-order", "range", `the lower limit of the range ${row.range} is not below the upper limit`);
  if (number && bounds) {
    const decimalsProblem = decimalsDoubt(number, bounds);
    if (decimalsProblem) mark("decimals", "value", decimalsProblem);
    const doubt = flagDoubt(number.value, number.comparator, bounds, row.flag);
    if (doubt) mark("flag-against-range", "flag", `${row.value} ${doubt} ${row.range}`);
  }
  if (row.range !== undefined && bounds === undefined && /^\d[\d.,]*$/.test(row.range))
    mark("range-unread", "range", `the range "${row.range}" is one number without a sign, or only part of it was read`);
  if (row.range !== undefined && number !== undefined && bounds === undefined && brokenRange.test(row.range.trim()))
    mark("range-unread", "range", `the range "${row.range}" was not understood: the value was not compared with it`);
  if (number === undefined && looksNumeric(row.value))
    mark("value-unread", "value", `"${row.value}" looks like a misread number`);
  else if (number === undefined && bounds && !qualitative.test(row.value))
    mark("value-unread", "value", `"${row.value}" is not a number, but its range is numeric`);
  else if (number === undefined && /\d/.test(row.value) && !/^(?:[1-4]\+|\d+\s*[-:–]\s*\d+)$/.test(row.value))
    mark("value-unread", "value", `"${row.value}" contains a number and other text`);
  if (row.printedFlag !== undefined && row.flag === undefined && /\S/.test(row.printedFlag))
    mark("flag-unread", "flag", `the flag "${row.printedFlag}" is not known`);
  marks.push(...termDoubts(row));
  const intended = findTest(row.name, row)?.correctedName;
  if (intended !== undefined)
    mark("name-unsure", "name", `no test is called "${row.name}": it is taken for ${intended}`);
  return marks;
}

/**
 * Analysers print a value with as many decimals as its range. Considerably fewer decimals, or a magnitude far from the range, indicate
 * a lost decimal mark.
 */
function decimalsDoubt(number: PrintedNumber, bounds: PrintedRange): string | undefined {
  const { low, high, decimals } = bounds;
  const top = high ?? low ?? 0;
  if (number.decimals === decimals || top === 0) return undefined;
  const size = Math.abs(number.value);
  const scale = Math.max(Math.abs(top), Math.abs(low ?? 0));
  if (
    number.decimals < decimals &&
    (size > 1.8 * scale ||
      (low !== undefined && low > 0 && high !== undefined && (size > high * 1.3 || size < low * 0.6)))
  )
    return `has ${number.decimals} decimals and is far outside a range with ${decimals}: a decimal separator may have been missed`;
  if (number.decimals < decimals && /^0\d/.test(number.digits))
    return "begins with 0 and has no decimal separator: it may have been missed";
  if (
    Math.abs(number.decimals - decimals) >= 2 &&
    (high === undefined || size > high * 3 || (low !== undefined && size < low / 3))
  )
    return `has ${number.decimals} decimals, its range ${decimals}, and it is far outside`;
  return undefined;
}

/** @returns the words of a doubt about value, range and flag. */
function flagDoubt(
  value: number,
  comparator: Comparator | undefined,
  { low, high }: PrintedRange,
  flag: Flag | undefined,
): string | undefined {
  const above = high !== undefined && (comparator?.startsWith(">") ? value >= high : !comparator && value > high);
  const under = low !== undefined && (comparator?.startsWith("<") ? value <= low : !comparator && value < low);
  const inside = !comparator && !above && !under;
  if (flag === "H" || flag === "HH")
    return under ? "is flagged high but is below" : inside ? "is flagged high but is within" : undefined;
  if (flag === "L" || flag === "LL")
    return above ? "is flagged low but is above" : inside ? "is flagged low but is within" : undefined;
  if (flag === "A") return inside ? "is flagged but is within" : undefined;
  if (flag === "N")
    return above ? "is flagged normal but is above" : under ? "is flagged normal but is below" : undefined;
  return undefined;
}

/**
 * Two numbers, a misread digit, or a flag and another number glued to a range: `12-16H 17`, `12-l6`, `12.0 16.0`, `L 12-16`. Ranges by sex or age have words.
 */
const brokenRange = /^(?=.*\d.*[-–\s].*\d|.*[-–].*\d|.*\d.*[-–])[\d.,\sOolISBHhL*()[\]<>≤≥–-]+$/;

/** Letters in place of digits: `1O.2`, `l4.5`, `4 .1`. */
function looksNumeric(value: string): boolean {
  const letters = value.replace(/[\s<>=≤≥]/g, "");
  return (
    /\d/.test(letters) && letters.length <= 8 && /^[\dOoIlSBZ|.,:;'`-]+$/.test(letters) && !/^\d+[-:]\d+$/.test(letters)
  );
}

/** Compares unit and magnitude with those usual for the test. */
function termDoubts({ name, unit, number, section, specimen, value }: CheckedFields): ReviewMark[] {
  const printed = unit?.trim() ?? "";
  if (printed !== "" && readUnits(printed).length === 0)
    return [{ code: "labs/unit-unknown", field: "unit", message: `the unit "${printed}" is not known` }];
  const match = findTest(name, { section, specimen });
  if (
    match !== undefined &&
    number !== undefined &&
    printed === "" &&
    match.test.codes.every(({ unit: one }) => one !== "")
  )
    return [{ code: "labs/unit-missing", field: "unit", message: `${match.test.name} has a unit, but none was read` }];
  if (match === undefined || match.confidence < 0.9 || number === undefined) return [];
  const { test } = match;
  const kinds = kindsOf(test);
  if (printed !== "" && !readUnits(printed).some(({ kind }) => kinds.has(kind) || loose(kind, kinds)))
    return [{ code: "labs/unit-does-not-fit", field: "unit", message: `${test.name} is not measured in ${printed}` }];
  const code = printed === "" ? undefined : codeOfUnit(test, printed);
  const size = code && inUnitOf(code, number.value, printed);
  if (code && size !== undefined && (size < code.low || size > code.high) && !number.comparator)
    return [
      {
        code: "labs/implausible",
        field: "value",
        message: `${value} ${printed} of ${test.name} is impossible: the value or the unit was misread`,
      },
    ];
  return [];
}

/**
 * Kinds that laboratories use interchangeably: a volume fraction without unit, international units of a mass, counts in
 * per cent.
 */
const loose = (kind: string, kinds: ReadonlySet<string>) =>
  (kind === "activity/volume" && [...kinds].some((one) => /^(?:mass|activity|substance)\/volume/.test(one))) ||
  (kind === "mass/volume" && [...kinds].some((one) => one.startsWith("mass/volume") || one === "activity/volume")) ||
  (kind === "substance/volume" &&
    [...kinds].some((one) => one === "mass/volume" || one === "substance/volume" || one === "equivalents/volume")) ||
  (kind === "equivalents/volume" && kinds.has("substance/volume")) ||
  (kind === "fraction" && [...kinds].some((one) => ["ratio", "time", "number/volume"].includes(one))) ||
  (kind.startsWith("mass/volume{") && kinds.has("mass/volume{FEU}"));
