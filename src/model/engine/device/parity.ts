/**
 * Whether a graphics device computes what the processor computes, on this very machine: the same graphs over the same weights are given pictures and
 * tokens on both before the first answer. Drivers and kernels differ, and are wrong without saying so.
 */
import { Random } from "../../../base/random.ts";
import { KvCache } from "../decode/kv-cache.ts";
import type { Engine } from "../engine.ts";
import { generatedImage } from "./generated-image.ts";

/**
 * Largest difference, over the standard deviation of the numbers it is among. Rounding in another order makes 1e-5 where kernels are right; the
 * least fault found so far, in attention, made 0.2.
 */
export const parityTolerance = 2e-3;

/** Numbers of one kind, at most `kept` of them, evenly spread. */
export type Reference = Readonly<Record<string, ArrayLike<number>>>;
const maxNumbers = 4096;

/** Changed when what is computed below changes. */
export const referenceVersion = 1;

/** What an engine makes of two pictures, a prompt with one of them, tokens one by one, and two conversations in one step. */
export async function referenceNumbers(engine: Engine, signal?: AbortSignal): Promise<Reference> {
  const found: Record<string, ArrayLike<number>> = {};
  const { vocabSize } = engine.config;
  const random = new Random(18);
  const ids = (n: number) => Array.from({ length: n }, () => Math.floor(random.next() * vocabSize));
  const [before, after] = [ids(9), ids(23)];
  const side = engine.imageSize;
  const images = [];
  let soft = 0;
  if (side !== undefined)
    for (const seed of [1, 2]) {
      const image = { image: generatedImage(side, seed), hash: `parity ${seed}` };
      const tokens = await engine.encodeImage(image, signal);
      soft = tokens.length / engine.config.hiddenSize;
      found[`the vision tower's output for picture ${seed}`] = spread(tokens);
      images.push(image);
    }
  const prompt = {
    ids: Int32Array.from([...before, ...new Array(soft).fill(0), ...after]),
    images: images.slice(0, 1).map((image) => ({ ...image, start: before.length, length: soft })),
  };
  const cache = engine.newCache();
  const [last] = await engine.prefill(cache, prompt, { signal });
  found["logits after a prompt"] = spread(last);
  for (const [i, id] of ids(3).entries())
    found[`logits of token ${i + 1}`] = spread((await engine.decode(cache, [id]))[0]);
  const pair = KvCache.join([cache, cache]);
  for (const [i, row] of (await engine.decode(pair, ids(2))).entries())
    found[`logits of conversation ${i + 1} of 2`] = spread(row);
  return found;
}

/** @returns what differs, in words with numbers; undefined where nothing does. */
export function parityProblem(device: Reference, processor: Reference): string | undefined {
  for (const [name, expected] of Object.entries(processor)) {
    const off = difference(device[name] ?? [], expected);
    if (!(off <= parityTolerance))
      return `${name} differ from the processor's by ${off.toPrecision(2)} of their standard deviation (at most ${parityTolerance} is let pass)`;
  }
  return undefined;
}

/** Largest difference over the standard deviation of `expected`; NaN where they cannot be compared. */
export function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.NaN;
  let [most, sum, squares] = [0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(found[i] - expected[i]);
    // A NaN counts as a difference: every comparison with NaN is false.
    if (!(off <= most)) most = off;
    sum += expected[i];
    squares += expected[i] ** 2;
  }
  const n = expected.length;
  const deviation = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
  return most === 0 ? 0 : most / Math.max(deviation, 1e-6);
}

function spread(numbers: Float32Array): Float32Array {
  const every = Math.ceil(numbers.length / maxNumbers);
  return Float32Array.from({ length: Math.floor(numbers.length / every) }, (_, i) => numbers[i * every]);
}
