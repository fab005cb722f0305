/** Dates and periods in an English question. An ambiguous date (03/04/2019) is not accepted. */
import { type Period, spanOf } from "../dates.ts";

const months = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
const monthPattern = `(?:${months.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join("|")}|sept)\\.?`;
const datePattern = `(?:\\d{4}-\\d{2}-\\d{2}|\\d{4}-\\d{2}|${monthPattern} \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}|\\d{1,2}(?:st|nd|rd|th)? (?:of )?${monthPattern},? \\d{4}|${monthPattern},? \\d{4}|\\d{1,2}[/.]\\d{1,2}[/.]\\d{4}|\\d{4})`;

/** An ISO date from the usual English spellings; undefined if it is not a date, or ambiguous. */
export function readDate(words: string): string | undefined {
  const text = words.trim().toLowerCase();
  if (/^\d{4}(-\d{2}){0,2}$/.test(text)) return spanOf(text) === undefined ? undefined : text;
  const monthNumber = (name: string) =>
    String(months.findIndex((month) => month.startsWith(name.replace(".", "").slice(0, 3))) + 1).padStart(2, "0");
  let match = /^([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$/.exec(text);
  if (match !== null) return valid(`${match[3]}-${monthNumber(match[1])}-${match[2].padStart(2, "0")}`);
  match = /^(\d{1,2})(?:st|nd|rd|th)? (?:of )?([a-z]+)\.?,? (\d{4})$/.exec(text);
  if (match !== null) return valid(`${match[3]}-${monthNumber(match[2])}-${match[1].padStart(2, "0")}`);
  match = /^([a-z]+)\.?,? (\d{4})$/.exec(text);
  if (match !== null) return valid(`${match[2]}-${monthNumber(match[1])}`);
  match = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$/.exec(text);
  if (match !== null) {
    const [a, b] = [Number(match[1]), Number(match[2])];
    if (a > 12 && b <= 12) return valid(`${match[3]}-${match[2].padStart(2, "0")}-${match[1].padStart(2, "0")}`);
    if (b > 12 && a <= 12) return valid(`${match[3]}-${match[1].padStart(2, "0")}-${match[2].padStart(2, "0")}`);
    if (a === b && a <= 12) return valid(`${match[3]}-${match[1].padStart(2, "0")}-${match[2].padStart(2, "0")}`);
  }
  return undefined;
}

const valid = (iso: string) => (spanOf(iso) === undefined ? undefined : iso);

/** The day before, or after. */
function shift(date: string, days: number): string | undefined {
  const span = spanOf(date);
  if (span === undefined) return undefined;
  return new Date((days < 0 ? span.from : span.to - 86_400_000) + days * 86_400_000).toISOString().slice(0, 10);
}

/**
 * Extracts a period from a question: the question without it, and the period. `failed` if a time expression was not
 * understood, so that the question is not answered as if it were absent.
 */
export function takePeriod(question: string, today: string): { rest: string; period?: Period; failed?: boolean } {
  const d = `(${datePattern})`;
  const rules: readonly (readonly [RegExp, (match: RegExpExecArray) => Period | undefined])[] = [
    [new RegExp(`\\b(?:between|from) ${d} (?:and|to|until|through) ${d}`), (m) => both(readDate(m[1]), readDate(m[2]))],
    [new RegExp(`\\b(?:since|from) ${d}(?: on(?:wards)?)?`), (m) => from(readDate(m[1]))],
    [new RegExp(`\\bafter ${d}`), (m) => from(shiftBy(readDate(m[1]), 1))],
    [new RegExp(`\\b(?:before|prior to) ${d}`), (m) => to(shiftBy(readDate(m[1]), -1))],
    [new RegExp(`\\b(?:up to|until|by|through) ${d}`), (m) => to(readDate(m[1]))],
    [
      new RegExp(`\\b(?:in|during|on|of|at|for|throughout)(?: the year)? ${d}`),
      (m) => both(readDate(m[1]), readDate(m[1])),
    ],
    [
      /\b(?:in|during|over|within) the (?:last|past) (\d+|two|three|four|five|six|ten|twelve)? ?(day|week|month|year)s?/,
      (m) => recent(m[1], m[2], today),
    ],
    [/\bthis year/, () => both(today.slice(0, 4), today.slice(0, 4))],
    [/\blast year/, () => both(String(Number(today.slice(0, 4)) - 1), String(Number(today.slice(0, 4)) - 1))],
  ];
  for (const [pattern, make] of rules) {
    const match = pattern.exec(question);
    if (match === null) continue;
    const period = make(match);
    if (period === undefined) return { rest: question, failed: true };
    const rest = `${question.slice(0, match.index)} ${question.slice(match.index + match[0].length)}`
      .replace(/\s+/g, " ")
      .trim();
    return { rest, period };
  }
  return { rest: question };
}

const shiftBy = (date: string | undefined, days: number) => (date === undefined ? undefined : shift(date, days));
const from = (date: string | undefined): Period | undefined => (date === undefined ? undefined : { from: date });
const to = (date: string | undefined): Period | undefined => (date === undefined ? undefined : { to: date });
const both = (a: string | undefined, b: string | undefined): Period | undefined =>
  a === undefined || b === undefined ? undefined : { from: a, to: b };

const numbers: Readonly<Record<string, number>> = { two: 2, three: 3, four: 4, five: 5, six: 6, ten: 10, twelve: 12 };

function recent(count: string | undefined, unit: string, today: string): Period | undefined {
  const n = count === undefined ? 1 : (numbers[count] ?? Number(count));
  const date = new Date(`${today.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return undefined;
  if (unit === "day") date.setUTCDate(date.getUTCDate() - n);
  else if (unit === "week") date.setUTCDate(date.getUTCDate() - 7 * n);
  else {
    const day = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() - n * (unit === "year" ? 12 : 1));
    // A day that does not exist in a shorter month becomes its last day.
    date.setUTCDate(Math.min(day, new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()));
  }
  return { from: date.toISOString().slice(0, 10), to: today.slice(0, 10) };
}
