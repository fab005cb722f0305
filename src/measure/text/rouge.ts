/** ROUGE (Lin 2004) in the two variants the field prints: Google's `rouge-score` and COCO's caption evaluation. */
import { requireCases } from "../input.ts";
import { porterStem } from "./porter.ts";
import { countRuns, harmonic, longestCommonSubsequence, type PrecisionRecallF, sharedCount } from "./tokens.ts";

/** Options of the ROUGE measures of Google's `rouge_score`. Default: no stemming. */
export interface RougeOptions {
  /** Porter's stemmer on words of more than three letters (`@google-stemmed`). */
  readonly stem?: boolean;
}

function tokens(text: string, stem: boolean): string[] {
  const found = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return stem ? found.map((word) => (word.length > 3 ? porterStem(word) : word)) : found;
}

/** `rouge-1@google`, `rouge-2@google`: overlap of n-grams; precision, recall and F1, 0 to 1. ASCII letters and digits only, so other scripts score 0. */
export function rougeN(
  candidate: string,
  reference: string,
  n: number,
  { stem = false }: RougeOptions = {},
): PrecisionRecallF {
  const own = tokens(candidate, stem);
  const referenceWords = tokens(reference, stem);
  return harmonic(
    sharedCount(countRuns(own, n), countRuns(referenceWords, n)),
    Math.max(0, own.length - n + 1),
    Math.max(0, referenceWords.length - n + 1),
  );
}

/** `rouge-l@google`: longest common subsequence of the whole texts, line breaks ignored; precision, recall and F1 (beta 1), 0 to 1. */
export function rougeL(candidate: string, reference: string, { stem = false }: RougeOptions = {}): PrecisionRecallF {
  const own = tokens(candidate, stem);
  const referenceWords = tokens(reference, stem);
  return harmonic(longestCommonSubsequence(own, referenceWords), own.length, referenceWords.length);
}

/** `rouge-lsum@google`: union of the common subsequences of each reference line with every candidate line (Lin 2004, section 3.2), 0 to 1. */
export function rougeLsum(candidate: string, reference: string, { stem = false }: RougeOptions = {}): PrecisionRecallF {
  const lines = (text: string) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => tokens(line, stem));
  const own = lines(candidate);
  const referenceWords = lines(reference);
  const ownLeft = countRuns(own.flat(), 1);
  const wantedLeft = countRuns(referenceWords.flat(), 1);
  let hits = 0;
  for (const line of referenceWords) {
    const places = new Set<number>();
    for (const other of own) for (const place of commonPlaces(line, other)) places.add(place);
    for (const place of [...places].sort((a, b) => a - b)) {
      const word = line[place];
      const left = ownLeft.get(word) ?? 0;
      const leftToo = wantedLeft.get(word) ?? 0;
      if (left > 0 && leftToo > 0) {
        hits++;
        ownLeft.set(word, left - 1);
        wantedLeft.set(word, leftToo - 1);
      }
    }
  }
  return harmonic(hits, own.flat().length, referenceWords.flat().length);
}

/**
 * Indices in `line` of one longest common subsequence with `other`. Several may exist and affect the union; the
 * backtracking is that of the reference implementation.
 */
function commonPlaces(line: readonly string[], other: readonly string[]): number[] {
  const width = other.length + 1;
  const table = new Int32Array((line.length + 1) * width);
  for (let i = 1; i <= line.length; i++)
    for (let j = 1; j <= other.length; j++)
      table[i * width + j] =
        line[i - 1] === other[j - 1]
          ? table[(i - 1) * width + j - 1] + 1
          : Math.max(table[(i - 1) * width + j], table[i * width + j - 1]);
  const places: number[] = [];
  for (let i = line.length, j = other.length; i > 0 && j > 0; ) {
    if (line[i - 1] === other[j - 1]) {
      places.push(i - 1);
      i--;
      j--;
    } else if (table[i * width + j - 1] > table[(i - 1) * width + j]) j--;
    else i--;
  }
  return places;
}

/**
 * `rouge-l@coco`: F with beta 1.2 of the best precision and the best recall over references, 0 to 1. Texts must be tokenised already, and are split at
 * single spaces.
 */
export function cocoRougeL(candidate: string, references: readonly string[]): number {
  requireCases("ROUGE-L", references);
  const own = candidate.split(" ");
  let precision = 0;
  let recall = 0;
  for (const reference of references) {
    const referenceWords = reference.split(" ");
    const common = longestCommonSubsequence(own, referenceWords);
    precision = Math.max(precision, common / own.length);
    recall = Math.max(recall, common / referenceWords.length);
  }
  const beta = 1.2 ** 2;
  return precision === 0 || recall === 0 ? 0 : ((1 + beta) * precision * recall) / (recall + beta * precision);
}
