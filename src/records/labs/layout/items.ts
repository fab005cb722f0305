/**
 * Groups words into lines and classifies each word: number, range, unit, flag, date, qualitative result, or other text.
 */
import type { PageBox } from "../../fact.ts";
import { looksLikeUnit } from "../../terms/index.ts";
import { readDate } from "../dates.ts";
import { type DecimalMark, qualitative, readFlag, readNumber, readRange } from "../numbers.ts";
import type { Word } from "../words.ts";
import { RowIndex } from "./row-index.ts";

export type ItemType = "number" | "range" | "unit" | "flag" | "date" | "result" | "text";

/** Words that form a unit. */
export interface Item extends PageBox {
  readonly type: ItemType;
  readonly text: string;
  readonly words: readonly Word[];
}

export interface Line extends PageBox {
  readonly items: readonly Item[];
  readonly words: readonly Word[];
}

export const heightOf = ({ y0, y1 }: PageBox) => y1 - y0;

export function around(boxes: readonly PageBox[]): PageBox {
  // Without a spread: a call takes no hundred thousand arguments.
  const [first, ...others] = boxes;
  return others.reduce(
    (all, { x0, y0, x1, y1 }) => ({
      x0: Math.min(all.x0, x0),
      y0: Math.min(all.y0, y0),
      x1: Math.max(all.x1, x1),
      y1: Math.max(all.y1, y1),
    }),
    first === undefined
      ? { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity }
      : { x0: first.x0, y0: first.y0, x1: first.x1, y1: first.y1 },
  );
}

/** Words, a date, and the time of day as hospitals print it, `0610`. */
export const isOfTitle = ({ type, text }: Item, i: number, items: readonly Item[]) =>
  type === "text" || type === "date" || (items[i - 1]?.type === "date" && /^(?:[01]\d|2[0-3])[0-5]\d$/.test(text));

/** A title's words without the time of sampling. */
export const sectionTitle = ({ items }: Line) =>
  items
    .filter(({ type }, i) => type !== "date" && items[i - 1]?.type !== "date")
    .map(({ text }) => text)
    .join(" ")
    .replace(/[:\s]+$/, "");

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Groups words into lines, top to bottom, left to right. The drawing order is not the reading order. */
export function toLines(words: readonly Word[], mark: DecimalMark | undefined): Line[] {
  const rows: RowIndex[] = [];
  const middle = (word: PageBox) => (word.y0 + word.y1) / 2;
  for (const word of [...words].sort((a, b) => middle(a) - middle(b))) {
    // The line whose words overlap it most vertically: superscripts and small flags are off the centre. Nearby words
    // count more than the other end of the line, because a photographed line is never quite straight; words of a line
    // are never above each other.
    let best: { row: RowIndex; share: number } | undefined;
    for (const row of rows.slice(-6)) {
      if (
        row.over(word).some(
          (one) =>
            Math.min(one.x1, word.x1) - Math.max(one.x0, word.x0) >
              0.3 * Math.min(one.x1 - one.x0, word.x1 - word.x0) &&
            // On one baseline: a long unit that extends over the next column.
            Math.abs(middle(one) - middle(word)) > 0.1 * heightOf(word),
        )
      )
        continue;
      const nearest = row.nearest(word, 3);
      const line = around(nearest);
      const share =
        (Math.min(line.y1, word.y1) - Math.max(line.y0, word.y0)) /
        Math.min(heightOf(nearest[0]), heightOf(word), heightOf(line));
      if (share > 0.5 && (best === undefined || share > best.share)) best = { row, share };
    }
    if (best) best.row.add(word);
    else {
      const row = new RowIndex();
      row.add(word);
      rows.push(row);
    }
  }
  return rows.map((row) => toLine(row.words, mark)).sort((a, b) => a.y0 + a.y1 - b.y0 - b.y1);
}

export function toLine(row: readonly Word[], mark: DecimalMark | undefined): Line {
  const sorted = [...row].sort((a, b) => a.x0 - b.x0).filter(({ text }) => !/^[.·_…]{2,}$|^[|│]$/.test(text));
  const words = joinPowers(sorted);
  return { ...around(row), words, items: toItems(words, mark) };
}

/** `10`, a small raised `9`, and `/L` after it form one word, `10^9/L`. */
function joinPowers(words: readonly Word[]): Word[] {
  const joined: Word[] = [];
  for (const word of words) {
    const last = joined.at(-1);
    const touches = last !== undefined && word.x0 - last.x1 < 0.2 * heightOf(last) && word.x0 > last.x0;
    const raised =
      touches &&
      /10$/.test(last.text) &&
      /^\d{1,2}$/.test(word.text) &&
      heightOf(word) < 0.85 * heightOf(last) &&
      word.y1 < last.y1 - 0.1 * heightOf(last);
    const behind = touches && /10\^\d{1,2}$/.test(last.text) && word.text.startsWith("/");
    if (raised || behind) joined[joined.length - 1] = joinWords(last, word, raised ? "^" : "");
    else joined.push(word);
  }
  return joined;
}

