/** chrF and chrF++ (Popovic 2015, 2017) as sacreBLEU computes them. */
import { requireCases } from "../input.ts";
import type { Candidate } from "./bleu.ts";
import { countRuns, sharedCount, words } from "./tokens.ts";

/** Options of `chrf`. Default: chrF (`wordOrder` 0). */
export interface ChrfOptions {
  /** Word n-grams besides the characters: 0 is chrF (`chrf@sacrebleu`), 2 is chrF++ (`chrf++@sacrebleu`). */
  readonly wordOrder?: 0 | 2;
}

const characterOrder = 6;
const beta = 2;
const punctuation = new Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

function characterRuns(text: string, n: number): Map<string, number> {
  const characters = [...words(text).join("")];
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= characters.length; i++) {
    const run = characters.slice(i, i + n).join("");
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
}

/** One punctuation mark is split off each word: the last, else the first. */
const separated = (text: string): string[] =>
  words(text).flatMap((word) => {
    const characters = [...word];
    if (characters.length === 1) return [word];
    const last = characters[characters.length - 1];
    if (punctuation.has(last)) return [characters.slice(0, -1).join(""), last];
    return punctuation.has(characters[0]) ? [characters[0], characters.slice(1).join("")] : [word];
  });

function runsOf(text: string, wordOrder: number): Map<string, number>[] {
  const runs = Array.from({ length: characterOrder }, (_, i) => characterRuns(text, i + 1));
  const tokens = wordOrder > 0 ? separated(text) : [];
  for (let n = 1; n <= wordOrder; n++) runs.push(countRuns(tokens, n));
  return runs;
}

interface Counts {
  readonly candidate: number;
  readonly reference: number;
  readonly shared: number;
}

const total = (counts: ReadonlyMap<string, number>) => {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
};

function fScore(counts: readonly Counts[]): number {
  let precision = 0;
  let recall = 0;
  let orders = 0;
  for (const { candidate, reference, shared } of counts) {
    if (candidate === 0 || reference === 0) continue;
    precision += shared / candidate;
    recall += shared / reference;
    orders++;
  }
  if (precision + recall === 0) return 0;
  precision /= orders;
  recall /= orders;
  return ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
}

/**
 * Corpus chrF, 0 to 1 (sacreBLEU prints it times 100): F with beta 2 of the mean precision and recall over character 1- to 6-grams (white space
 * removed), counts pooled over items; of several references the one with the best F.
 */
export function chrf(items: readonly Candidate[], { wordOrder = 0 }: ChrfOptions = {}): number {
  requireCases("chrF", items);
  const sums: Counts[] = Array.from({ length: characterOrder + wordOrder }, () => ({
    candidate: 0,
    reference: 0,
    shared: 0,
  }));
  for (const { candidate, references } of items) {
    requireCases("chrF", references);
    const own = runsOf(candidate, wordOrder);
    let best: Counts[] = [];
    let bestScore = -1;
    for (const reference of references) {
      const counts = runsOf(reference, wordOrder).map((referenceRuns, i) => ({
        candidate: referenceRuns.size > 0 ? total(own[i]) : 0,
        reference: total(referenceRuns),
        shared: sharedCount(own[i], referenceRuns),
      }));
      const score = fScore(counts);
      if (score > bestScore) {
        best = counts;
        bestScore = score;
      }
    }
    for (const [i, { candidate: c, reference: r, shared: s }] of best.entries())
      sums[i] = { candidate: sums[i].candidate + c, reference: sums[i].reference + r, shared: sums[i].shared + s };
  }
  return fScore(sums);
}
