/** Harrell's C-index of right-censored times. */
import { requireFinite, requireSameLength, undefinedMeasure } from "../input.ts";
import { ascendingOrder } from "../summary.ts";

/** Harrell's concordance index with the numbers of pairs behind it. */
export interface Concordance {
  /** Share of comparable pairs in which the case that failed first had the higher risk, ties of risk half; 0 to 1. */
  readonly index: number;
  /** Number of comparable pairs: the shorter time ends in an event. */
  readonly comparable: number;
  /** Number of comparable pairs with equal risk. */
  readonly tiedRisk: number;
}

/**
 * Harrell's C (Harrell et al. 1982). A pair is comparable when the earlier time is an event; at one time an event comes before a censored case, and
 * two events are not comparable (scikit-survival `concordance_index_censored`). n log n steps.
 *
 * @param risk higher means an earlier event.
 */
export function concordanceIndex(
  times: ArrayLike<number>,
  events: ArrayLike<boolean>,
  risk: ArrayLike<number>,
): Concordance {
  requireSameLength("C-index", times, events);
  requireSameLength("C-index", times, risk);
  requireFinite("C-index", times);
  requireFinite("C-index", risk);
  const n = times.length;
  const byRisk = ascendingOrder(risk);
  const rank = new Int32Array(n);
  let distinct = 0;
  for (let i = 0; i < n; i++) {
    if (i > 0 && risk[byRisk[i]] !== risk[byRisk[i - 1]]) distinct++;
    rank[byRisk[i]] = distinct + 1;
  }
  // A Fenwick tree over ranks of risk of the cases that survive the present time.
  const tree = new Float64Array(distinct + 2);
  let alive = 0;
  const add = (at: number) => {
    alive++;
    for (let i = at; i < tree.length; i += i & -i) tree[i]++;
  };
  const upTo = (at: number) => {
    let sum = 0;
    for (let i = at; i > 0; i -= i & -i) sum += tree[i];
    return sum;
  };
  const order = ascendingOrder(times).reverse();
  let concordant = 0;
  let tied = 0;
  let comparable = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    while (end < n && times[order[end]] === times[order[start]]) end++;
    for (let i = start; i < end; i++) if (!events[order[i]]) add(rank[order[i]]);
    for (let i = start; i < end; i++) {
      if (!events[order[i]]) continue;
      const below = upTo(rank[order[i]] - 1);
      concordant += below;
      tied += upTo(rank[order[i]]) - below;
      comparable += alive;
    }
    for (let i = start; i < end; i++) if (events[order[i]]) add(rank[order[i]]);
    start = end;
  }
  if (comparable === 0)
    throw undefinedMeasure("C-index", "no pair of cases is comparable (no event precedes another case's time)");
  return { index: (concordant + tied / 2) / comparable, comparable, tiedRisk: tied };
}
