/**
 * Splits words that OCR joined, where both parts are unambiguous: `range:25.0-36.0`, `03/02/202606:10`,
 * `mL/min/1.73m2>60`, `0.24Low`. In small print the gap between words is often smaller than OCR's blank.
 */
import { looksLikeUnit } from "../terms/index.ts";
import { readDate } from "./dates.ts";
import { readFlag, readNumber, readRange } from "./numbers.ts";
import type { Word } from "./words.ts";

/** Index at which the second part begins; undefined for a single word. */
type Cut = (text: string) => number | undefined;

const behind =
  (pattern: RegExp, holds: (left: string, right: string) => boolean = () => true): Cut =>
  (text) => {
    const left = pattern.exec(text)?.[1];
    return left !== undefined && holds(left, text.slice(left.length)) ? left.length : undefined;
  };

/** A flagged number is one word to the parser; `5.2L` is not a volume in litres. */
const isMeasured = (amount: string, unit: string) =>
  looksLikeUnit(unit) &&
  readFlag(unit) === undefined &&
  (readNumber(amount) !== undefined || readRange(amount) !== undefined);

const cuts: readonly Cut[] = [
  // A label and its value.
  behind(/^((?:range|reference|ref\.?|limits?|interval|normal):)[<>≤≥\d]/i),
  // A date and a time: `03/02/202606:10`, `2,20260610` of `Mar 2, 2026 0610`, `2,2026`.
  behind(
    /^(\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})(?:[01]\d|2[0-3]):?[0-5]\d(?:[AP]M)?$/i,
    (day) => readDate(day) !== undefined,
  ),
  behind(/^(\d{1,2},)(?:19|20)\d{2}(?:(?:[01]\d|2[0-3]):?[0-5]\d)?$/),
  behind(/^((?:19|20)\d{2})(?:[01]\d|2[0-3]):?[0-5]\d$/, (year) => Number(year) < 2100),
  // A number and its flag as a word.
  behind(/^([<>≤≥]?\d[\d.,]*)[([]?(?:High|Low|Hi|Lo)[)\]]?$/, (number) => readNumber(number) !== undefined),
  // A value, its flag and its range: `15.5H12-16`.
  behind(
    /^([<>≤≥]?\d[\d.,]*(?:HH?|LL?|[*!↑↓▲▼]))\d[\d.,]*[-–]\d[\d.,]*(?:HH?|LL?|[*!↑↓▲▼])?$/,
    (value, range) =>
      readNumber(value.replace(/[^\d.,]+$/, "")) !== undefined &&
      readRange(range.replace(/[^\d.,]+$/, "")) !== undefined,
  ),
  // A number and its unit, a range and its unit: `138mmol/L`, `4.0-5.6%`, `40010^3/uL`.
  behind(/^([<>≤≥]?\d[\d.,]*)10[\^~*]\d{1,2}\/[a-zµμ]+$/i, (number) => readNumber(number) !== undefined),
  behind(/^([<>≤≥]?\d[\d.,]*|\d[\d.,]*[-–]\d[\d.,]*)[a-zµμ%][^\d\s]*$/i, isMeasured),
  // A unit that fills its column, and the bound after it; only units that cannot continue with a digit.
  behind(/^(mL\/min\/1[.,]73m[2²])[<>≤≥]?=?\d+(?:[.,]\d+)?$/i, looksLikeUnit),
  behind(/^([a-zµμ]+\/[a-z]*[dmµμ]?[lL])[<>≤≥]=?\d+(?:[.,]\d+)?$/, looksLikeUnit),
];

/** The word, or its parts from left to right, each with its share of the box. */
export function splitJoinedWord(word: Word): readonly Word[] {
  for (const cut of cuts) {
    const at = cut(word.text);
    if (at !== undefined) return [part(word, 0, at), ...splitJoinedWord(part(word, at, word.text.length))];
  }
  return [word];
}

function part(word: Word, from: number, to: number): Word {
  const inside = <B extends { x0: number; x1: number }>(box: B): B => {
    const at = (letters: number) => box.x0 + ((box.x1 - box.x0) * letters) / word.text.length;
    return { ...box, x0: at(from), x1: at(to) };
  };
  return { ...inside(word), box: inside(word.box), text: word.text.slice(from, to) };
}
