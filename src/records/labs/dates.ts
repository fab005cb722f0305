/**
 * Converts printed dates to ISO 8601. `03/04/2026` is ambiguous and gives no date unless other dates of the document
 * show the order.
 */

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

export interface PrintedDate {
  /** ISO date or date with time; undefined if day and month cannot be distinguished. */
  readonly iso?: string;
}

/** Undefined when the text is not a date. */
export function readDate(text: string, order?: "dmy" | "mdy"): PrintedDate | undefined {
  const match =
    /^(\S+?(?:[\s-][A-Za-z]{3,9}\.?,?[\s-]\d{4}|[\s]\d{1,2},?\s\d{4})?)(?:[\s,T]+(\d{1,2}:\d{2})(?::\d{2})?\s*(am|pm)?)?$/i.exec(
      text.trim().replace(/^(\d{4}-\d{2}-\d{2})(\d{2}:\d{2})$/, "$1 $2"),
    );
  if (match === null) return undefined;
  const [, date, clock, half] = match;
  const time = clock === undefined ? undefined : clockTime(clock, half);
  if (clock !== undefined && time === undefined) return undefined;
  const day = isoDay(date, order);
  if (day === undefined) return undefined;
  return day === "" ? {} : { iso: time === undefined ? day : `${day}T${time}` };
}

/** The order of day and month in a document's slashed dates; undefined if none of them is unambiguous. */
export function dateOrder(text: string): "dmy" | "mdy" | undefined {
  const seen = new Set<"dmy" | "mdy">();
  for (const [, a, b] of text.matchAll(/\b(\d{1,2})[/-](\d{1,2})[/-](?:\d{4}|\d{2})\b/g)) {
    if (Number(a) > 12 && Number(b) <= 12) seen.add("dmy");
    if (Number(b) > 12 && Number(a) <= 12) seen.add("mdy");
  }
  return seen.size === 1 ? [...seen][0] : undefined;
}

/** `""` for a date with unknown order. */
function isoDay(text: string, order?: "dmy" | "mdy"): string | undefined {
  let match = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text);
  if (match) return day(match[1], match[2], match[3]);
  match = /^(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})$/.exec(text);
  if (match) return day(fullYear(match[3]), match[2], match[1]);
  match = /^(\d{1,2})[\s-]([A-Za-z]{3,9})\.?,?[\s-](\d{4})$/.exec(text);
  if (match) return day(match[3], monthOf(match[2]), match[1]);
  match = /^([A-Za-z]{3,9})\.?\s(\d{1,2}),?\s(\d{4})$/.exec(text);
  if (match) return day(match[3], monthOf(match[1]), match[2]);
  match = /^(\d{1,2})[/](\d{1,2})[/](\d{2})$/.exec(text) ?? /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/.exec(text);
  if (match === null) return undefined;
  const [, a, b] = match;
  const year = fullYear(match[3]);
  if (Number(a) === Number(b) || (Number(a) > 12 && order !== "mdy")) return day(year, b, a);
  if (Number(b) > 12) return day(year, a, b);
  if (order === undefined) return day(year, a, b) === undefined ? undefined : "";
  return order === "dmy" ? day(year, b, a) : day(year, a, b);
}

/** Two-digit years belong to this century, except 70 and later, which are dates of birth. */
const fullYear = (year: string) => (year.length === 4 ? year : `${Number(year) < 70 ? "20" : "19"}${year}`);

const monthOf = (word: string) => String(months.indexOf(word.slice(0, 3).toLowerCase()) + 1);

function day(year: string, month: string, date: string): string | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(date)];
  if (!(y >= 1900 && y <= 2200 && m >= 1 && m <= 12 && d >= 1 && d <= new Date(Date.UTC(y, m, 0)).getUTCDate()))
    return undefined;
  return `${year}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
}

function clockTime(clock: string, half: string | undefined): string | undefined {
  const [hour, minute] = clock.split(":").map(Number);
  const h = half === undefined ? hour : (hour % 12) + (/pm/i.test(half) ? 12 : 0);
  return h < 24 && minute < 60 ? `${String(h).padStart(2, "0")}:${String(minute).padStart(2, "0")}` : undefined;
}
