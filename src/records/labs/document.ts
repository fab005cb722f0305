/** Parses pages of words into rows: headers, tables side by side, tables that continue over pages, and information about the document. */
import { readDate } from "./dates.ts";
import { isLabel, isProse } from "./layout/cells.ts";
import { cutsAtGutters } from "./layout/gutter.ts";
import { type Column, headerTitles, type Table, tablesOf } from "./layout/header.ts";
import { around, heightOf, isOfTitle, type Line, sectionTitle, toLine, toLines } from "./layout/items.ts";
import { withoutOverfull } from "./layout/overfull.ts";
import { stackedRows } from "./layout/stacked.ts";
import { type TableRows, tableRows, type Unread } from "./layout/table.ts";
import { typedRows } from "./layout/typed.ts";
import { type DecimalMark, decimalMark } from "./numbers.ts";
import type { RawRow } from "./row.ts";
import type { Word } from "./words.ts";

export interface ParsedDocument {
  readonly rows: readonly RawRow[];
  readonly unread: readonly Unread[];
  readonly mark: DecimalMark | undefined;
  readonly collected?: string;
  readonly reported?: string;
  readonly specimen?: string;
  /** Printed dates whose day and month cannot be distinguished. */
  readonly unclearDates: readonly string[];
}

export interface PageWords {
  /** From 1. */
  readonly page: number;
  readonly words: readonly Word[];
}

/** @param order of day and month in slashed dates, if the document's other dates show it. */
export function parseDocument(pages: readonly PageWords[], order?: "dmy" | "mdy"): ParsedDocument {
  const mark = decimalMark(pages.flatMap(({ words }) => words.map(({ text }) => text)));
  const rows: RawRow[] = [];
  const unread: Unread[] = [];
  const heads: Line[] = [];
  let state: State = { carried: [] };
  for (const { page, words: all } of pages) {
    const { words, overfull } = withoutOverfull(all);
    for (const row of overfull)
      unread.push({
        page,
        text: row
          .map(({ text }) => text)
          .join(" ")
          .slice(0, 200),
        box: around(row.map(({ box }) => box)),
      });
    if (words.length === 0) continue;
    // Side-by-side columns are split only if more can be read that way.
    const readings = [[words], ...cutsAtGutters(words, mark)].map((blocks) =>
      readPage(blocks, page, mark, order, state),
    );
    const stacked = readStacked(words, page, mark, order, state);
    if (stacked !== undefined) readings.push(stacked);
    // Of equal ones, the cut: without a header's titles, only it tells which title a result stands under.
    const best = readings.reduce((a, b) =>
      worth(b) > worth(a) || (worth(b) === worth(a) && a.untitled && b !== a) ? b : a,
    );
    rows.push(...best.rows);
    unread.push(...best.unread);
    heads.push(...best.heads);
    state = best.state;
  }
  return { rows, unread, mark, ...aboutDocument(heads, order) };
}

/** State carried from page to page. */
interface State {
  readonly carried: readonly Table[];
  readonly section?: string;
}

interface ReadPage extends TableRows {
  readonly heads: readonly Line[];
  readonly state: State;
  /** No header was found on the page. */
  readonly untitled: boolean;
}

/** Score of a reading: the number of rows, complete ones weighted more, minus doubtful and unread ones. */
const worth = ({ rows, unread }: ReadPage) =>
  rows.reduce(
    (sum, { doubts, name, unit, range }) =>
      sum +
      (doubts.length > 0 || name.length > 45 || dateInside.test(name) ? 0.5 : 1) +
      0.2 * Number(unit !== undefined) +
      0.2 * Number(range !== undefined),
    0,
  ) -
  0.25 * unread.length;

/** A date or time inside a name, which shows that a title was read as part of it. */
const dateInside = /\d[/.-]\d{1,2}[/.-]\d|\d:\d\d/;

/** @param blocks the page's words in reading order: one block, or those of a cut. */
function readPage(
  blocks: readonly (readonly Word[])[],
  page: number,
  mark: DecimalMark | undefined,
  order: "dmy" | "mdy" | undefined,
  { carried, section }: State,
): ReadPage {
  const rows: RawRow[] = [];
  const unread: Unread[] = [];
  const heads: Line[] = [];
  let untitled = true;
  for (const words of blocks) {
    const lines = toLines(words, mark);
    const parts = partsOf(lines, order);
    heads.push(...parts.before);
    const found: TableRows[] = [];
    if (parts.tables.length === 0) {
      // A page without a header continues the previous table if its lines fit the columns.
      const typed = typedRows(lines, page, mark, section);
      const goesOn = carried.length > 0 ? carriedRows(lines, carried, page, mark, section) : undefined;
      found.push(goesOn !== undefined && goesOn.rows.length >= typed.rows.length ? goesOn : typed);
      if (found[0] === typed) heads.push(...lines);
    } else {
      untitled = false;
      // Rows above the first header belong to the previous page's table.
      if (carried.length > 0) {
        const rest = carriedRows(parts.before, carried, page, mark, section);
        found.push({ ...rest, unread: [] });
      }
      let at = section;
      for (const { tables, lines, title } of parts.tables) {
        for (const table of tables) {
          at = titleOver(table, title, mark) ?? at;
          const some = tableRows(lines, table, page, mark, at);
          found.push(some);
          at = some.section ?? at;
        }
        carried = tables;
      }
    }
    rows.push(...found.flatMap((one) => one.rows));
    unread.push(...found.flatMap((one) => one.unread));
    section = found.at(-1)?.section ?? section;
  }
  return { rows, unread, heads, untitled, state: { carried, ...(section !== undefined && { section }) } };
}

