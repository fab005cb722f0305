/**
 * METEOR (Banerjee and Lavie 2005; Lavie and Agarwal 2007) without synonyms. The full metric also matches synonyms of WordNet and paraphrases, which are not part
 * of this package: without them fewer words match, so values are lower as a rule, and they are never printed under the name METEOR alone.
 */
import { requireCases } from "../input.ts";
import { porterStem } from "./porter.ts";
import { words } from "./tokens.ts";

/** Options of `meteor`. Defaults are NLTK's: alpha 0.9, beta 3, gamma 0.5. */
export interface MeteorOptions {
  /** `exact`: equal words; `exact+stem`: then words of one Porter stem among those left. Default `exact+stem`. */
  readonly match?: "exact" | "exact+stem";
  /** Weight of precision against recall (.9: recall counts nine times). */
  readonly alpha?: number;
  /** Exponent of the fragmentation. */
  readonly beta?: number;
  /** Largest share that fragmentation takes away. */
  readonly gamma?: number;
}

/**
 * `meteor@exact`, `meteor@exact+stem`: 0 to 1, the best over references. Texts are lower-cased and split at white space, as NLTK's `meteor_score` takes them. With m
 * matched words in the fewest runs that the alignment gives: (1 - gamma (runs/m)^beta) P R / (alpha P + (1 - alpha) R). Words are aligned from the end
 * backwards, each to the last equal one that is free, as NLTK does; Java METEOR searches the alignment with the fewest crossings instead.
 */
export function meteor(candidate: string, references: readonly string[], options: MeteorOptions = {}): number {
  requireCases("METEOR", references);
  const candidateWords = words(candidate.toLowerCase());
  return Math.max(...references.map((reference) => one(candidateWords, words(reference.toLowerCase()), options)));
}

function one(
  candidateWords: readonly string[],
  truth: readonly string[],
  { match = "exact+stem", alpha = 0.9, beta = 3, gamma = 0.5 }: MeteorOptions,
): number {
  const aligned = new Int32Array(candidateWords.length).fill(-1);
  const taken = new Uint8Array(truth.length);
  align(candidateWords, truth, aligned, taken);
  if (match === "exact+stem") align(candidateWords.map(porterStem), truth.map(porterStem), aligned, taken);
  let [matches, runs, last] = [0, 0, -2];
  for (let i = 0; i < candidateWords.length; i++) {
    if (aligned[i] < 0) {
      last = -2;
      continue;
    }
    matches++;
    if (aligned[i] !== last + 1) runs++;
    last = aligned[i];
  }
  if (matches === 0) return 0;
  const precision = matches / candidateWords.length;
  const recall = matches / truth.length;
  const f = (precision * recall) / (alpha * precision + (1 - alpha) * recall);
  return (1 - gamma * (runs / matches) ** beta) * f;
}

function align(
  candidateWords: readonly string[],
  truth: readonly string[],
  aligned: Int32Array,
  taken: Uint8Array,
): void {
  const free = new Map<string, number[]>();
  for (let j = 0; j < truth.length; j++) {
    if (taken[j]) continue;
    const places = free.get(truth[j]);
    if (places === undefined) free.set(truth[j], [j]);
    else places.push(j);
  }
  for (let i = candidateWords.length - 1; i >= 0; i--) {
    if (aligned[i] >= 0) continue;
    const j = free.get(candidateWords[i])?.pop();
    if (j === undefined) continue;
    aligned[i] = j;
    taken[j] = 1;
  }
}
