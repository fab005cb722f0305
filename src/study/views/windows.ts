/**
 * Physical values to bytes. CT: three Hounsfield windows, one a colour channel. Everything else: the volume's own minimum and maximum.
 * All in single precision with halves to even, as the numpy code of the notebooks computes, so that bytes are equal.
 */
import { roundHalfEven } from "./sampling.ts";

export type Window = readonly [low: number, high: number];

/**
 * Red, green and blue windows in HU. 1.5: MedGemma 1.5 report, section 2.3.1. 1.0: MedGemma 1 report, section 2.1.2 (width 2250 level
 * -100, 350/40, 80/40). The published container's green window (135 to 215) is a slip of a sign and is not offered.
 */
export const ctWindows = {
  "1.5": [
    [-1024, 1024],
    [-135, 215],
    [0, 80],
  ],
  "1.0": [
    [-1225, 1025],
    [-135, 215],
    [0, 80],
  ],
} as const satisfies Record<string, readonly [Window, Window, Window]>;

const f = Math.fround;

/** Clip to the window, linear to 0..255, round. NaN becomes 0. */
export function windowByte(value: number, [low, high]: Window): number {
  if (!(value > low)) return 0;
  if (value >= high) return 255;
  return roundHalfEven(f(f(f(f(value) - low) / f(high - low)) * 255));
}

/** Whole Hounsfield units, as nearly every CT stores them, are looked up; the table spans all windows in use. */
const tableLow = -1280;
const tableHigh = 1280;
const tables = new Map<string, Uint8Array>();

function tableOf(window: Window): Uint8Array {
  const key = window.join();
  let table = tables.get(key);
  if (table === undefined) {
    table = Uint8Array.from({ length: tableHigh - tableLow + 1 }, (_, i) => windowByte(tableLow + i, window));
    tables.set(key, table);
  }
  return table;
}

/** One window of a slice, `[height, width]` bytes. */
export function windowBytes(slice: Float32Array, window: Window, out = new Uint8Array(slice.length)): Uint8Array {
  const inTable = window[0] >= tableLow && window[1] <= tableHigh;
  const table = inTable ? tableOf(window) : undefined;
  for (let i = 0; i < slice.length; i++) {
    const value = slice[i];
    const whole = value | 0;
    if (table !== undefined && whole === value) {
      out[i] = table[whole < tableLow ? 0 : whole > tableHigh ? tableHigh - tableLow : whole - tableLow];
    } else out[i] = windowByte(value, window);
  }
  return out;
}

/** The smallest and largest finite value. `[0, 0]` when there is none. */
export function valueRange(data: Float32Array): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (value < low && value !== Number.NEGATIVE_INFINITY) low = value;
    if (value > high && value !== Number.POSITIVE_INFINITY) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** Minimum to 0, maximum to 255; a constant volume is white, as in the published container. NaN becomes 0. */
export function minMaxBytes(slice: Float32Array, [low, high]: Window, out = new Uint8Array(slice.length)): Uint8Array {
  if (!(high > low)) return out.fill(255);
  const range = f(high - low);
  for (let i = 0; i < slice.length; i++) {
    const value = slice[i];
    if (!(value > low)) out[i] = 0;
    else if (value >= high) out[i] = 255;
    else {
      const scaled = f(f(f(value - low) / range) * 255);
      const floor = scaled | 0;
      const rest = scaled - floor;
      out[i] = rest < 0.5 || (rest === 0.5 && (floor & 1) === 0) ? floor : floor + 1;
    }
  }
  return out;
}
