/**
 * Whether something precedes the QRS complexes at a fixed time, as P waves do: how alike the stretches before the complexes are, all leads together. Meant for irregular
 * rhythms: where intervals are equal, the T wave of the beat before lies at a fixed time as well.
 */
import { filtered } from "./filter.ts";
import type { Channel } from "./types.ts";

/** Seconds from the steepest point of the QRS complex: PR intervals of about 0.12 to 0.28 s. */
const stretch = [-0.26, -0.09] as const;
const band = { high: 0.5, low: 20 };
/** Seconds: after a shorter interval the T wave of the beat before lies in the stretch. */
const shortestInterval = 0.45;
const fewestBeats = 4;

/**
 * Limits of `share`: below the first nothing precedes the complexes at a fixed time, above the second something does. Measured on simulated recordings
 * (`npm run evaluate:ecg -- --signals`).
 */
export const precedingLimits = [0.3, 0.6] as const;

/** What precedes the complexes. */
export interface Preceding {
  /** Of the power in the stretches before the complexes, the share that is the same before each: 0 to 1. Noise and fibrillation repeat in none. */
  readonly share: number;
  /** Complexes measured. */
  readonly beats: number;
}

/**
 * @param beats seconds, as `findBeats` finds them.
 * @returns undefined if fewer than four complexes follow an interval long enough, or no channel is in mV.
 */
export function precedingWaves(
  { channels, rate }: { readonly channels: readonly Channel[]; readonly rate: number },
  beats: readonly number[],
): Preceding | undefined {
  const length = Math.round((stretch[1] - stretch[0]) * rate);
  const starts = beats.flatMap((time, i) => {
    const start = Math.round((time + stretch[0]) * rate);
    return start < 0 || (i > 0 && time - beats[i - 1] < shortestInterval) ? [] : [start];
  });
  if (starts.length < fewestBeats || length < 4) return undefined;
  let [same, other] = [0, 0];
  for (const channel of channels) {
    if (channel.unit !== "mV") continue;
    const { samples } = filtered(channel, rate, band);
    const pieces = starts.map((start) => straightened(samples.subarray(start, start + length)));
    if (pieces.some((piece) => piece.some(Number.isNaN))) continue;
    const n = pieces.length;
    for (let k = 0; k < length; k++) {
      const mean = pieces.reduce((sum, piece) => sum + piece[k], 0) / n;
      const variance = pieces.reduce((sum, piece) => sum + (piece[k] - mean) ** 2, 0) / (n - 1);
      // The mean of n pieces holds an n-th of what differs between them.
      same += mean ** 2 - variance / n;
      other += variance;
    }
  }
  if (same <= 0 && other === 0) return undefined;
  return { share: Math.max(0, same) / (Math.max(0, same) + other), beats: starts.length };
}

/** Without its mean and slope: the end of the T wave before is a slope here. */
function straightened(samples: Float32Array): Float64Array {
  const middle = (samples.length - 1) / 2;
  let [sum, product, squares] = [0, 0, 0];
  for (const [k, value] of samples.entries()) {
    sum += value;
    product += (k - middle) * value;
    squares += (k - middle) ** 2;
  }
  return Float64Array.from(samples, (value, k) => value - sum / samples.length - (product / squares) * (k - middle));
}
