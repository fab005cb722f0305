/** BLEU (Papineni et al. 2002) as sacreBLEU computes it (Post 2018), and as COCO's caption evaluation does. */
import { invalidInput, requireCases, requireCount, requireSameLength } from "../input.ts";
import type { Statistic } from "../intervals/statistic.ts";
import { words } from "./tokens.ts";

/** mteval-v13a, the tokenizer of WMT and sacreBLEU's default. */
export function tokenize13a(text: string): string[] {
  return words(
    ` ${text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ").replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">")} `
      .replace(/([{-~[-` -&(-+:-@/])/gu, " $1 ")
      .replace(/([^0-9])([.,])/gu, "$1 $2 ")
      .replace(/([.,])([^0-9])/gu, " $1 $2")
      .replace(/([0-9])(-)/gu, "$1 $2 "),
  );
}

/** Options of sacreBLEU's BLEU. Defaults: order 4, tokenizer `13a`, smoothing `exp`, case kept. */
export interface BleuOptions {
  /** Longest n-gram: BLEU-1 to BLEU-4. */
  readonly order?: number;
  /** `13a`: mteval-v13a; `none`: words between white space, for text that is tokenised already. */
  readonly tokenize?: "13a" | "none";
  /**
   * Replacement for a precision of 0: `exp`, halved each time (NIST); `floor`: 0.1 matches; `add-k`: one added above n
   * = 1; `none`: the score is 0.
   */
  readonly smoothing?: "exp" | "floor" | "add-k" | "none";
  /** Lower-cases candidate and references first. */
  readonly lowercase?: boolean;
}

/** A generated text with at least one reference text. */
export interface Candidate {
  readonly candidate: string;
  readonly references: readonly string[];
}

interface Counts {
  length: number;
  referenceLength: number;
  readonly correct: number[];
  readonly total: number[];
}

const none = (order: number): Counts => ({
  length: 0,
  referenceLength: 0,
  correct: Array(order).fill(0),
  total: Array(order).fill(0),
});

/** Counts of one item. */
function countsOf({ candidate, references }: Candidate, order: number, split: (text: string) => string[]): Counts {
  requireCases("BLEU", references);
  const texts = [split(candidate), ...references.map(split)];
  const [own, ...others] = texts;
  const counts = none(order);
  counts.length = own.length;
  // The reference closest in length; the shorter of two equally close ones.
  counts.referenceLength = others
    .map(({ length }) => length)
    .reduce((best, length) => {
      const closer = Math.abs(length - own.length) - Math.abs(best - own.length);
      return closer < 0 || (closer === 0 && length < best) ? length : best;
    });
  const names = new Map<string, number>();
  const tokens = texts.map((text) => {
    const numbers: number[] = [];
    for (const token of text) {
      let known = names.get(token);
      if (known === undefined) {
        known = names.size;
        names.set(token, known);
      }
      numbers.push(known);
    }
    return numbers;
  });
  // An n-gram is identified by the number of its first n - 1 tokens and its last token: a pair of small numbers instead
  // of a joined string.
  let runs = tokens;
  for (let n = 1; n <= order; n++) {
    if (n > 1) runs = longerRuns(runs, tokens, n, names.size);
    counts.correct[n - 1] = clipped(runs);
    counts.total[n - 1] = Math.max(0, own.length - n + 1);
  }
  return counts;
}

function longerRuns(shorter: readonly number[][], tokens: readonly number[][], n: number, vocabulary: number) {
  const numbers = new Map<number, number>();
  return shorter.map((own, t) => {
    const length = Math.max(0, tokens[t].length - n + 1);
    const runs: number[] = [];
    for (let i = 0; i < length; i++) {
      const pair = own[i] * vocabulary + tokens[t][i + n - 1];
      let known = numbers.get(pair);
      if (known === undefined) {
        known = numbers.size;
        numbers.set(pair, known);
      }
      runs.push(known);
    }
    return runs;
  });
}

/** Clipped matches: each n-gram counts at most as often as in the reference that contains it most often. */
function clipped([own, ...others]: readonly number[][]): number {
  let largest = -1;
  for (const list of [own, ...others]) for (let i = 0; i < list.length; i++) if (list[i] > largest) largest = list[i];
  const ownCounts = new Array<number>(largest + 1).fill(0);
  for (let i = 0; i < own.length; i++) ownCounts[own[i]]++;
  const allowed = new Array<number>(largest + 1).fill(0);
  const held = others.length === 1 ? allowed : new Array<number>(largest + 1).fill(0);
  for (const list of others) {
    for (let i = 0; i < list.length; i++) held[list[i]]++;
    if (held === allowed) continue;
    for (let i = 0; i < list.length; i++) {
      allowed[list[i]] = Math.max(allowed[list[i]], held[list[i]]);
      held[list[i]] = 0;
    }
  }
  let sum = 0;
  for (let run = 0; run <= largest; run++) sum += Math.min(ownCounts[run], allowed[run]);
  return sum;
}

/** Counts pooled over the items at these indices. */
function pooled(items: readonly Counts[], indices: ArrayLike<number>, order: number): Counts {
  const sum = none(order);
  for (let i = 0; i < indices.length; i++) {
    const own = items[indices[i]];
    sum.length += own.length;
    sum.referenceLength += own.referenceLength;
    for (let n = 0; n < order; n++) {
      sum.correct[n] += own.correct[n];
      sum.total[n] += own.total[n];
    }
  }
  return sum;
}

const every = (items: readonly unknown[]) => Int32Array.from(items, (_, i) => i);

function splitter({ tokenize = "13a", lowercase = false }: BleuOptions): (text: string) => string[] {
  const split = tokenize === "13a" ? tokenize13a : words;
  return (text) => split((lowercase ? text.toLowerCase() : text).trimEnd());
}

function score(counts: Counts, order: number, smoothing: NonNullable<BleuOptions["smoothing"]>, effective: boolean) {
  const { length, referenceLength, correct, total } = counts;
  if (correct.every((count) => count === 0)) return 0;
  const brevity = length < referenceLength ? Math.exp(1 - referenceLength / length) : 1;
  const precisions: number[] = Array(order).fill(0);
  let halving = 1;
  let used = order;
  for (let n = 0; n < order; n++) {
    const added = smoothing === "add-k" && n > 0 ? 1 : 0;
    const of = total[n] + added;
    const right = correct[n] + added;
    if (of === 0) break;
    if (effective) used = n + 1;
    if (right > 0) precisions[n] = right / of;
    else if (smoothing === "exp") precisions[n] = 1 / ((halving *= 2) * of);
    else if (smoothing === "floor") precisions[n] = 0.1 / of;
  }
  const logs = precisions.slice(0, used).map(Math.log);
  return brevity * Math.exp(logs.reduce((a, b) => a + b, 0) / used);
}

/**
 * Corpus BLEU, 0 to 1 (papers and sacreBLEU print it times 100): n-gram counts pooled over items, geometric mean of the clipped precisions,
 * brevity penalty exp(1 - r/c) for c < r with the closest reference length. `bleu-4@sacrebleu` with the defaults.
 */
export function corpusBleu(items: readonly Candidate[], options: BleuOptions = {}): number {
  return bleuStatistic(items, options)(every(items));
}

/** Corpus BLEU of resamples; every item is tokenised and counted only once. */
export function bleuStatistic(items: readonly Candidate[], options: BleuOptions = {}): Statistic {
  const { order = 4, smoothing = "exp" } = options;
  requireCases("BLEU", items);
  requireCount("BLEU", "order", order, 1);
  const split = splitter(options);
  const counts = items.map((item) => countsOf(item, order, split));
  return (indices) => score(pooled(counts, indices, order), order, smoothing, false);
}

/** BLEU of one item, 0 to 1, over the orders the candidate is long enough for (sacreBLEU's `effective_order`). */
export function sentenceBleu(item: Candidate, options: BleuOptions = {}): number {
  const { order = 4, smoothing = "exp" } = options;
  requireCount("BLEU", "order", order, 1);
  return score(countsOf(item, order, splitter(options)), order, smoothing, true);
}

/**
 * Corpus BLEU of COCO's caption evaluation (`bleu-1@coco` to `bleu-4@coco`), 0 to 1, which most radiology report papers print: no smoothing but
 * tiny constants, closest reference length. Texts must be tokenised already (COCO runs the Penn Treebank tokenizer, which is not part of
 * this package, and lower-cases), and are split at white space.
 */
export function cocoBleu(items: readonly Candidate[], order = 4): number {
  return cocoBleuStatistic(items, order)(every(items));
}

/** COCO's corpus BLEU of resamples; every item is tokenised and counted only once. */
export function cocoBleuStatistic(items: readonly Candidate[], order = 4): Statistic {
  requireCases("BLEU", items);
  if (order < 1 || order > 4) throw invalidInput("BLEU", "the n-gram order is out of range", "1 to 4", String(order));
  const counts = items.map((item) => countsOf(item, order, words));
  const tiny = 1e-15;
  const small = 1e-9;
  return (indices) => {
    const { length, referenceLength, correct, total } = pooled(counts, indices, order);
    // A single item's reference length is the mean over its references, as in the original.
    const lengthOfReferences = indices.length === 1 ? meanReferenceLength(items[indices[0]]) : referenceLength;
    let product = 1;
    for (let n = 0; n < order; n++) product *= (correct[n] + tiny) / (total[n] + small);
    const ratio = (length + tiny) / (lengthOfReferences + small);
    return product ** (1 / order) * (ratio < 1 ? Math.exp(1 - 1 / ratio) : 1);
  };
}

const meanReferenceLength = ({ references }: Candidate) =>
  references.reduce((sum, text) => sum + words(text).length, 0) / references.length;

/** Candidate and reference lists as items. */
export function paired(candidates: readonly string[], references: readonly (readonly string[])[]): Candidate[] {
  requireSameLength("candidates and references", candidates, references);
  return candidates.map((candidate, i) => ({ candidate, references: references[i] }));
}
