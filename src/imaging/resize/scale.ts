/**
 * Physical values to bytes: clip to a range, linear to 0..255, round. In single precision with halves to the even neighbour, as numpy
 * computes it in Google's notebooks, so that the bytes are equal.
 */

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