/** The page as cards, if it has them. */
function readStacked(
  words: readonly Word[],
  page: number,
  mark: DecimalMark | undefined,
  order: "dmy" | "mdy" | undefined,
  { section }: State,
): ReadPage | undefined {
  const lines = toLines(words, mark);
  if (partsOf(lines, order).tables.length > 0) return undefined;
  const found = stackedRows(lines, page, mark, section);
  if (found.rows.length === 0) return undefined;
  const state = { carried: [], ...(found.section !== undefined && { section: found.section }) };
  return { ...found, heads: lines, untitled: true, state };
}

interface Part {
  readonly tables: readonly Table[];
  readonly lines: readonly Line[];
  /** The line above the header. */
  readonly title: Line | undefined;
}

/** `Haematology   03/02/2026 06:10` above the header of its table; a title without a time may be the whole document's. */
function titleOver({ left, right }: Table, line: Line | undefined, mark: DecimalMark | undefined): string | undefined {
  const words = line?.words.filter(({ x0, x1 }) => x0 + x1 >= 2 * left && x0 + x1 < 2 * right) ?? [];
  if (words.length === 0) return undefined;
  const over = toLine(words, mark);
  const dated = over.items[0].type === "text" && over.items.some(({ type }) => type === "date");
  const title = sectionTitle(over);
  return dated && over.items.every(isOfTitle) && !isLabel(title) && !/:$/.test(title) ? title : undefined;
}

/** Cuts a page at its header lines. */
function partsOf(lines: readonly Line[], order?: "dmy" | "mdy"): { before: readonly Line[]; tables: Part[] } {
  const page = around(lines);
  const before: Line[] = [];
  const tables: (Part & { lines: Line[] })[] = [];
  for (let i = 0; i < lines.length; i++) {
    const header = headerTitles(lines[i], lines[i + 1], order);
    if (header !== undefined) {
      const above = lines[i - 1];
      const title = above && lines[i].y0 - above.y1 < 2 * heightOf(lines[i]) ? above : undefined;
      const below = lines
        .slice(i + header.lines)
        .filter(({ items }) => items.some(({ type }) => type === "number") && !isProse(items));
      tables.push({ tables: tablesOf(header.titles, page.x0 - 1, page.x1 + 1, below), lines: [], title });
      i += header.lines - 1;
    } else (tables.at(-1)?.lines ?? before).push(lines[i]);
  }
  return { before, tables };
}

function carriedRows(
  lines: readonly Line[],
  tables: readonly Table[],
  page: number,
  mark: DecimalMark | undefined,
  section?: string,
): TableRows {
  const all = tables.map((table) =>
    tableRows(
      lines,
      { ...table, columns: table.columns.map((column): Column => ({ ...column })) },
      page,
      mark,
      section,
    ),
  );
  return {
    rows: all.flatMap(({ rows }) => rows),
    unread: all.flatMap((one) => one.unread),
    ...(all.at(-1)?.section && { section: all.at(-1)!.section }),
  };
}

const labelled: readonly (readonly [field: "collected" | "reported", label: RegExp])[] = [
  [
    "collected",
    /^(?:collected|collection|collection date|date collected|sample date|sampled|drawn|date of collection|sample collected|specimen collected|entnahme|entnahmedatum|abnahme|collected on|collection time|date of sampling)$/i,
  ],
  [
    "reported",
    /^(?:reported|report date|date reported|date of report|printed|reported on|befunddatum|issued|report time)$/i,
  ],
];

/** Dates and specimen from labelled fields: `Collected: 2026-03-02 08:15`. */
function aboutDocument(lines: readonly Line[], order?: "dmy" | "mdy") {
  const about: { collected?: string; reported?: string; specimen?: string } = {};
  const unclearDates: string[] = [];
  for (const { words } of lines) {
    for (let i = 0; i < words.length; i++) {
      for (let count = 1; count <= 3 && i + count < words.length; count++) {
        const some = words.slice(i, i + count).map(({ text }) => text);
        let rest = words.slice(i + count);
        if (rest[0]?.text === ":") rest = rest.slice(1);
        else if (!some.at(-1)!.endsWith(":")) continue;
        const label = some.join(" ").replace(/:$/, "");
        if (
          /^(?:specimen|sample|sample type|specimen type|material)$/i.test(label) &&
          rest[0] &&
          readDate(rest[0].text) === undefined
        ) {
          const stop = rest.findIndex(
            (word, j) => j > 0 && (word.text.endsWith(":") || word.x0 - rest[j - 1].x1 > 1.5 * (word.y1 - word.y0)),
          );
          about.specimen ??= rest
            .slice(0, stop < 0 ? 4 : stop)
            .map(({ text }) => text)
            .join(" ");
        }
        const field = labelled.find(([, pattern]) => pattern.test(label))?.[0];
        if (field === undefined) continue;
        for (const length of [5, 4, 3, 2, 1]) {
          const text = rest
            .slice(0, length)
            .map((word) => word.text)
            .join(" ")
            .replace(/[,;]$/, "");
          const date = rest.length >= length ? readDate(text, order) : undefined;
          if (date === undefined) continue;
          if (date.iso === undefined) unclearDates.push(text);
          else about[field] ??= date.iso;
          break;
        }
      }
    }
  }
  return { ...about, unclearDates };
}
