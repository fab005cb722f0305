/** Readability of a text: the Flesch-Kincaid grade (Kincaid 1975). */

export interface Readability {
  /** School grade of the United States; texts for patients aim at 6. */
  grade: number;
  words: number;
  sentences: number;
  syllables: number;
  /** Words of four or more syllables, which a writer may want to replace. */
  hard: readonly string[];
}

/** Readability measures of a text for patients. */
export function readability(text: string): Readability {
  const sentences = text.split(/[.!?:;](?:\s|$)|\n/).filter((part) => /[A-Za-z]{2}/.test(part)).length || 1;
  // A number counts as one word of one syllable, because its digits do not affect readability.
  const words = text.match(/[A-Za-z][A-Za-z'-]*|\d[\d.,/-]*/g) ?? [];
  const counts = words.map((word) => (/^\d/.test(word) ? 1 : syllablesOf(word)));
  const syllables = counts.reduce((a, b) => a + b, 0);
  const n = Math.max(1, words.length);
  return {
    grade: 0.39 * (n / sentences) + 11.8 * (syllables / n) - 15.59,
    words: words.length,
    sentences,
    syllables,
    hard: [...new Set(words.filter((_, index) => counts[index] >= 4).map((word) => word.toLowerCase()))],
  };
}

/** Groups of vowels, less a silent e; at least one. */
export function syllablesOf(word: string): number {
  const plain = word.toLowerCase().replace(/[^a-z]/g, "");
  if (plain.length <= 3) return 1;
  const trimmed = plain.replace(/(?:[^laeiouy]es|[^aeiouytd]ed|[^laeiouy]e)$/, (end) => end[0]).replace(/^y/, "");
  return Math.max(1, trimmed.match(/[aeiouy]{1,2}/g)?.length ?? 1);
}
