/**
 * Detects heart beats in an ECG by the steep part of each QRS complex, after Pan and Tompkins (1985): band-pass,
 * squared slope, moving average over the width of a QRS. Here all leads are combined, and the threshold comes from the
 * recording as a whole, because ten seconds are too short to adapt one.
 */
import { filtered } from "./filter.ts";
import type { Channel } from "./types.ts";

/** Band in hertz that contains most of a QRS complex and little of P and T. */
const band = { high: 8, low: 20 };
/** Seconds. */
const [qrsWidth, refractory, refine, windowLength] = [0.1, 0.24, 0.06, 1.6];
/** Minimum height of a beat as a fraction of the typical height. */
const threshold = 0.3;

/** Times of the beats in seconds, from the channels that are not flat; empty if there are none. */
export function findBeats({
  channels,
  rate,
}: {
  readonly channels: readonly Channel[];
  readonly rate: number;
}): number[] {
  const useful = channels.filter(({ unit, samples }) => unit === "mV" && samples.length > rate && isSignal(samples));
  if (useful.length === 0) return [];
  const waves = useful.map((channel) => filtered(channel, rate, band).samples);
  const energy = averaged(slopes(waves), Math.max(1, Math.round(qrsWidth * rate)));
  const peaks = localMaxima(energy, Math.round(refractory * rate));
  const usual = medianHeight(energy, Math.round(windowLength * rate));
  return peaks.filter((at) => energy[at] > threshold * usual).map((at) => steepest(waves, at, rate) / rate);
}

/** Flat leads, and leads with more than a tenth of the samples missing, are ignored. */
function isSignal(samples: Float32Array): boolean {
  let [least, most, missing] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of samples) {
    if (Number.isNaN(value)) missing++;
    else {
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  return most > least && missing < samples.length / 10;
}

/**
 * Sum over the leads of the squared slope, each lead normalised by its mean square, so that no large lead dominates.
 */
function slopes(waves: readonly Float32Array[]): Float64Array {
  const sum = new Float64Array(waves[0].length);
  for (const wave of waves) {
    const own = new Float64Array(wave.length);
    let total = 0;
    for (let i = 1; i < wave.length - 1; i++) {
      const slope = wave[i + 1] - wave[i - 1];
      own[i] = Number.isNaN(slope) ? 0 : slope ** 2;
      total += own[i];
    }
    if (total > 0) for (let i = 0; i < own.length; i++) sum[i] += (own[i] * own.length) / total;
  }
  return sum;
}

/** Centred moving average over `width` samples. */
function averaged(values: Float64Array, width: number): Float64Array {
  const out = new Float64Array(values.length);
  const half = width >> 1;
  let sum = 0;
  for (let i = 0; i < values.length + half; i++) {
    if (i < values.length) sum += values[i];
    if (i - width >= 0) sum -= values[i - width];
    if (i - half >= 0) out[i - half] = sum / width;
  }
  return out;
}

/** Indices of values that are the maximum within `reach` on both sides. */
function localMaxima(values: Float64Array, reach: number): number[] {
  const places: number[] = [];
  for (let i = 0; i < values.length; ) {
    let best = i;
    for (let k = Math.max(0, i - reach); k <= Math.min(values.length - 1, i + reach); k++)
      if (values[k] > values[best]) best = k;
    if (best === i) {
      if (values[i] > 0) places.push(i);
      i += reach + 1;
    } else i = best > i ? best : i + 1;
  }
  return places;
}

/** The median of the maxima of windows of 1.6 s, each of which contains a beat at rates down to 38 per minute. */
function medianHeight(values: Float64Array, length: number): number {
  const heights: number[] = [];
  for (let start = 0; start + length <= values.length; start += length) {
    let most = 0;
    for (let i = start; i < start + length; i++) if (values[i] > most) most = values[i];
    heights.push(most);
  }
  heights.sort((a, b) => a - b);
  return heights.length === 0 ? Math.max(...values) : heights[heights.length >> 1];
}

/**
 * The largest excursion near an index, in the lead where it is largest: more precise in time than the averaged slope.
 */
function steepest(waves: readonly Float32Array[], at: number, rate: number): number {
  const reach = Math.round(refine * rate);
  let [best, most] = [at, -1];
  for (const wave of waves)
    for (let i = Math.max(0, at - reach); i <= Math.min(wave.length - 1, at + reach); i++)
      if (Math.abs(wave[i]) > most) [best, most] = [i, Math.abs(wave[i])];
  return best;
}

/** Fraction of beats of either list that occur in the other within 80 ms, in both directions. */
export function agreement(a: readonly number[], b: readonly number[]): number {
  if (a.length + b.length === 0) return 1;
  const found = (of: readonly number[], among: readonly number[]) =>
    of.filter((time) => among.some((other) => Math.abs(other - time) <= 0.08)).length;
  return (found(a, b) + found(b, a)) / (a.length + b.length);
}

/** Two distant single leads in which a beat must be visible. */
export function leadsToCompare(channels: readonly Channel[]): Channel[] {
  const named = (...names: string[]) =>
    names.flatMap((name) => channels.find((channel) => channel.name === name) ?? []);
  return [named("II", "I", "aVF")[0], named("V5", "V4", "V6", "V3")[0]].filter((lead) => lead !== undefined);
}
