/**
 * The value ranges mapped to 0 to 255. CT: three Hounsfield windows, one per colour channel. Everything else: the
 * volume's own range.
 */
import { scaleToByte, type ValueRange, valueRange } from "../../../imaging/resize/index.ts";

/**
 * Red, green and blue windows in HU. 1.5: MedGemma 1.5 report, section 2.3.1. 1.0: MedGemma 1 report, section 2.1.2
 * (width 2250 level -100, 350/40, 80/40). The published container's green window (135 to 215) has a sign error and is
 * not offered.
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
} as const satisfies Record<string, readonly [ValueRange, ValueRange, ValueRange]>;

/** The byte of a value in a window: clipped, linear to 0..255, halves to even. */
export function windowByte(value: number, [low, high]: ValueRange): number {
  return scaleToByte(value, low, high);
}

/**
 * A constant volume has an empty range; it is extended so that the volume becomes white, as in the published container.
 */
export function rangeOrWhite(data: Float32Array): [low: number, high: number] {
  const [low, high] = valueRange(data);
  return low < high ? [low, high] : [low - 2, low - 1];
}
