/**
 * Physical values to bytes: clip to a range, linear to 0..255, round. In single precision with halves to the even neighbour, as numpy
 * computes it in Google's notebooks, so that the bytes are equal.
 */

import { rangeFast } from "./kernel.ts";

const f = Math.fround;

/** One value; NaN becomes 0. */
export function scaleToByte(value: number, low: number, high: number): number {
  if (!(value > low)) return 0;
  if (value >= high) return 255;
  const scaled = f(f(f(f(value) - f(low)) / f(f(high) - f(low))) * 255);
  const floor = scaled | 0;
  const rest = scaled - floor;
  return rest < 0.5 || (rest === 0.5 && (floor & 1) === 0) ? floor : floor + 1;
}

export function scaleToBytes(values: Float32Array, [low, high]: readonly [low: number, high: number]): Uint8Array {
  const out = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = scaleToByte(values[i], low, high);
  return out;
}

/** The smallest and largest finite value; `[0, 0]` when there is none. */
export function valueRange(values: Float32Array): [low: number, high: number] {
  const fast = rangeFast(values);
  if (fast?.every(Number.isFinite)) return fast;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < low && value !== Number.NEGATIVE_INFINITY) low = value;
    if (value > high && value !== Number.POSITIVE_INFINITY) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}
