/**
 * Weights a differential by a given table: probabilities by Bayes' theorem with findings conditionally independent
 * given the diagnosis, the evidence for and against each diagnosis, and what to ask or test next. Exact for the table;
 * whether the table describes patients correctly is not examined here.
 */
import type { Rates, StatedFindings } from "./rates.ts";

export interface Evidence {
  readonly finding: string;
  readonly present: boolean;
  /**
   * Change of the diagnosis's log-odds against all others of the table, in bits: all known findings against all but
   * this one.
   */
  readonly bits: number;
}

export interface NextFinding {
  readonly finding: string;
  /** Expected information gain about the diagnosis, bits, from knowing whether the finding is present. */
  readonly bits: number;
  /** Probability that it is present. */
  readonly probability: number;
}

/** Probability of each diagnosis of the table; sums to 1. */
export function posteriorOf({ weights, shows }: Rates, { present, absent }: StatedFindings): number[] {
  const logs = weights.map(
    (weight, d) =>
      Math.log(weight) +
      present.reduce((sum, i) => sum + Math.log(shows[d][i]), 0) +
      absent.reduce((sum, i) => sum + Math.log1p(-shows[d][i]), 0),
  );
  const top = Math.max(...logs);
  const shares = logs.map((log) => Math.exp(log - top));
  const total = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / total);
}

/** Log-odds of each in bits, from the sum of the others: 1 - p would lose all digits when p is nearly 1. */
function logOdds(p: readonly number[]): number[] {
  return p.map((own, i) => Math.log2(own) - Math.log2(p.reduce((sum, other, k) => (k === i ? sum : sum + other), 0)));
}

/** Evidence of every known finding, by diagnosis of the table; largest magnitude first. */
export function evidenceOf(rates: Rates, stated: StatedFindings): Evidence[][] {
  const all = logOdds(posteriorOf(rates, stated));
  const out: Evidence[][] = rates.names.map(() => []);
  const known = [
    ...stated.present.map((i) => ({ i, present: true })),
    ...stated.absent.map((i) => ({ i, present: false })),
  ];
  for (const { i, present } of known) {
    const rest = { present: stated.present.filter((k) => k !== i), absent: stated.absent.filter((k) => k !== i) };
    for (const [d, without] of logOdds(posteriorOf(rates, rest)).entries())
      out[d].push({ finding: rates.findings[i], present, bits: all[d] - without });
  }
  for (const list of out) list.sort((a, b) => Math.abs(b.bits) - Math.abs(a.bits));
  return out;
}

const entropy = (p: readonly number[]) => p.reduce((sum, x) => (x > 0 ? sum - x * Math.log2(x) : sum), 0);

/** Unknown findings, the most informative first. */
export function nextFindings(rates: Rates, stated: StatedFindings): NextFinding[] {
  const p = posteriorOf(rates, stated);
  const before = entropy(p);
  const known = new Set([...stated.present, ...stated.absent]);
  return rates.findings
    .flatMap((finding, i) => {
      if (known.has(i)) return [];
      const yes = p.reduce((sum, own, d) => sum + own * rates.shows[d][i], 0);
      const after = (there: boolean) =>
        entropy(
          p.map((own, d) => (own * (there ? rates.shows[d][i] : 1 - rates.shows[d][i])) / (there ? yes : 1 - yes)),
        );
      return [{ finding, bits: before - yes * after(true) - (1 - yes) * after(false), probability: yes }];
    })
    .sort((a, b) => b.bits - a.bits);
}
