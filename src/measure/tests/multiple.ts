/** Correction for multiple testing. */
import { requireProbabilities } from "../input.ts";
import { ascendingOrder } from "../summary.ts";

/**
 * p-values adjusted for several tests, in the order given; compare them with the level as if there were one test. `benjamini-hochberg` (1995) bounds the
 * expected share of false discoveries; `holm` (1979) the chance of any.
 */
export function adjustedPValues(p: readonly number[], method: "benjamini-hochberg" | "holm"): number[] {
  requireProbabilities("adjusted p-values", p);
  const n = p.length;
  const order = Array.from(ascendingOrder(p));
  const adjusted: number[] = Array(n).fill(0);
  let bound = method === "holm" ? 0 : 1;
  if (method === "holm")
    for (const [place, i] of order.entries()) adjusted[i] = bound = Math.min(1, Math.max(bound, (n - place) * p[i]));
  else
    for (let place = n - 1; place >= 0; place--)
      adjusted[order[place]] = bound = Math.min(bound, (p[order[place]] * n) / (place + 1));
  return adjusted;
}
