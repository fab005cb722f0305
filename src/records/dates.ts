/**
 * Dates in the precision of their source. A date represents the interval of possible instants: `2019` is a whole year. If an order cannot be
 * determined at the given precision, this is reported, never guessed.
 *
 * Calendar arithmetic (days between, age) uses the day as printed, in the zone of the source: a test at 23:30 -05:00 was done that day.
 * Ordering uses instants; a time without a zone is taken as UTC.
 */
import type { PartialDate } from "./fact.ts";

export type Precision = "year" | "month" | "day" | "time";

export interface DateSpan {
  /** Milliseconds of the first instant, inclusive. */
  from: number;
  /** Milliseconds after the last instant, exclusive. */
  to: number;
  precision: Precision;
}

const pattern = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;
const day = 86_400_000;

const spans = new Map<string, DateSpan | undefined>();

/** The interval that a date may denote; undefined for an invalid date (including 30 February). */
export function spanOf(date: PartialDate): DateSpan | undefined {
  if (spans.has(date)) return spans.get(date);
  const span = parseSpan(date);
  if (spans.size > 200_000) spans.clear();
  spans.set(date, span);
  return span;
}

function parseSpan(date: string): DateSpan | undefined {
  const match = pattern.exec(date);
  if (match === null) return undefined;
  const [, y, m, d, hour, minute, second, fraction, zone] = match;
  const year = Number(y);
  if (m === undefined) return { from: Date.UTC(year, 0), to: Date.UTC(year + 1, 0), precision: "year" };
  const month = Number(m) - 1;
  if (month < 0 || month > 11) return undefined;
  if (d === undefined) return { from: Date.UTC(year, month), to: Date.UTC(year, month + 1), precision: "month" };
  const from = Date.UTC(year, month, Number(d));
  if (new Date(from).getUTCDate() !== Number(d)) return undefined;
  if (hour === undefined) return { from, to: from + day, precision: "day" };
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second ?? 0) > 60) return undefined;
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second ?? 0) + Number(fraction ?? 0);
  const offset = zone === undefined || zone === "Z" ? 0 : zoneMinutes(zone);
  const at = from + seconds * 1000 - offset * 60_000;
  const width = second === undefined ? 60_000 : fraction === undefined ? 1000 : 1;
  return { from: at, to: at + width, precision: "time" };
}

function zoneMinutes(zone: string): number {
  const digits = zone.slice(1).replace(":", "");
  return (zone[0] === "-" ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
}

/** Orders by first instant, then by last; dates that are missing or not dates come first. */
export function compareDates(a: PartialDate | undefined, b: PartialDate | undefined): number {
  const x = a === undefined ? undefined : spanOf(a);
  const y = b === undefined ? undefined : spanOf(b);
  if (x === undefined || y === undefined) return (x === undefined ? 0 : 1) - (y === undefined ? 0 : 1);
  return x.from - y.from || x.to - y.to;
}

/** Whether `a` is certainly before `b`; false when they overlap. */
export function isBefore(a: PartialDate, b: PartialDate): boolean {
  const x = spanOf(a);
  const y = spanOf(b);
  return x !== undefined && y !== undefined && x.to <= y.from;
}

/** Whether two dates of different precision may mean the same instant, without being equal. */
export function overlapsUnequally(a: PartialDate, b: PartialDate): boolean {
  const x = spanOf(a);
  const y = spanOf(b);
  if (x === undefined || y === undefined || a === b) return false;
  return x.from < y.to && y.from < x.to && (x.from !== y.from || x.to !== y.to);
}

/** A stretch of time; both ends inclusive, in their own precision (`{ from: "2014", to: "2014" }` is that year). */
export interface Period {
  from?: PartialDate;
  to?: PartialDate;
}

/**
 * Whether a date lies in a period: `in`, `out`, or `unclear` if its precision does not suffice. The printed day
 * decides, so that "in 2014" agrees with the document in any time zone.
 */
export function within(date: PartialDate, period: Period): "in" | "out" | "unclear" {
  const span = spanOf(localDate(date));
  if (span === undefined) return "unclear";
  const from = period.from === undefined ? -Infinity : (spanOf(localDate(period.from))?.from ?? -Infinity);
  const to = period.to === undefined ? Infinity : (spanOf(localDate(period.to))?.to ?? Infinity);
  if (span.from >= from && span.to <= to) return "in";
  if (span.to <= from || span.from >= to) return "out";
  return "unclear";
}

/** The day (or month, or year) as printed, without the time. */
export function localDate(date: PartialDate): PartialDate {
  return date.slice(0, 10);
}

/** Days from one printed day to another; a range when a date has no day. Negative when `to` is earlier. */
export function daysBetween(from: PartialDate, to: PartialDate): { min: number; max: number } | undefined {
  const a = spanOf(localDate(from));
  const b = spanOf(localDate(to));
  if (a === undefined || b === undefined) return undefined;
  return { min: Math.round((b.from - (a.to - day)) / day), max: Math.round((b.to - day - a.from) / day) };
}

/** Completed years of age on a day; a range when either date lacks the day. Undefined before birth. */
export function ageAt(birth: PartialDate, date: PartialDate): { min: number; max: number } | undefined {
  const birthSpan = spanOf(localDate(birth));
  const then = spanOf(localDate(date));
  if (birthSpan === undefined || then === undefined || then.to <= birthSpan.from) return undefined;
  return {
    min: Math.max(0, completedYears(birthSpan.to - day, then.from)),
    max: completedYears(birthSpan.from, then.to - day),
  };
}

function completedYears(birth: number, then: number): number {
  const a = new Date(birth);
  const b = new Date(then);
  const before =
    b.getUTCMonth() < a.getUTCMonth() || (b.getUTCMonth() === a.getUTCMonth() && b.getUTCDate() < a.getUTCDate());
  return b.getUTCFullYear() - a.getUTCFullYear() - (before ? 1 : 0);
}

/** The clock's day, in the zone of the machine. */
export function clockToday(): PartialDate {
  const now = new Date();
  const two = (n: number) => String(n).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** `20100929110702-0500` of HL7 as ISO 8601 in the same precision; undefined for what is not a date. */
export function fromHl7Date(text: string | undefined): PartialDate | undefined {
  const match = /^(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\.\d+)?([+-]\d{4})?$/.exec((text ?? "").trim());
  if (match === null) return undefined;
  const [, y, mo, d, h, mi, s, fraction, zone] = match;
  let iso = y;
  if (mo !== undefined && mo !== "00") iso += `-${mo}`;
  if (iso.length === 7 && d !== undefined && d !== "00") iso += `-${d}`;
  // Not all readers accept an ISO time with an hour but no minutes; only the day is kept.
  if (iso.length === 10 && h !== undefined && mi !== undefined) {
    iso += `T${h}:${mi}`;
    if (s !== undefined) iso += `:${s}${fraction ?? ""}`;
    if (zone !== undefined) iso += `${zone.slice(0, 3)}:${zone.slice(3)}`;
  }
  return spanOf(iso) === undefined ? undefined : iso;
}
