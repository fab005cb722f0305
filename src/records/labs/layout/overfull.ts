/** Lines with more words than anybody prints: every later step compares the words of a line with each other. */
import type { Word } from "../words.ts";
import { heightOf } from "./items.ts";

const maxWordsOfLine = 250;

/** The words of a page without those of lines that hold too many, which are left unread. */
export function withoutOverfull(words: readonly Word[]): {
  words: readonly Word[];
  overfull: readonly (readonly Word[])[];
} {
  if (words.length <= maxWordsOfLine) return { words, overfull: [] };
  const bands = new Map<number, Word[]>();
  for (const word of words) {
    const band = Math.round((word.y0 + word.y1) / 2 / Math.max(1, heightOf(word)));
    const row = bands.get(band);
    if (row === undefined) bands.set(band, [word]);
    else row.push(word);
  }
  const overfull = [...bands.values()].filter((row) => row.length > maxWordsOfLine);
  if (overfull.length === 0) return { words, overfull };
  const left = new Set(overfull.flat());
  return { words: words.filter((word) => !left.has(word)), overfull };
}
