/** Text of lengths, angles and regions: the label, the values inside, the size. */
import { isOutline, sizeWords, visitEnclosed } from "../../../study/display/measures.ts";
import type { PixelSlice } from "../pixels/fetch.ts";
import type { Measure } from "./marks.ts";

/** @param spacing millimetres per pixel along x and y; undefined where unknown. */
export function measuredWords(
  measure: Measure,
  spacing: readonly [x: number, y: number] | undefined,
  slice: PixelSlice | undefined,
  unit: string,
): string {
  const size = sizeWords(measure, spacing);
  const found = slice && isOutline(measure) ? inside(measure, slice) : undefined;
  const values =
    found === undefined ? [size] : [`${found.mean.toFixed(1)} ± ${found.deviation.toFixed(1)} ${unit}`, `${size}, n ${found.count}`]; // biome-ignore format: one line
  return [...(measure.label ? [measure.label] : []), ...values].join("\n");
}

/** Mean and standard deviation (denominator n) of the pixels that the outline encloses; only for grey images. */
function inside(measure: Measure, { width, height, channels, data }: PixelSlice) {
  // A slide's pixels are not here.
  if (channels !== 1 || data.length === 0) return undefined;
  let [sum, squares, count] = [0, 0, 0];
  visitEnclosed(measure, width, height, (x, y) => {
    const value = data[y * width + x];
    sum += value;
    squares += value * value;
    count++;
  });
  if (count === 0) return undefined;
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)), count };
}
