/** JSON inside what a model wrote: in a fence, in running text, with a trailing comma, or cut off in the middle. */

export interface FoundJson {
  readonly value: unknown;
  /** Where it began in the text. */
  readonly at: number;
  /** True when a list was cut off and only its complete entries are here. */
  readonly cut: boolean;
}

/** A text of nothing but open brackets is not searched to the end: no answer begins this often. */
const maxUnclosed = 100;

/** Every JSON list or object of the text that stands on its own, in order. */
export function findJson(text: string): FoundJson[] {
  const found: FoundJson[] = [];
  let unclosed = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "[" && text[at] !== "{") continue;
    const end = closingOf(text, at);
    if (end !== undefined) {
      const value = parseLoosely(text.slice(at, end + 1));
      if (value !== undefined) {
        found.push({ value, at, cut: false });
        at = end;
      }
      continue;
    }
    if (++unclosed > maxUnclosed) break;
    const entries = text[at] === "[" ? completeEntries(text.slice(at + 1)) : [];
    if (entries.length > 0) {
      found.push({ value: entries, at, cut: true });
      break;
    }
  }
  return found;
}

/** The index of the bracket that closes the one at `at`; undefined when the text ends before. */
function closingOf(text: string, at: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let i = at; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === "[" || c === "{") depth++;
    else if ((c === "]" || c === "}") && --depth === 0) return i;
  }
  return undefined;
}

function parseLoosely(text: string): unknown {
  for (const candidate of [
    text,
    text.replace(/,(\s*[\]}])/g, "$1"),
    text.replace(/,(\s*[\]}])/g, "$1").replace(/'/g, '"'),
  ]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // The next, more forgiving reading is tried.
    }
  }
  return undefined;
}

/** The objects of a list that ends nowhere, as far as they are complete. */
function completeEntries(text: string): unknown[] {
  const entries: unknown[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "{" && text[at] !== "[") continue;
    const end = closingOf(text, at);
    if (end === undefined) break; // What follows an entry that never ends is inside it.
    const value = parseLoosely(text.slice(at, end + 1));
    if (value !== undefined) entries.push(value);
    at = end;
  }
  return entries;
}
