/** Sampling from a teacher's logits for distillation: k tokens per row, drawn by probability. */
import type { Random } from "../../base/random.ts";

/**
 * k tokens sampled without replacement: the largest values of logit + Gumbel noise (Kool et al. 2019), in that order.
 *
 * @returns distinct indices into `logits`; all of them when there are fewer than k.
 */
export function drawDistinct(logits: Float32Array, k: number, random: Random): number[] {
  const keys = Float64Array.from(logits, (logit) => logit - Math.log(-Math.log(1 - random.next())));
  const order = Array.from(keys.keys()).sort((a, b) => keys[b] - keys[a]);
  return order.slice(0, k);
}

/** k tokens sampled with replacement, so tokens may repeat. */
export function drawCounted(logits: Float32Array, k: number, random: Random): number[] {
  let top = Number.NEGATIVE_INFINITY;
  for (const logit of logits) top = Math.max(top, logit);
  const sums = new Float64Array(logits.length);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    sum += Math.exp(logits[i] - top);
    sums[i] = sum;
  }
  return Array.from({ length: k }, () => {
    const threshold = random.next() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] > threshold) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}
