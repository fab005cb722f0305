/**
 * Compares an entry of a C-CDA section with the text that people read for it: value, unit, date, status, negation. A contradiction is a caution
 * that names both; which of the two is right, the document does not say. What the text does not state contradicts nothing.
 */
import { localDate, within } from "../../dates.ts";
import type { Fact } from "../../fact.ts";
import { dateOrder, readDate } from "../../labs/dates.ts";
import { readUnit } from "../../terms/units.ts";
import { convert } from "../../units.ts";
import type { Narrative } from "./narrative.ts";

/** Adds cautions to the facts of one section. */
export function cautionContradictions(facts: readonly Fact[], note: string, { text }: Narrative): void {
  const order = dateOrder(text);
  for (const fact of facts) {
    const row = rowOf(fact, facts, note, text);
    if (row === undefined) continue;
    for (const found of contradictionsOf(fact, row, order))
      fact.cautions = [...(fact.cautions ?? []), `${found}; the text of the section says "${shortened(row)}"`];
  }
}

const shortened = (row: string) => (row.length > 120 ? `${row.slice(0, 117)}...` : row);

/** The line of the text that the entry refers to; without a reference the only line that begins with its name. */
function rowOf(fact: Fact, facts: readonly Fact[], note: string, text: string): string | undefined {
  const { source, code } = fact;
  if ("note" in source) {
    if (source.note !== note) return undefined;
    const from = text.lastIndexOf("\n", source.from - 1) + 1;
    const end = text.indexOf("\n", source.to);
    const row = text.slice(from, end < 0 ? text.length : end);
    // A reference to a whole table or several paragraphs does not say which words are meant.
    return row.includes("\n") ? undefined : row.trim();
  }
  const name = code?.display.toLowerCase();
  if (name === undefined || facts.filter((each) => each.code?.display.toLowerCase() === name).length !== 1)
    return undefined;
  const rows = text.split("\n").filter((line) => cellsOf(line)[0]?.toLowerCase().replace(/^- /, "") === name);
  return rows.length === 1 ? rows[0].trim() : undefined;
}

const cellsOf = (row: string) => row.split("|").map((cell) => cell.trim());

/** What contradicts, as the beginning of a sentence about the entry. */
export function contradictionsOf(fact: Fact, row: string, order?: "dmy" | "mdy"): string[] {
  const found: string[] = [];
  const { dates, rest } = withoutDates(row, order);
  const value = valueAgainst(fact, rest);
  if (value !== undefined) found.push(value);
  if (dates.length > 0 && fact.start !== undefined) {
    const own = [fact.start, fact.end, fact.recorded].filter((date) => date !== undefined);
    // A year, or a month, agrees with every day in it, and the other way round.
    const agrees = (printed: string) =>
      own.some((date) => {
        const day = localDate(date);
        return (
          day.startsWith(printed) || printed.startsWith(day) || within(day, { from: printed, to: printed }) !== "out"
        );
      });
    if (!dates.some(agrees)) found.push(`the coded entry is dated ${localDate(fact.start)}`);
  }
  const status = statusAgainst(fact, row);
  if (status !== undefined) found.push(status);
  const polarity = polarityAgainst(fact, row);
  if (polarity !== undefined) found.push(polarity);
  return found;
}

const printedDate =
  /\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})\b|\b\d{1,2}[ -](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?[ -]\d{4}\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2},? \d{4}\b/gi;

/** Dates of a row, and the row without its dates and times. Dates whose order is unknown are taken out and not compared. */
function withoutDates(row: string, order?: "dmy" | "mdy"): { dates: string[]; rest: string } {
  const dates: string[] = [];
  const rest = row
    .replace(printedDate, (text) => {
      const iso = readDate(text, order)?.iso;
      if (iso !== undefined) dates.push(iso);
      return " ";
    })
    .replace(/(?<=^|\|)\s*(?:19|20)\d{2}\s*(?=\||$)/g, (year) => {
      dates.push(year.trim());
      return " ";
    })
    .replace(/\b\d{8}(?:\d{4,6})?(?:[+-]\d{4})?\b/g, " ")
    .replace(/\b\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]m)?\b/gi, " ");
  return { dates, rest };
}

const number = /(?<![\w.])[-+]?\d+(?:[.,]\d+)*(?![\w]*-\d)/g;

