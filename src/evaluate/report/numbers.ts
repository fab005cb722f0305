/** How numbers are printed everywhere: three decimals, intervals in brackets, p values never as 0. */
import type { Estimate } from "../score/metrics.ts";

export const decimals = (value: number): string => value.toFixed(3);

export function intervalText({ low, high }: Pick<Estimate, "low" | "high">): string {
  return low === undefined || high === undefined ? "no interval" : `${decimals(low)} to ${decimals(high)}`;
}

export const pText = (p: number): string => (p < 0.001 ? "< .001" : p.toFixed(3));

/** `wilson, 95 %`; `bootstrap-percentile, 1000 resamples, seed 101`. */
export function methodText({ interval, resamples, seed, clusters, note }: Estimate): string {
  const parts = [
    interval && `${interval}, 95 %`,
    resamples !== undefined && `${resamples} resamples, seed ${seed}`,
    clusters !== undefined && `${clusters} clusters`,
    note,
  ];
  return parts.filter(Boolean).join("; ");
}

export const count = (n: number): string => n.toLocaleString("en-GB").replace(/,/g, "\u202f");

export const claims = {
  mechanism:
    "mechanism: the method works on generated data and is compared with a null control; no claim is made about patients",
  instrument: "instrument: the metric reproduces a known value; no claim is made about a model",
  benchmark: "benchmark: the result of this model on this split; no claim is made beyond it",
} as const;

export const notice = "Research software, not a medical device: not for clinical use.";
