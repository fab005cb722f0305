/** Proportions with intervals, and seeded random numbers. */

import { wilsonInterval } from "../../dist/measure/index.js";

/** Wilson's 95 % interval of a proportion; 0 to 1 if nothing was counted. */
export function wilson(successes, n) {
  if (n === 0) return [0, 1];
  const { low, high } = wilsonInterval(successes, n);
  return [low, high];
}

export function share(id, successes, n, note) {
  const [low, high] = wilson(successes, n);
  const percent = (x) => (100 * x).toFixed(2);
  return {
    id,
    ours: `${percent(n === 0 ? 0 : successes / n)}`,
    unit: "%",
    n,
    interval: [100 * low, 100 * high],
    note: [`${successes} of ${n}, 95 % interval ${percent(low)} to ${percent(high)}`, note].filter(Boolean).join("; "),
  };
}

/** Reproducible numbers in [0, 1) (mulberry32). */
export function seeded(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A cautious token count: digits singly, as Gemma's tokenizer splits them, four letters a token, every other sign one. */
export function countTokens(text) {
  let count = 0;
  for (const [part] of text.matchAll(/[A-Za-z]+|\d|\n|[^\sA-Za-z\d]/g))
    count += /^[A-Za-z]/.test(part) ? Math.ceil(part.length / 4) : 1;
  return count;
}