function joinWords(left: Word, right: Word, between: string): Word {
  const confidence = Math.min(left.confidence ?? 1, right.confidence ?? 1);
  return {
    text: `${left.text}${between}${right.text}`,
    ...around([left, right]),
    box: around([left.box, right.box]),
    ...(confidence < 1 && { confidence }),
  };
}

/** Joins words of one cell that have a meaning only together: `12.0 - 15.5`, `x 10^9 /L`, `up to 5.0`, `< 0.1`. */
function toItems(words: readonly Word[], mark: DecimalMark | undefined): Item[] {
  const items: Item[] = [];
  for (let at = 0; at < words.length; ) {
    let taken: Item | undefined;
    const cell = cellFrom(words, at);
    for (let count = Math.min(6, cell); count >= 1 && taken === undefined; count--) {
      const some = words.slice(at, at + count);
      const text = some.map((word) => word.text).join(" ");
      const type = count === 1 ? typeOf(text, mark) : typeOfSeveral(text, some, mark);
      if (type !== undefined) taken = { type, text, words: some, ...around(some) };
    }
    items.push(taken!);
    at += taken!.words.length;
  }
  return items;
}

/** Number of words from `at` on that are separated by no more than a wide blank. */
function cellFrom(words: readonly Word[], at: number): number {
  let count = 1;
  while (at + count < words.length) {
    const [left, right] = [words[at + count - 1], words[at + count]];
    if (right.x0 - left.x1 > 0.9 * Math.max(heightOf(left), heightOf(right))) break;
    count++;
  }
  return count;
}

function typeOfSeveral(text: string, words: readonly Word[], mark: DecimalMark | undefined): ItemType | undefined {
  if (readNumber(text, mark)?.comparator && words.length <= 3 && /^[<>≤≥=]+\s/.test(text)) return "number";
  if (/\d/.test(text) && readRange(text, mark)) return "range";
  if (readDate(text) !== undefined && words.length <= 4) return "date";
  if (words.length <= 4 && !/^\d+([.,]\d+)?\s/.test(text) && looksLikeUnit(text) && !readNumber(words[0].text, mark))
    return "unit";
  if (/^(?:not detected|non reactive|none seen|not seen|see (?:comment|note)|pale yellow|not done)$/i.test(text))
    return "result";
  return undefined;
}

function typeOf(text: string, mark: DecimalMark | undefined): ItemType {
  if (readDate(text) !== undefined) return "date";
  const number = readNumber(text, mark);
  if (number) return "number";
  if (/\d/.test(text) && readRange(text, mark)) return "range";
  if (flaggedNumber(text, mark)) return "number";
  if (flaggedRange(text, mark)) return "range";
  const bare = text.replace(/^[([](.+)[)\]]$/, "$1");
  if (bare.length <= 2 && readFlag(bare)) return "flag";
  if (/^(?:high|low|critical|abnormal|abn)$/i.test(bare)) return "flag";
  if (qualitative.test(text)) return "result";
  // With or without the end that recognition lost.
  if (looksLikeUnit(text) || /^x?10[\^~](?:9|12)\/?$/.test(text)) return "unit";
  return "text";
}

/** `10.2*`, `10.2H`, `(L)10.2`, `H 10.2` without its blank: a number with its flag. */
export function flaggedNumber(text: string, mark?: DecimalMark): { number: string; flag: string } | undefined {
  const match =
    /^([<>≤≥]?=?\d[\d.,]*)\s*([([]?(?:HH?|LL?|A|N|\*{1,2}|!|↑{1,2}|↓{1,2}|▲|▼|[+-])[)\]]?\*?)$/.exec(text) ??
    swap(/^([([]?(?:HH?|LL?|\*{1,2}|!|↑|↓|▲|▼)[)\]]?)([<>≤≥]?=?\d[\d.,]*)$/.exec(text));
  if (match === null || readNumber(match[1], mark) === undefined) return undefined;
  return { number: match[1], flag: match[2] };
}

/** `12-16H`, `12.0 - 15.5 (L)`, `<5.0H`: a range with the flag of its value. */
export function flaggedRange(text: string, mark?: DecimalMark): { range: string; flag: string } | undefined {
  const match =
    /^([([]?\d[\d.,]*\s*[-–—]\s*\d[\d.,]*[)\]]?|[<>≤≥]=?\s*\d[\d.,]*)\s*([([]?(?:HH?|LL?|A|\*{1,2}|!{1,2}|↑{1,2}|↓{1,2}|▲|▼)[)\]]?\*?)$/.exec(
      text,
    );
  if (match === null || readRange(match[1], mark) === undefined) return undefined;
  return { range: match[1], flag: match[2] };
}

const swap = (match: RegExpExecArray | null) => match && (["", match[2], match[1]] as const);
