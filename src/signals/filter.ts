/** Second-order filters (Bristow-Johnson's cookbook formulas), run forwards and backwards for zero phase shift. */
import type { Channel } from "./types.ts";

interface Biquad {
  b: readonly [number, number, number];
  a: readonly [number, number];
}

function biquad(kind: "highpass" | "lowpass" | "notch", frequency: number, rate: number, quality: number): Biquad {
  const w = (2 * Math.PI * frequency) / rate;
  const [cos, alpha] = [Math.cos(w), Math.sin(w) / (2 * quality)];
  const a0 = 1 + alpha;
  const b = {
    highpass: [(1 + cos) / 2, -(1 + cos), (1 + cos) / 2],
    lowpass: [(1 - cos) / 2, 1 - cos, (1 - cos) / 2],
    notch: [1, -2 * cos, 1],
  }[kind];
  return { b: [b[0] / a0, b[1] / a0, b[2] / a0], a: [(-2 * cos) / a0, (1 - alpha) / a0] };
}

const butterworth = Math.SQRT1_2;

/** Cutoff frequencies; a filter without one is not applied. */
export interface FilterOptions {
  /** High-pass cutoff in hertz: 0.5 removes baseline wander. */
  high?: number;
  /** Low-pass cutoff in hertz: 40 for monitoring (removes muscle noise), 150 for diagnosis. */
  low?: number;
  /** Mains notch in hertz: 50 or 60. */
  notch?: number;
}

/** A filtered copy. Missing samples hold the last known value inside the filter and stay missing in the result. */
export function filtered(channel: Channel, rate: number, { high, low, notch }: FilterOptions): Channel {
  const stages: Biquad[] = [];
  if (high !== undefined) stages.push(biquad("highpass", high, rate, butterworth));
  if (low !== undefined && low < rate / 2) stages.push(biquad("lowpass", low, rate, butterworth));
  if (notch !== undefined && notch < rate / 2) stages.push(biquad("notch", notch, rate, 30));
  const { samples } = channel;
  let known = samples.find((value) => !Number.isNaN(value)) ?? 0;
  // Loops: `from` with a function takes several times as long as the filter itself.
  let signal = new Float64Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    if (!Number.isNaN(samples[i])) known = samples[i];
    signal[i] = known;
  }
  for (const stage of stages) signal = pass(pass(signal, stage).reverse(), stage).reverse();
  const out = new Float32Array(signal);
  for (let i = 0; i < samples.length; i++) if (Number.isNaN(samples[i])) out[i] = Number.NaN;
  return { ...channel, samples: out };
}

/** Starts in the steady state of the first value, which avoids a transient. */
function pass(x: Float64Array, { b: [b0, b1, b2], a: [a1, a2] }: Biquad): Float64Array<ArrayBuffer> {
  const y = new Float64Array(x.length);
  const start = x[0] ?? 0;
  const steady = (start * (b0 + b1 + b2)) / (1 + a1 + a2);
  let [x1, x2, y1, y2] = [start, start, steady, steady];
  for (let i = 0; i < x.length; i++) {
    const now = x[i];
    const out = b0 * now + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    y[i] = out;
    x2 = x1;
    x1 = now;
    y2 = y1;
    y1 = out;
  }
  return y;
}
