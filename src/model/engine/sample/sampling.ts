/**
 * Chooses the next token from logits: repetition penalty, forbidden ids, then temperature, top-k, top-p and min-p in
 * Hugging Face's order, then one draw. Greedy takes the largest logit, the lowest id on a tie.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import { Random } from "../../../base/random.ts";
import { applyMask } from "../../../text/index.ts";

export interface SamplingOptions {
  /** 0 is greedy; only the penalty and the forbidden ids then have an effect. */
  readonly temperature: number;
  /** Keep the k most likely tokens, and ties of the k-th; 0 keeps all. */
  readonly topK: number;
  /** Keep the smallest set of most likely tokens whose probability reaches this; 1 keeps all. */
  readonly topP: number;
  /** Keep tokens at least this fraction as likely as the most likely; 0 keeps all. */
  readonly minP: number;
  /** Logits of tokens already in the context are divided (positive) or multiplied (negative) by this; 1 disables it (Keskar et al. 2019). */
  readonly repetitionPenalty: number;
  readonly seed: number;
  readonly forbidden: readonly number[];
}

/** Tokens below this fraction of the largest probability (e^-30) are never sampled in practice, so they are not sorted. */
const negligible = 30;

export class Sampler {
  private readonly random: Random;

  constructor(private readonly options: SamplingOptions) {
    const { temperature, topK, topP, minP, repetitionPenalty } = options;
    requireRange("temperature", temperature, 0, Number.MAX_VALUE);
    requireRange("topK", topK, 0, Number.MAX_SAFE_INTEGER);
    requireRange("topP", topP, Number.MIN_VALUE, 1);
    requireRange("minP", minP, 0, 1);
    requireRange("repetitionPenalty", repetitionPenalty, Number.MIN_VALUE, Number.MAX_VALUE);
    this.random = new Random(options.seed);
  }

  /**
   * The next token id.
   *
   * @param logits [vocabulary]; changed in place by the penalty and the forbidden ids.
   * @param context ids of the prompt and of what was generated, for the penalty.
   * @param allowed bit set of the ids that a grammar allows, one bit per id.
   */
  next(logits: Float32Array, context: readonly number[], allowed?: Uint32Array): number {
    const best = this.prepare(logits, context, allowed);
    if (this.options.temperature === 0) return best;
    const { ids, weights } = this.candidates(logits, logits[best]);
    let at = this.random.next() * weights.reduce((sum, w) => sum + w, 0);
    for (let i = 0; i < weights.length; i++) if ((at -= weights[i]) < 0) return ids[i];
    return ids[weights.length - 1];
  }

  /** The distribution that {@link next} samples from at a temperature above 0: the probability of every id. */
  distribution(logits: Float32Array, context: readonly number[]): number[] {
    const best = this.prepare(logits, context);
    const { ids, weights } = this.candidates(logits, logits[best]);
    const total = weights.reduce((sum, w) => sum + w, 0);
    const all = new Array<number>(logits.length).fill(0);
    for (const [i, weight] of weights.entries()) all[ids[i]] = weight / total;
    return all;
  }

  /** Penalty, forbidden and allowed ids. @returns the most likely id. */
  private prepare(logits: Float32Array, context: readonly number[], allowed?: Uint32Array): number {
    requireFinite(logits);
    const { repetitionPenalty, forbidden } = this.options;
    if (repetitionPenalty !== 1) {
      for (const id of new Set(context)) {
        if (id < logits.length)
          logits[id] = logits[id] > 0 ? logits[id] / repetitionPenalty : logits[id] * repetitionPenalty;
      }
    }
    for (const id of forbidden) if (id < logits.length) logits[id] = -Infinity;
    if (allowed !== undefined) applyMask(logits, allowed);
    const best = argmax(logits);
    if (logits[best] === -Infinity) {
      throw new PolyclinicError("model/nothing-allowed", "no token is allowed next", {
        hint: "The schema and the list of forbidden token ids leave no token to choose.",
      });
    }
    return best;
  }

  /** The ids that may be drawn, most likely first, and the weights of those that are kept. */
  private candidates(logits: Float32Array, largest: number): { ids: number[]; weights: number[] } {
    const { temperature, topK, topP, minP } = this.options;
    const candidates: number[] = [];
    // Only ids at least as likely as the k-th are sorted: a tenth of the time of sorting the vocabulary.
    const kth = topK > 0 && topK < logits.length ? kthLargest(logits, topK) : -Infinity;
    const floor = Math.max(largest - negligible * temperature, kth);
    for (let id = 0; id < logits.length; id++) if (logits[id] >= floor) candidates.push(id);
    candidates.sort((a, b) => logits[b] - logits[a] || a - b);
    const weights = candidates.map((id) => Math.exp((logits[id] - largest) / temperature));
    if (topP < 1) {
      const total = weights.reduce((sum, w) => sum + w, 0);
      let kept = 0;
      let n = 0;
      while (n < weights.length && kept < topP * total) kept += weights[n++];
      weights.length = Math.max(n, 1);
    }
    if (minP > 0) {
      while (weights.length > 1 && weights[weights.length - 1] < minP) weights.pop();
    }
    return { ids: candidates, weights };
  }
}

/** The k-th largest value: the root of a min-heap of the k largest values so far. */
function kthLargest(values: Float32Array, k: number): number {
  const heap = new Float64Array(k).fill(-Infinity);
  for (const value of values) {
    if (value <= heap[0]) continue;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= k) break;
      if (child + 1 < k && heap[child + 1] < heap[child]) child++;
      if (heap[child] >= value) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = value;
  }
  return heap[0];
}

export function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id] > logits[best]) best = id;
  return best;
}

/** Natural-log probability of `id` under the softmax of `logits`. */
export function logProbability(logits: Float32Array, id: number): number {
  requireFinite(logits);
  const largest = logits[argmax(logits)];
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - largest);
  return logits[id] - largest - Math.log(sum);
}

function requireFinite(logits: Float32Array): void {
  for (let id = 0; id < logits.length; id++) {
    if (!Number.isFinite(logits[id])) {
      throw new PolyclinicError("model/non-finite-logits", "the model's output is not a number", {
        where: `logits[${id}]`,
        expected: "finite logits",
        found: String(logits[id]),
        hint: "The weights are corrupt, or this model's activations exceed the range of this precision: load it as f32 with debug to find the layer.",
      });
    }
  }
}

function requireRange(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new PolyclinicError("model/option", "is out of range", {
      where: name,
      expected: `${least} to ${most}`,
      found: String(value),
    });
  }
}
