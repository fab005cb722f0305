/** How far ratings of the same things agree: two raters by kappa and ICC, the samples of one judge by the share that are alike; each with its interval. */
import { bootstrapInterval, cohenKappa, ifDefined, intraclassCorrelation, meanStatistic } from "../../measure/index.ts";

export interface Agreement {
  readonly n: number;
  readonly clusters: number;
  /** Share of equal ratings. */
  readonly equal: number;
  readonly kappa?: {
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
    readonly weights: "none" | "quadratic";
  };
  /** Of two raters as a sample of raters, absolute agreement (ICC 2,1), where the ratings are on a scale. */
  readonly icc?: { readonly value: number; readonly low: number; readonly high: number };
}

const resampling = { resamples: 1000, seed: 101 };

/**
 * @param codes places of the options, from 0. @param scale the options' numbers, where they have an order: kappa is then weighted by squares and an ICC is given.
 * @param clusters one a rating: ratings of one question are drawn together.
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
  // Resamples that are all alike would look like certainty.
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

/** How steady a judge is. */
export interface Consistency {
  /** Mean share of the samples of one verdict that say what most say. */
  readonly value: number;
  /** 95 % percentile bootstrap over `clusters`; absent if all resamples are alike. */
  readonly low?: number;
  readonly high?: number;
  /** Verdicts, and the answers they are about. */
  readonly n: number;
  readonly clusters: number;
}

/** @param shares one a verdict, from 1 / samples to 1. @param clusters the answer each verdict is about: verdicts of one answer are drawn together. */
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
