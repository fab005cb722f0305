/** The header line of a table of results: its columns and their positions. */
import type { PageBox } from "../../fact.ts";
import { readDate } from "../dates.ts";
import type { Word } from "../words.ts";
import { around, heightOf, type Line } from "./items.ts";

export type Role =
  | "name"
  | "value"
  | "unit"
  | "range"
  | "flag"
  | "previous"
  | "method"
  | "specimen"
  | "code"
  | "date"
  | "other";

export interface Column {
  readonly role: Role;
  /** The header's words. */
  readonly title: string;
  /** Horizontal extent of its cells. */
  x0: number;
  x1: number;
  /** The date of a column of results, if its title is one. */
  readonly date?: string;
}

/** A column of a line that stands under no header. */
export const untitledColumn = (role: Role): Column => ({ role, title: "", x0: 0, x1: 0 });

/** One table; a page in two columns has two side by side. */
export interface Table {
  readonly columns: Column[];
  /** Horizontal extent of the table's cells. */
  readonly left: number;
  readonly right: number;
  /** The header has only dates, and the newest could not be determined: the current result is unknown. */
  readonly unclearCurrent: boolean;
}

const lexicon: Readonly<Record<Exclude<Role, "other">, string>> = {
  name: "test|tests|test name|test description|lab test|investigation|investigations|parameter|parameters|analyte|analysis|examination|component|description|determination|item|test item|untersuchung|laborparameter|laborwert|messgröße|bezeichnung|analyse|messgrösse|prueba|determinación|examen|paramètre|assay",
  value:
    "result|results|value|values|observed value|your value|your result|result value|test result|current|current result|current value|ergebnis|wert|messwert|resultado|résultat|résultats|measured|measured value|reading",
  unit: "unit|units|einheit|einheiten|unidad|unidades|unité|unités|uom|unit of measure",
  range:
    "reference|ref|reference range|reference ranges|reference interval|reference intervals|ref range|ref interval|normal range|normal ranges|normal values|normal value|reference value|reference values|biological ref interval|biological reference interval|biological reference|bio ref interval|bio ref range|biological ref range|referenzbereich|ref-bereich|normbereich|normalbereich|normwerte|normwert|sollwert|sollbereich|zielbereich|referenzwerte|referenz|normal|limits|expected values|valores de referencia|valeurs de référence|normales|range|interval|reference limits|expected|expected range|target range|typical range|healthy range",
  flag: "flag|flags|abn|abnormal|abnormal flag|status|h/l|l/h|bewertung|alert|indicator|hinweis|+/-|note|remark",
  previous:
    "previous|vorwert 1|vorwert 2|letzter wert|previous result|previous results|previous value|prior|prior result|prior results|last result|last value|vorwert|vorwerte|vorbefund|history|prev|antérieur|anterior",
  method: "method|methodology|technique|methode|método|méthode",
  specimen: "specimen|sample|sample type|specimen type|material",
  code: "code|no|nr|#|sno|srno|test code|lab code|loinc|s no|sr no|sl no",
  date: "date|time|collected|date/time|collection date|lab|site|performing lab",
};

const roles = new Map<string, Role>(
  Object.entries(lexicon).flatMap(([role, words]) => words.split("|").map((word) => [key(word), role as Role])),
);

function key(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}+#/-]/gu, "");
}

interface Title extends PageBox {
  role: Role;
  title: string;
  date?: string;
  /** Words that are not a title and belong to it. */
  loose?: boolean;
}

/**
 * The titles of a header line; empty if the line is not a header. A header may take two lines: `Reference` over
 * `Interval`.
 */
export function headerTitles(
  line: Line,
  below: Line | undefined,
  order?: "dmy" | "mdy",
): { titles: Title[]; lines: 1 | 2 } | undefined {
  // `Collected: 2026-03-02` above a header is not part of it.
  if (line.words.some(({ text }) => text.endsWith(":"))) return undefined;
  const one = titlesOf(line.words, order);
  const second = below && below.y0 - line.y1 < 1.2 * heightOf(line) ? titlesOf(below.words, order) : undefined;
  // A section title with its date above a header is not part of it.
  const aboveHeader =
    second !== undefined && isHeader(second) && one.every((title) => !known(title) || title.date !== undefined);
  if (second !== undefined && below !== undefined && !aboveHeader) {
    // A second line that consists only of titles, or parts of titles.
    const merged = mergeTitles(line.words, below.words, order);
    if (
      merged !== undefined &&
      isHeader(merged) &&
      (!isHeader(one) || merged.filter(known).length > one.filter(known).length || second.every(known))
    )
      return { titles: merged, lines: 2 };
  }
  return isHeader(one) ? { titles: one, lines: 1 } : undefined;
}

const known = ({ role }: Title) => role !== "other";