function valueAgainst(fact: Fact, rest: string): string | undefined {
  const { value, unit, printedUnit, code, printedValue } = fact;
  const shown = `the coded entry says ${fact.comparator ?? ""}${printedValue ?? String(value)}${printedUnit ? ` ${printedUnit}` : ""}`;
  if (fact.kind !== "observation" || value === undefined || code === undefined) return undefined;
  // Digits of the name (B12, 25-hydroxy) are no results, nor are those of ranges, unless nothing else is left.
  const named = code.display
    .split(/\s+/)
    .filter((word) => /\d/.test(word))
    .reduce((text, word) => text.replaceAll(word, " "), rest);
  const cells = cellsOf(named);
  const body = cells.length > 1 && !/^[<>]?\s*\d/.test(cells[0]) ? cells.slice(1).join(" | ") : named;
  if (typeof value === "string") return wordsAgainst(value, body, shown);
  if (typeof value !== "number") return undefined;
  const unranged = body.replace(/[-+]?\d+(?:\.\d+)?\s*(?:-|–|to)\s*\d+(?:\.\d+)?|[[(][^\])]*[\])]/g, " ");
  const read = (text: string) =>
    [...text.matchAll(number)].map((match) => ({
      printed: match[0],
      value: Number(/^\d{1,3}(?:,\d{3})+$/.test(match[0]) ? match[0].replaceAll(",", "") : match[0].replace(",", ".")),
      unit: unitAfter(text.slice(match.index + match[0].length)),
    }));
  const all = read(body);
  const results = read(unranged);
  if (results.length === 0 || all.some(({ value: each }) => Number.isNaN(each))) return undefined;
  const same = all.filter(
    (each) => Number(value.toFixed(decimals(each.printed))) === each.value || each.value === value,
  );
  if (same.length === 0) {
    // The text may state the same amount in another unit: 70 kg and 154 lb.
    const converted = all.some(({ value: each, unit: printed }) => {
      const other = unit && printed && convert(each, printed, unit);
      return typeof other === "number" && Math.abs(other - value) <= 0.02 * Math.abs(value);
    });
    // Scores and counts among other words may mean something else; a number with a unit, or alone in its cell, is the result.
    const result =
      results.find((each) => each.unit !== undefined) ??
      (cells.some((cell) => /^[<>]?\s*[-+]?\d+(?:[.,]\d+)?$/.test(cell)) ? results[0] : undefined);
    return converted || result === undefined ? undefined : shown;
  }
  const units = same.map((each) => each.unit).filter((each) => each !== undefined);
  if (unit === undefined || units.length < same.length) return undefined;
  const differs = units.every((each) => {
    const one = convert(1, each, unit);
    return each !== unit && (one === undefined || Math.abs(one - 1) > 1e-6);
  });
  return differs ? shown : undefined;
}

const decimals = (printed: string) => /[.,](\d+)$/.exec(printed)?.[1].length ?? 0;

/** UCUM of the unit printed after a number, in its cell or alone in the next; undefined if there is none, or it is not known. */
function unitAfter(text: string): string | undefined {
  const own = /^\s*(?:\|\s*)?([A-Za-z%µμ°*[{/][^\s|,;()]*)/.exec(text)?.[1];
  return own === undefined || /^(?:H|L|N|A|HH|LL|high|low|normal|final|in|of|on|at)$/i.test(own)
    ? undefined
    : readUnit(own)?.ucum;
}

const positive = /\b(?:positive|detected|reactive|present)\b/i;
const negative = /\b(?:negative|not detected|non-?reactive|absent|not present|none detected|undetected|none seen)\b/i;

function wordsAgainst(value: string, body: string, shown: string): string | undefined {
  const polarityOf = (text: string) =>
    negative.test(text) ? "negative" : positive.test(text) ? "positive" : undefined;
  const [entry, text] = [polarityOf(value), polarityOf(body)];
  return entry !== undefined &&
    text !== undefined &&
    entry !== text &&
    !body.toLowerCase().includes(value.toLowerCase())
    ? shown
    : undefined;
}

const going = /^(?:active|ongoing|current|recurrence|relapse)$/i;
const over =
  /^(?:inactive|resolved|completed|discontinued|stopped|remission|aborted|suspended|cancelled|no longer active)$/i;

/** Problems, allergies and medications: active in one, over in the other. The status must be a cell, or stated as "status: ..." */
function statusAgainst({ kind, status }: Fact, row: string): string | undefined {
  if (!["condition", "allergy", "medication"].includes(kind) || status === undefined) return undefined;
  const printed = [...cellsOf(row), ...[...row.matchAll(/\bstatus\s*[:=]?\s*([a-z]+)/gi)].map(([, word]) => word)];
  const said = (pattern: RegExp) => printed.some((cell) => pattern.test(cell));
  // A medication that is "completed" in CDA has a complete order: its text decides nothing about it.
  const contradicts =
    (going.test(status) && said(over) && !said(going)) ||
    (over.test(status) && said(going) && !said(over) && !(kind === "medication" && status === "completed"));
  return contradicts ? `the status of the coded entry is ${status}` : undefined;
}

const none =
  /\b(?:no|denies|denied|negative for|never|without|not|none|ruled out|refuted|refused|declined|not given|not done)\b/i;

/** A diagnosis, allergy, drug or vaccine that one of the two denies. */
function polarityAgainst({ kind, assertion, code }: Fact, row: string): string | undefined {
  if (!["condition", "allergy", "medication", "immunization", "procedure"].includes(kind) || code === undefined)
    return undefined;
  const denied = none.test(code.display) || none.test(row);
  if (assertion === "denied")
    return denied || !names(row, code.display) ? undefined : `the coded entry denies ${code.display}`;
  if (assertion !== undefined && assertion !== "confirmed") return undefined;
  // Only words that deny the name itself: "no known allergies", "denies asthma", "asthma: ruled out".
  const cell = cellsOf(row).find((each) => names(each, code.display));
  if (cell === undefined || none.test(code.display)) return undefined;
  const at = cell.toLowerCase().indexOf(firstWord(code.display));
  const denies =
    /(?:^|[\s(:-])(?:no|no known|denies|denied|negative for|no history of|no evidence of|never had|without|ruled out:?)\s+(?:any\s+)?$/i.test(
      cell.slice(0, at),
    ) ||
    /^[^|;.]{0,40}?[:,(-]?\s*\b(?:was ruled out|ruled out|denied|refuted|not given|refused|not administered|not done)\b/i.test(
      cell.slice(at),
    );
  return denies ? `the coded entry affirms ${code.display}` : undefined;
}

const firstWord = (name: string) => /[\p{L}\d]{3,}/u.exec(name.toLowerCase())?.[0] ?? name.toLowerCase();
const names = (text: string, name: string) => text.toLowerCase().includes(firstWord(name));
