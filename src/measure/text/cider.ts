/** CIDEr-D (Vedantam et al. 2015) as COCO's caption evaluation computes it. */
import { requireCases, undefinedMeasure } from "../input.ts";
import type { Candidate } from "./bleu.ts";
import { countRuns, words } from "./tokens.ts";

const order = 4;
const sigma = 6;

interface Vector {
  readonly weights: readonly ReadonlyMap<string, number>[];
  readonly norms: readonly number[];
  /** Number of bigrams: the original's measure of length. */
  readonly length: number;
}

/** CIDEr-D of a set of items (Vedantam et al. 2015). */
export interface Cider {
  /** Mean over items, 0 to 10. Medical papers print it divided by 10, in per cent. */
  readonly score: number;
  /** Score of each item, 0 to 10. */
  readonly items: readonly number[];
}

/**
 * `cider-d@coco`, 0 to 10: tf-idf vectors of 1- to 4-grams with document frequencies over the items' references, candidate weights
 * clipped to the reference's, a Gaussian penalty of the length difference (sigma 6), mean over n, times 10. Texts must be tokenised already, and are
 * split at white space. The idf comes from the set itself, so scores of different sets, or of a subset, cannot be compared. Undefined for one item: every idf is 0.
 */
export function ciderD(items: readonly Candidate[]): Cider {
  if (items.length < 2)
    throw undefinedMeasure(
      "CIDEr-D",
      `document frequencies need at least two items, found ${items.length}`,
      "Score the whole test set in one call.",
    );
  const runs = (text: string) => {
    const tokens = words(text);
    return Array.from({ length: order }, (_, i) => countRuns(tokens, i + 1));
  };
  const references = items.map((item) => {
    requireCases("CIDEr-D", item.references);
    return item.references.map(runs);
  });
  const documents = new Map<string, number>();
  for (const own of references) {
    const seen = new Set<string>();
    for (const counts of own) for (const byOrder of counts) for (const run of byOrder.keys()) seen.add(run);
    for (const run of seen) documents.set(run, (documents.get(run) ?? 0) + 1);
  }
  const logItems = Math.log(items.length);
  const vectorOf = (counts: readonly ReadonlyMap<string, number>[]): Vector => {
    const weights = counts.map((byOrder) => {
      const own = new Map<string, number>();
      for (const [run, count] of byOrder)
        own.set(run, count * (logItems - Math.log(Math.max(1, documents.get(run) ?? 0))));
      return own;
    });
    const norms = weights.map((own) => {
      let sum = 0;
      for (const weight of own.values()) sum += weight * weight;
      return Math.sqrt(sum);
    });
    let length = 0;
    for (const count of counts[1].values()) length += count;
    return { weights, norms, length };
  };
  const scores = items.map(({ candidate }, i) => {
    const own = vectorOf(runs(candidate));
    let sum = 0;
    for (const counts of references[i]) sum += similarity(own, vectorOf(counts));
    return (10 * sum) / order / references[i].length;
  });
  return { score: scores.reduce((a, b) => a + b, 0) / scores.length, items: scores };
}

/** Sum over n of the clipped cosines. */
function similarity(own: Vector, referenceVector: Vector): number {
  const penalty = Math.exp(-((own.length - referenceVector.length) ** 2) / (2 * sigma ** 2));
  let sum = 0;
  for (let n = 0; n < order; n++) {
    let product = 0;
    for (const [run, weight] of own.weights[n]) {
      const other = referenceVector.weights[n].get(run) ?? 0;
      product += Math.min(weight, other) * other;
    }
    const norm = own.norms[n] * referenceVector.norms[n];
    sum += (norm > 0 ? product / norm : product) * penalty;
  }
  return sum;
}