function isHeader(titles: readonly Title[]): boolean {
  const seen = new Set(titles.map(({ role, date }) => (date !== undefined ? "value" : role)));
  if (!seen.has("value") || !(seen.has("name") || seen.has("range") || seen.has("unit"))) return false;
  const unknown = titles.filter((title) => !known(title) || title.loose).length;
  // Titles are separated by gaps; `values ... tests ...` in a sentence and the heading `Test Results` are not.
  const apart = titles.slice(1).filter((title, i) => title.x0 - titles[i].x1 > 0.9 * heightOf(title)).length;
  const gapTo = (left: Title | undefined, right: Title | undefined) =>
    left === undefined || right === undefined ? Number.POSITIVE_INFINITY : (right.x0 - left.x1) / heightOf(right);
  const alone = titles.filter(
    (title, i) => known(title) && gapTo(titles[i - 1], title) > 0.6 && gapTo(title, titles[i + 1]) > 0.6,
  ).length;
  return unknown <= titles.length / 2 && apart >= (titles.length - 1) / 2 - 0.5 && alone >= 2;
}

/** Longest known phrases first; any other word is a column of its own. */
function titlesOf(words: readonly Word[], order?: "dmy" | "mdy"): Title[] {
  const titles: Title[] = [];
  for (let at = 0; at < words.length; ) {
    let count = Math.min(4, words.length - at);
    for (; count >= 1; count--) {
      const some = words.slice(at, at + count);
      if (some.some((word, i) => i > 0 && word.x0 - some[i - 1].x1 > 1.2 * heightOf(word))) continue;
      const title = some.map(({ text }) => text).join(" ");
      const date = readDate(title.replace(/[()[\]]/g, ""), order);
      const role = roles.get(key(title));
      if (date === undefined && role === undefined) continue;
      titles.push({ role: role ?? "previous", title, ...around(some), ...(date && { date: date.iso ?? "" }) });
      break;
    }
    if (count >= 1) at += count;
    else {
      const word = words[at++];
      const last = titles.at(-1);
      const two = twoTitles(word);
      if (two !== undefined) {
        titles.push(...two);
        continue;
      }
      // Part of the previous title: `Result (SI)`, `Units *`.
      if (last !== undefined && word.x0 - last.x1 < 0.6 * heightOf(word)) {
        last.x1 = word.x1;
        last.loose = !/^[([*]/.test(word.text);
      } else titles.push({ role: "other", title: word.text, x0: word.x0, y0: word.y0, x1: word.x1, y1: word.y1 });
    }
  }
  return titles;
}

/** No two titles with what stands around them are longer, characters. */
const maxTwoTitles = 120;

/** Titles that OCR joined: `ResultAbn`. */
function twoTitles(word: Word): Title[] | undefined {
  if (word.text.length > maxTwoTitles) return undefined;
  for (let cut = 3; cut <= word.text.length - 3; cut++) {
    const [left, right] = [word.text.slice(0, cut), word.text.slice(cut)];
    const roleOfLeft = roles.get(key(left));
    const roleOfRight = roles.get(key(right));
    if (roleOfLeft === undefined || roleOfRight === undefined || roleOfLeft === roleOfRight) continue;
    const middle = word.x0 + ((word.x1 - word.x0) * cut) / word.text.length;
    return [
      { role: roleOfLeft, title: left, x0: word.x0, y0: word.y0, x1: middle - 1, y1: word.y1 },
      { role: roleOfRight, title: right, x0: middle + 1, y0: word.y0, x1: word.x1, y1: word.y1 },
    ];
  }
  return undefined;
}

/** Merges the words of two lines; words above each other form one title. */
function mergeTitles(above: readonly Word[], below: readonly Word[], order?: "dmy" | "mdy"): Title[] | undefined {
  const cells = (words: readonly Word[]) => {
    const list: Word[][] = [];
    for (const word of words) {
      const last = list.at(-1)?.at(-1);
      if (last && word.x0 - last.x1 < 0.6 * heightOf(word)) list.at(-1)!.push(word);
      else list.push([word]);
    }
    return list;
  };
  const upper = cells(above);
  const lower = cells(below);
  const titles: Title[] = [];
  const used = new Set<Word[]>();
  for (const cell of upper) {
    const box = around(cell);
    const under = lower.find((other) => Math.min(around(other).x1, box.x1) - Math.max(around(other).x0, box.x0) > 0);
    const joined = under && [...cell, ...under];
    const title = joined?.map(({ text }) => text).join(" ");
    const role = title && roles.get(key(title));
    if (joined && role) {
      titles.push({ role, title, ...around(joined) });
      used.add(under);
    } else titles.push(...titlesOf(cell, order));
  }
  const left = lower.filter((cell) => !used.has(cell)).map((cell) => titlesOf(cell, order));
  if (left.some((some) => some.some((title) => !known(title)))) return undefined;
  titles.push(...left.flat());
  return titles.sort((a, b) => a.x0 - b.x0);
}

/** Splits a header into tables: a repeated title begins the next table. @param below lines of the tables' rows. */
export function tablesOf(
  titles: readonly Title[],
  pageLeft: number,
  pageRight: number,
  below: readonly Line[] = [],
): Table[] {
  const repeated = periodOf(titles);
  const groups: Title[][] = repeated === undefined ? [[]] : repeated;
  for (const title of repeated === undefined ? titles : []) {
    const group = groups.at(-1)!;
    const again =
      title.date === undefined &&
      (title.role === "name" || (!titles.some(({ role }) => role === "name") && title.role === "value")) &&
      group.some(({ role, date }) => role === title.role && date === undefined) &&
      group.length >= 2;
    // The first title of a second table can be lost in a photograph; its second one still repeats.
    const valueAgain =
      title.role === "value" &&
      title.date === undefined &&
      group.length >= 3 &&
      group.some(({ role, date }) => role === "value" && date === undefined);
    if (again) groups.push([title]);
    else if (valueAgain && group[0].role === "name") {
      const value = group.find(({ role }) => role === "value")!;
      const x0 = Math.max(group.at(-1)!.x1 + 1, title.x0 - (value.x0 - group[0].x0));
      groups.push([{ ...title, role: "name", title: "", x0, x1: x0 + 1 }, title]);
    } else group.push(title);
  }
  const starts = groups.map((group, i) => {
    if (i === 0) return pageLeft;
    const own = group[0].x0 - heightOf(group[0]) * 0.5;
    if (repeated !== undefined && group[0].role !== "name") return nameStart(groups[i - 1].at(-1)!, own, below);
    return groups.some(([{ role }]) => role === "name") ? own : nameStart(groups[i - 1].at(-1)!, own, below);
  });
  return groups.map((group, i) => tableOf(group, starts[i], starts[i + 1] ?? pageRight));
}

/**
 * Titles that are the same ones again, in an order in which the name is not the first: `Flag Result Units Test Reference` twice. A column without a title, such
 * as that of the flags, may begin each table.
 */
function periodOf(titles: readonly Title[]): Title[][] | undefined {
  if (titles[0]?.role === "name" || titles.some(({ date }) => date !== undefined)) return undefined;
  for (let period = 2; period <= titles.length / 2; period++) {
    if (titles.length % period !== 0 || titles.some(({ role }, i) => role !== titles[i % period].role)) continue;
    const first = titles.slice(0, period);
    if (!first.some(({ role }) => role === "value") || !first.some(({ role }) => role === "name")) continue;
    return Array.from({ length: titles.length / period }, (_, i) => titles.slice(i * period, (i + 1) * period));
  }
  return undefined;
}

/** Where names without a title begin: behind the first white strip that follows the cells of the column before them. */
function nameStart(last: Title, end: number, below: readonly Line[]): number {
  const cells = below.flatMap(({ words }) => words).filter(({ x0, x1 }) => x1 > last.x0 && x0 < end);
  let right = last.x1;
  for (const cell of cells.sort((a, b) => a.x0 - b.x0)) {
    if (cell.x0 - right > 0.9 * heightOf(cell)) return (right + cell.x0) / 2;
    right = Math.max(right, cell.x1);
  }
  return end;
}

function tableOf(group: readonly Title[], left: number, right: number): Table {
  const titled = group.some(({ role, date }) => role === "value" && date === undefined);
  const dated = group.filter(({ date }) => date !== undefined);
  let current: Title | undefined;
  let unclearCurrent = false;
  if (!titled && dated.length > 0) {
    const newest = dated.reduce((a, b) => (b.date! > a.date! ? b : a));
    unclearCurrent =
      dated.length > 1 &&
      (dated.some(({ date }) => date === "") || dated.filter(({ date }) => date === newest.date).length > 1);
    current = unclearCurrent ? dated[0] : newest;
  }
  const columns = group.map(
    ({ role, title, x0, x1, date }): Column => ({
      role: date !== undefined ? (current?.x0 === x0 ? "value" : "previous") : role,
      title,
      x0,
      x1,
      ...(date && { date }),
    }),
  );
  // Two result columns without dates: the first is current only if the other is labelled as older; otherwise it is reported as unclear.
  const values = columns.filter(({ role }) => role === "value");
  if (values.length > 1) unclearCurrent = true;
  if (!columns.some(({ role }) => role === "name") && columns[0].role === "other")
    columns[0] = { ...columns[0], role: "name" };
  else if (!columns.some(({ role }) => role === "name"))
    columns.unshift({ role: "name", title: "", x0: left, x1: Math.max(left, columns[0].x0 - 1) });
  return { columns, left, right, unclearCurrent };
}
