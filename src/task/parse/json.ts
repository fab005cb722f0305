/**
 * Finds JSON in a model's text: in a code fence, in running text, with a trailing comma, or truncated. The search is bounded, so that a text consisting
 * of brackets takes no longer than valid JSON.
 */

import { maxAnswerLength } from "./longest.ts";

export interface FoundJson {
  readonly value: unknown;
  /** Start in the text. */
  readonly at: number;
  /** True if a list was truncated and only its complete entries are included. */
  readonly cut: boolean;
}

/** Maximum nesting depth; deeper JSON is not an answer and could overflow the stack. */
const maxDepth = 64;
/** Search budget in characters: this multiple of the text's length, plus a fixed number so that short texts are searched from every bracket. */
const timesLength = 4;
const freely = 2_000_000;
/** Cost of a failed parse, in characters: an exception takes longer than reading. */
const parseCost = 200;
const failureCost = 5000;

/** Every top-level JSON list or object of the text, in order. */
export function findJson(text: string): FoundJson[] {
  if (text.length > maxAnswerLength) return [];
  const budget = { left: timesLength * text.length + freely };
  const found: FoundJson[] = [];
  for (let at = nextBracket(text, 0); at >= 0 && budget.left > 0; at = nextBracket(text, at + 1)) {
    const end = closingOf(text, at, budget);
    if (end === "too deep") continue;
    if (end !== undefined) {
      const value = parseLoosely(text, at, end, budget);
      if (value !== undefined) {
        found.push({ value, at, cut: false });
        at = end;
      }
      continue;
    }
    const entries = text[at] === "[" ? completeEntries(text, at + 1, budget) : [];
    if (entries.length > 0) {
      found.push({ value: entries, at, cut: true });
      break;
    }
  }
  return found;
}

interface Budget {
  left: number;
}

const brackets = /[[{]/g;

function nextBracket(text: string, from: number): number {
  brackets.lastIndex = from;
  return brackets.exec(text)?.index ?? -1;
}

/** The index of the bracket that closes the one at `at`; undefined if the text or the budget ends first. */
function closingOf(text: string, at: number, budget: Budget): number | "too deep" | undefined {
  let depth = 0;
  let inString = false;
  const last = Math.min(text.length, at + budget.left);
  for (let i = at; i < last; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === backslash) i++;
      else if (c === quote) inString = false;
    } else if (c === quote) inString = true;
    else if (c === openList || c === openObject) {
      if (++depth > maxDepth) {
        budget.left -= i - at;
        return "too deep";
      }
    } else if ((c === closeList || c === closeObject) && --depth === 0) {
      budget.left -= i - at;
      return i;
    }
  }
  budget.left -= last - at;
  return undefined;
}

const [quote, backslash, openList, closeList, openObject, closeObject] = ['"', "\\", "[", "]", "{", "}"].map((c) =>
  c.charCodeAt(0),
);

/** Characters that can follow the opening bracket of JSON, or of JSON with single quotes. */
const beginning = /\[\s{0,64}[-\d"'[{tfn\],]|\{\s{0,64}["'},]/y;

function parseLoosely(text: string, at: number, end: number, budget: Budget): unknown {
  beginning.lastIndex = at;
  if (!beginning.test(text)) return undefined;
  const whole = text.slice(at, end + 1);
  const strict = tryParse(whole, budget);
  if (strict !== undefined) return strict;
  const plain = whole.replace(/,(\s*[\]}])/g, "$1");
  const second = plain === whole ? undefined : tryParse(plain, budget);
  if (second !== undefined || !plain.includes("'")) return second;
  return tryParse(plain.replace(/'/g, '"'), budget);
}

function tryParse(text: string, budget: Budget): unknown {
  if (budget.left <= 0) return undefined;
  budget.left -= text.length + parseCost;
  try {
    return JSON.parse(text);
  } catch {
    budget.left -= failureCost;
    return undefined;
  }
}

/** The complete objects of an unterminated list. */
function completeEntries(text: string, from: number, budget: Budget): unknown[] {
  const entries: unknown[] = [];
  for (let at = nextBracket(text, from); at >= 0 && budget.left > 0; at = nextBracket(text, at + 1)) {
    const end = closingOf(text, at, budget);
    if (end === undefined || end === "too deep") break; // Text after an unterminated entry belongs to it.
    const value = parseLoosely(text, at, end, budget);
    if (value !== undefined) entries.push(value);
    at = end;
  }
  return entries;
}
