/**
 * The words around a mention as numbers, for the small network of `classifier.ts` and for its training (`tools/polarity/train.mjs`): which word, how far
 * from the mention and on which side, and how many statements and commas lie between.
 */

/** One token near a mention. */
export interface ContextToken {
  word: string;
  /** Indices of learned position vectors: distance with its side, ends of statements between, commas between. */
  places: [distance: number, statements: number, commas: number];
}

/** Number of position vectors of each kind. */
export const placeSizes = [15, 6, 6] as const;

/** Tokens taken on each side of a mention. */
const reach = 22;
/** Stands for the mention itself. */
export const mentionToken = "<mention>";

const pattern = /n't\b|'s\b|[a-z\u00c0-\u024f]+(?=n't\b)|[a-z\u00c0-\u024f]+|\d+(?:[.,/]\d+)*|->|\[[ x]\]|[^\s\w]/giu;
const ends = /^[;.!]$|^(?:but|however|although|though|whereas|while|yet|because|therefore|so)$/;

/** Words and signs of a text, normalised: lower case, `n't` as `not`, numbers as `0`. */
export function contextWords(text: string): string[] {
  return [...text.replace(/[\u2018\u2019]/g, "'").matchAll(pattern)].map(([raw]) => {
    const word = raw.toLowerCase();
    if (word === "n't") return "not";
    if (/^\d/.test(word)) return "0";
    return /^[\u2013\u2014]$/.test(word) ? "-" : word;
  });
}

/** The tokens before, of, and after the mention, with their places; the heading, if any, comes first. */
export function contextOf(sentence: string, from: number, to: number, heading?: string): ContextToken[] {
  const before = contextWords(sentence.slice(0, from)).slice(-reach);
  if (heading !== undefined && !sentence.trimStart().startsWith(heading)) before.unshift(...contextWords(heading), ":");
  const after = contextWords(sentence.slice(to)).slice(0, reach);
  const tokens: ContextToken[] = [];
  for (let side = 0; side < 2; side++) {
    const words = side === 0 ? before.toReversed() : after;
    let [statements, commas] = [0, 0];
    const placed = words.map((word, i): ContextToken => {
      const token: ContextToken = {
        word,
        places: [side * 7 + bucket(i + 1), side * 3 + Math.min(2, statements), side * 3 + Math.min(2, commas)],
      };
      if (ends.test(word)) statements++;
      else if (word === ",") commas++;
      return token;
    });
    if (side === 0) tokens.push(...placed.reverse(), { word: mentionToken, places: [14, 0, 0] });
    else tokens.push(...placed);
  }
  return tokens;
}

/** 1, 2, 3, 4-5, 6-8, 9-13, further. */
function bucket(distance: number): number {
  const at = [1, 2, 3, 5, 8, 13].findIndex((limit) => distance <= limit);
  return at < 0 ? 6 : at;
}
