/**
 * Agreement between ratings of the same units: two raters by kappa and ICC; the samples of one judge by the proportion
 * that are equal; each with its interval.
 */
import { bootstrapInterval, cohenKappa, ifDefined, intraclassCorrelation, meanStatistic } from "../../measure/index.ts";

export interface Agreement {
  readonly n: number;
  readonly clusters: number;
  /** Proportion of equal ratings. */
  readonly equal: number;
  readonly kappa?: {
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
    readonly weights: "none" | "quadratic";
  };
  /** ICC(2,1), absolute agreement with raters as a random sample; only for ratings on a scale. */
  readonly icc?: { readonly value: number; readonly low: number; readonly high: number };
}

const resampling = { resamples: 1000, seed: 101 };

/**
 * @param codes option indices, 0-based.
 * @param scale numeric values of ordered options: kappa is then weighted quadratically, and an ICC is given.
 * @param clusters one per rating: ratings of one question are resampled together.
 */
export function agreementBetween(
  first: readonly number[],
  second: readonly number[],
  { options, scale, clusters }: { options: number; scale?: readonly number[] | undefined; clusters: readonly string[] },
): Agreement {
  const labels = Array.from({ length: options }, (_, i) => i);
  const weights = scale === undefined ? ("none" as const) : ("quadratic" as const);
  const n = first.length;
  const statistic = (indices: ArrayLike<number>) =>
    cohenKappa(
      Array.from(indices, (i) => first[i]),
      Array.from(indices, (i) => second[i]),
      { weights, labels },
    );
  const base = {
    n,
    clusters: new Set(clusters).size,
    equal: n === 0 ? 0 : first.filter((code, i) => code === second[i]).length / n,
  };
  if (n === 0) return base;
  const value = ifDefined(() => statistic(first.map((_, i) => i)));
  const drawn =
    value === undefined ? undefined : ifDefined(() => bootstrapInterval(n, statistic, { ...resampling, clusters }));
  // An interval of width 0 from equal resamples would suggest certainty.
  const spread = drawn !== undefined && drawn.low < drawn.high ? { low: drawn.low, high: drawn.high } : {};
  const icc =
    scale === undefined
      ? undefined
      : ifDefined(() =>
          intraclassCorrelation(
            first.map((code, i) => [scale[code], scale[second[i]]]),
            "icc2",
          ),
        );
  return {
    ...base,
    ...(value !== undefined && { kappa: { value, ...spread, weights } }),
    ...(icc !== undefined && { icc: { value: icc.value, low: icc.low, high: icc.high } }),
  };
}

/** Self-consistency of a judge. */
export interface Consistency {
  /** Mean over verdicts of the proportion of samples that agree with the most frequent one. */
  readonly value: number;
  /** 95 % percentile bootstrap over `clusters`; absent if all resamples are alike. */
  readonly low?: number;
  readonly high?: number;
  /** Number of verdicts, and of the answers they belong to. */
  readonly n: number;
  readonly clusters: number;
}

/**
 * @param shares one per verdict, from 1 / samples to 1.
 * @param clusters the answer of each verdict: verdicts of one answer are resampled together.
 */
export function consistencyOf(shares: readonly number[], clusters: readonly string[]): Consistency | undefined {
  if (shares.length === 0) return undefined;
  const value = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const drawn = ifDefined(() =>
    bootstrapInterval(shares.length, meanStatistic(shares), { ...resampling, clusters: [...clusters] }),
  );
  return {
    value,
    ...(drawn !== undefined && drawn.low < drawn.high && { low: drawn.low, high: drawn.high }),
    n: shares.length,
    clusters: new Set(clusters).size,
  };
}

export function consistencyText({ value, low, high, n }: Consistency): string {
  const interval = low === undefined || high === undefined ? "no interval" : `${three(low)} to ${three(high)}`;
  return `self-consistency ${three(value)} (${interval}; ${n} verdicts)`;
}

const three = (value: number) => value.toFixed(3);

export function agreementText({ n, equal, kappa, icc }: Agreement): string {
  const interval = ({ low, high }: { low?: number; high?: number }) =>
    low === undefined || high === undefined ? "no interval" : `${three(low)} to ${three(high)}`;
  return [
    `${three(equal)} equal of ${n}`,
    kappa === undefined
      ? "kappa is not defined"
      : `Cohen's kappa${kappa.weights === "none" ? "" : " (quadratic weights)"} ${three(kappa.value)} (${interval(kappa)})`,
    icc !== undefined && `ICC(2,1) ${three(icc.value)} (${interval(icc)})`,
  ]
    .filter(Boolean)
    .join("; ");
}
