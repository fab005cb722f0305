/** Words of notes with their positions, and passages: sentences or lines, with their heading. */
import { americanise } from "../concepts/words.ts";

export interface Token {
  /** Normalised: lower case, American spelling, singular. */
  word: string;
  from: number;
  to: number;
}

export interface Passage {
  /** Index of the note. */
  note: number;
  from: number;
  to: number;
  /** The heading above, as written. */
  heading?: string;
}

const known = new Map<string, string>();

/** Normalises one word. */
export function stem(raw: string): string {
  const cached = known.get(raw);
  if (cached !== undefined) return cached;
  let word = americanise(raw);
  if (word.length >= 5 && word.endsWith("s") && !/(?:ss|us|is|ous)$/.test(word))
    word = /[^aeiou]ies$/.test(word) ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  if (known.size > 500_000) known.clear();
  known.set(raw, word);
  return word;
}

const pattern = /[A-Za-z0-9\u00c0-\u024f]+/g;

export function tokenise(text: string, from = 0, to = text.length): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match !== null && match.index < to; match = pattern.exec(text))
    tokens.push({ word: stem(match[0]), from: match.index, to: match.index + match[0].length });
  return tokens;
}

const headingPattern = /^\s*(?:#+\s*)?([A-Z][A-Za-z /&-]{2,50})(?::\s*$|:(?=\s))|^\s*([A-Z][A-Z /&-]{3,50})\s*:?\s*$/;

/**
 * Splits a note at sentence ends and line breaks; long sentences are not split, because cues apply to the whole
 * sentence.
 */
export function passagesOf(text: string, note: number): Passage[] {
  const passages: Passage[] = [];
  let heading: string | undefined;
  let from = 0;
  for (const line of text.split("\n")) {
    const title = headingPattern.exec(line);
    // "Family History: father had a stroke" is a heading for its own line; "FAMILY HISTORY" alone is one for the
    // following lines.
    const alone = title !== null && line.slice(title[0].length).trim() === "";
    const own = title === null ? undefined : (title[1] ?? title[2]).trim();
    if (alone) heading = own;
    else if (own !== undefined) heading = undefined;
    const shown = own ?? heading;
    let start = 0;
    // Not after an initial or a usual abbreviation, and not inside numbers.
    for (const match of line.matchAll(
      /(?<!\b(?:dr|mr|mrs|ms|vs|pt|st|no|approx|e\.g|i\.e|[a-z]))[.!?]+(?=\s+[A-Z"'([]|\s*$)/gi,
    )) {
      const end = match.index + match[0].length;
      push(start, end);
      start = end;
    }
    push(start, line.length);
    from += line.length + 1;
    function push(a: number, b: number): void {
      if (line.slice(a, b).trim() === "") return;
      passages.push({ note, from: from + a, to: from + b, ...(shown === undefined ? {} : { heading: shown }) });
    }
  }
  return passages;
}
