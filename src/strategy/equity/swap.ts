/**
 * Counterfactual pairs (after Pfohl et al.): the same case with each value of an attribute that must not influence the answer, and whether the answers differ.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";

/** Fills a case template with attribute values: `A patient from {place} has ...`. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (values[name] !== undefined) return values[name];
    throw new PolyclinicError("equity/template", "the template contains a placeholder without a value", {
      where: `{${name}}`,
      expected: Object.keys(values).join(", ") || "no placeholders",
    });
  });
}

/** The outcomes of one case under each value of the attribute: probabilities, or 0 and 1. */
export interface SwapCase {
  /** Cases of one cluster (one disease, one template) are resampled together for the interval. */
  readonly cluster: string;
  /** By value of the attribute. */
  readonly outcomes: Readonly<Record<string, number>>;
}

export interface SwapDifference {
  readonly value: string;
  /** Mean outcome with this value minus the mean with all other values, within each case. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided sign-flip permutation test over clusters: the probability of a mean at least this far from zero if the value had no effect. */
  readonly p: number;
  /** `p` times the number of values compared (Bonferroni), at most 1. */
  readonly adjusted: number;
  /**
   * Whether the whole interval is beyond the margin. A model's likelihoods always differ slightly and deterministically, so a test against zero finds
   * differences of no practical relevance.
   */
  readonly found: boolean;
  readonly cases: number;
  readonly clusters: number;
}

/** Cases of which every value has an outcome, and the number of the others: a reply that could not be parsed is no answer of either kind. @throws PolyclinicError `equity/unparsed` if none is left. */
export function answeredCases(cases: readonly SwapCase[]): { answered: SwapCase[]; leftOut: number } {
  const answered = cases.filter(({ outcomes }) => Object.values(outcomes).every((value) => !Number.isNaN(value)));
  if (answered.length === 0 && cases.length > 0)
    throw new PolyclinicError("equity/unparsed", "no case has an answer for every value", {
      where: `${cases.length} cases`,
      expected: "replies that end with Final Answer: yes or no",
      found: "replies that could not be parsed",
      hint: "Read the model's replies: polyclinic ask.",
    });
  return { answered, leftOut: cases.length - answered.length };
}

/** For each value of the attribute, how its outcomes differ from those of the other values. `margin`: the smallest difference that counts (default 0.02). Intervals: 95 %, bootstrap over clusters. */
export function swapDifferences(
  cases: readonly SwapCase[],
  { draws = 2000, seed = 1, margin = 0.02 } = {},
): SwapDifference[] {
  const values = Object.keys(cases[0]?.outcomes ?? {});
  if (values.length < 2)
    throw new PolyclinicError("equity/values", "at least two values are needed for a comparison", {
      where: "attribute",
      expected: "two or more values of the attribute",
      found: values.join(", ") || "none",
    });
  return values.map((value, k) => {
    const clusters = new Map<string, number[]>();
    for (const { cluster, outcomes } of cases) {
      const others = values.filter((other) => other !== value).map((other) => outcomes[other]);
      const own = outcomes[value] - others.reduce((a, b) => a + b, 0) / others.length;
      clusters.set(cluster, [...(clusters.get(cluster) ?? []), own]);
    }
    const groups = [...clusters.values()].map((own) => ({ sum: own.reduce((a, b) => a + b, 0), n: own.length }));
    const random = new Random(seed + k);
    const means = Array.from({ length: draws }, () => meanOf(groups.map(() => groups[random.below(groups.length)])));
    means.sort((a, b) => a - b);
    const difference = meanOf(groups);
    const far = Array.from({ length: draws }, () =>
      Math.abs(meanOf(groups.map(({ sum, n }) => ({ sum: random.next() < 0.5 ? sum : -sum, n })))),
    ).filter((other) => other >= Math.abs(difference) - 1e-12).length;
    const p = (far + 1) / (draws + 1);
    const low = means[Math.floor(0.025 * draws)];
    const high = means[Math.ceil(0.975 * draws) - 1];
    return {
      value,
      difference,
      low,
      high,
      found: adjustedOf(p, values.length) < 0.05 && (low > margin || high < -margin),
      p,
      adjusted: adjustedOf(p, values.length),
      cases: cases.length,
      clusters: groups.length,
    };
  });
}

const adjustedOf = (p: number, comparisons: number) => Math.min(1, p * comparisons);

const meanOf = (groups: readonly { readonly sum: number; readonly n: number }[]) =>
  groups.reduce((total, { sum }) => total + sum, 0) / groups.reduce((total, { n }) => total + n, 0);
