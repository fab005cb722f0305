/**
 * Compares a model's rows with the page. Model and parser fail in different ways: a parser misreads the layout, a model the digits. Agreement
 * of both is strong evidence for a value; if they differ, a person decides.
 */
import { nameKey, readUnits } from "../../terms/index.ts";
import { checkRow } from "../checks.ts";
import { decimalMark, readFlag, readNumber, readRange } from "../numbers.ts";
import { decimalsMarks, isOutside } from "../read-rows.ts";
import type { LabRow, ReviewMark } from "../row.ts";
import type { ModelLabRow } from "./prompt.ts";

/** A row read by a vision-language model, compared with the parser's row of the same test. */
export interface ComparedRow {
  readonly model: ModelLabRow;
  /** The parser's row of the same test, if the page was parsed. */
  readonly row?: LabRow;
  /** Empty if there is no objection to the row. */
  readonly marks: readonly ReviewMark[];
}

/** A page as a vision-language model read it, compared with the parser's rows. */
export interface Comparison {
  readonly rows: readonly ComparedRow[];
  /** Rows of the page the model left out. */
  readonly missing: readonly LabRow[];
}

/** Without `parsed`, only the consistency of the model's own rows is checked. */
export function compareRows(model: readonly ModelLabRow[], parsed?: readonly LabRow[]): Comparison {
  const own = checkAlone(model);
  if (parsed === undefined) return { rows: model.map((one, i) => ({ model: one, marks: own[i] })), missing: [] };
  const free = new Set(parsed);
  const rows = model.map((one, i): ComparedRow => {
    const row = sameTest(one, free);
    if (row === undefined)
      return {
        model: one,
        marks: [...own[i], mark("not-on-page", "name", `the page contains no further result of ${one.name}`)],
      };
    free.delete(row);
    return { model: one, row, marks: [...own[i], ...differences(one, row)] };
  });
  return { rows, missing: [...free] };
}

const mark = (code: string, field: ReviewMark["field"], message: string): ReviewMark => ({
  code: `labs/${code}`,
  field,
  message,
});

function checkAlone(model: readonly ModelLabRow[]): ReviewMark[][] {
  const decimal = decimalMark(model.flatMap(({ result, range }) => [result ?? "", range ?? ""]));
  const read = model.map((row) => {
    const number = row.result === null ? undefined : readNumber(row.result, decimal);
    const bounds = row.range === null ? undefined : readRange(row.range, decimal);
    const flag = row.flag ? readFlag(row.flag) : undefined;
    return { row, number, bounds, flag };
  });
  const flagged = read.some(({ flag, number, bounds }) => flag && flag !== "N" && number && bounds);
  const decimals = decimalsMarks(read.map(({ number, bounds }) => ({ number, bounds })));
  return read.map(({ row, number, bounds, flag }, i) => {
    const marks = checkRow({
      name: row.name,
      value: row.result ?? "",
      ...(row.panel && { section: row.panel }),
      ...(row.specimen && { specimen: row.specimen }),
      ...(row.unit && { unit: row.unit }),
      ...(row.range && { range: row.range }),
      ...(number && { number }),
      ...(bounds && { bounds }),
      ...(row.flag && { printedFlag: row.flag }),
      ...(flag && { flag }),
    });
    if (flagged && flag === undefined && number && !number.comparator && bounds && isOutside(number.value, bounds))
      marks.push(
        mark(
          "flag-missing",
          "flag",
          `${row.result} is outside ${row.range} and has no flag, although other rows have flags`,
        ),
      );
    if (decimals[i] !== undefined && !marks.some(({ code }) => code === "labs/decimals")) marks.push(decimals[i]);
    return marks;
  });
}

/** The row with the same printed name; of several, the one whose unit and section agree. */
function sameTest(model: ModelLabRow, free: ReadonlySet<LabRow>): LabRow | undefined {
  const key = nameKey(model.name);
  const same = [...free].filter(({ name }) => nameKey(name) === key);
  const score = (row: LabRow) =>
    Number(squeezed(row.unit) === squeezed(model.unit)) +
    Number(squeezed(row.section) === squeezed(model.panel)) +
    Number(squeezed(row.value) === squeezed(model.result));
  return same.sort((a, b) => score(b) - score(a))[0];
}

const squeezed = (text: string | null | undefined) =>
  (text ?? "").toLowerCase().replace(/[\s–—]/g, (one) => (/\s/.test(one) ? "" : "-"));

function differences(model: ModelLabRow, row: LabRow): ReviewMark[] {
  const marks: ReviewMark[] = [];
  const compareField = (field: ReviewMark["field"], theirs: string | null | undefined, ours: string | undefined) =>
    marks.push(mark(`model-${field}`, field, `the model reads ${theirs ?? "nothing"}, the page ${ours ?? "nothing"}`));
  const earlier = row.previous.find(({ value }) => squeezed(value) === squeezed(model.result));
  if (squeezed(model.result) !== squeezed(row.value)) {
    if (earlier)
      marks.push(
        mark(
          "model-previous",
          "value",
          `the model reads ${model.result}, which is the earlier result; the current one is ${row.value}`,
        ),
      );
    else compareField("value", model.result, row.value);
  }
  if (unitKey(model.unit) !== unitKey(row.unit)) compareField("unit", model.unit, row.unit);
  const range = model.range === null ? undefined : readRange(model.range);
  if (range ? range.low !== row.low || range.high !== row.high : squeezed(model.range) !== squeezed(row.range))
    compareField("range", model.range, row.range);
  // The published form has no flag: it is checked only for a model that was asked for one.
  if (model.flag !== undefined && (model.flag ? readFlag(model.flag) : undefined) !== row.flag)
    compareField("flag", model.flag, row.flag);
  return marks;
}

/** Equal for different spellings of one unit. */
const unitKey = (unit: string | null | undefined) => (unit ? (readUnits(unit)[0]?.ucum ?? squeezed(unit)) : "");
