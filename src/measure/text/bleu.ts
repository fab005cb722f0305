/** BLEU (Papineni et al. 2002) as sacreBLEU computes it (Post 2018), and as COCO's caption evaluation does. */
import { badInput, requireCount, requireSameLength, requireSome } from "../input.ts";
import { countRuns, words } from "./tokens.ts";

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

export interface BleuOptions {
  /** Longest n-gram: BLEU-1 to BLEU-4. */
  readonly order?: number;
  /** `13a`: mteval-v13a; `none`: words between white space, for text that is tokenised already. */
  readonly tokenize?: "13a" | "none";
  /** What stands for a precision of 0: `exp`, halved each time (NIST); `floor`: 0.1 matches; `add-k`: one added above n = 1; `none`: the score is 0. */
  readonly smoothing?: "exp" | "floor" | "add-k" | "none";
  readonly lowercase?: boolean;
}

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

function countsOf(items: readonly Candidate[], order: number, split: (text: string) => string[]): Counts {
  const sum: Counts = { length: 0, referenceLength: 0, correct: Array(order).fill(0), total: Array(order).fill(0) };
  for (const { candidate, references } of items) {
    requireSome("BLEU", references);
    const own = split(candidate);
    const others = references.map(split);
    sum.length += own.length;
    // The reference closest in length; of two equally close the shorter.
    sum.referenceLength += others
      .map(({ length }) => length)
      .reduce((best, length) => {
        const closer = Math.abs(length - own.length) - Math.abs(best - own.length);
        return closer < 0 || (closer === 0 && length < best) ? length : best;
      });
    for (let n = 1; n <= order; n++) {
      const most = others.map((tokens) => countRuns(tokens, n));
      for (const [run, count] of countRuns(own, n)) {
        let allowed = 0;
        for (const counts of most) allowed = Math.max(allowed, counts.get(run) ?? 0);
        sum.correct[n - 1] += Math.min(count, allowed);
      }
      sum.total[n - 1] += Math.max(0, own.length - n + 1);
    }
  }
  return sum;
}

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
  const { order = 4, smoothing = "exp" } = options;
  requireSome("BLEU", items);
  requireCount("BLEU", "order", order, 1);
  return score(countsOf(items, order, splitter(options)), order, smoothing, false);
}

/** BLEU of one item, 0 to 1, over the orders the candidate is long enough for (sacreBLEU's `effective_order`). */
export function sentenceBleu(item: Candidate, options: BleuOptions = {}): number {
  const { order = 4, smoothing = "exp" } = options;
  requireCount("BLEU", "order", order, 1);
  return score(countsOf([item], order, splitter(options)), order, smoothing, true);
}

/**
 * Corpus BLEU of COCO's caption evaluation (`bleu-1@coco` to `bleu-4@coco`), 0 to 1, which most radiology report papers print: no smoothing but
 * tiny constants, closest reference length. Texts must be tokenised already (COCO runs the Penn Treebank tokenizer, which is not part of
 * this package, and lower-cases), and are split at white space.
 */
export function cocoBleu(items: readonly Candidate[], order = 4): number {
  requireSome("BLEU", items);
  if (order < 1 || order > 4) throw badInput("BLEU", "the order is outside its range", "1 to 4", String(order));
  const { length, referenceLength, correct, total } = countsOf(items, order, words);
  const tiny = 1e-15;
  const small = 1e-9;
  // A single item's reference length is the mean over its references, as in the original.
  const lengthOfReferences =
    items.length === 1
      ? items[0].references.reduce((sum, text) => sum + words(text).length, 0) / items[0].references.length
      : referenceLength;
  let product = 1;
  for (let n = 0; n < order; n++) product *= (correct[n] + tiny) / (total[n] + small);
  const ratio = (length + tiny) / (lengthOfReferences + small);
  return product ** (1 / order) * (ratio < 1 ? Math.exp(1 - 1 / ratio) : 1);
}

/** Candidate and reference lists as items. */
export function paired(candidates: readonly string[], references: readonly (readonly string[])[]): Candidate[] {
  requireSameLength("candidates and references", candidates, references);
  return candidates.map((candidate, i) => ({ candidate, references: references[i] }));
}
