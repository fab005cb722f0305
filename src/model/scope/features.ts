/** A detector's features: a summary of an image's soft tokens, and the image's sharpness. */
import type { Image } from "../../imaging/types.ts";

/**
 * For each dimension of the soft tokens, four statistics over their grid: mean, standard deviation, upper minus lower half, left minus right half. The halves encode the
 * orientation of the image.
 *
 * @param softTokens `[tokens, width]`, tokens row by row of a square grid. @returns `[4 * width]`.
 */
export function summaryOf(softTokens: Float32Array, tokens: number): Float32Array {
  const width = softTokens.length / tokens;
  const side = Math.round(Math.sqrt(tokens));
  const half = side / 2;
  const out = new Float32Array(4 * width);
  for (let j = 0; j < width; j++) {
    let [sum, squares, vertical, horizontal] = [0, 0, 0, 0];
    for (let t = 0; t < tokens; t++) {
      const value = softTokens[t * width + j];
      sum += value;
      squares += value * value;
      vertical += Math.floor(t / side) < half ? value : -value;
      horizontal += t % side < half ? value : -value;
    }
    const mean = sum / tokens;
    out[j] = mean;
    out[width + j] = Math.sqrt(Math.max(0, squares / tokens - mean * mean));
    out[2 * width + j] = (2 * vertical) / tokens;
    out[3 * width + j] = (2 * horizontal) / tokens;
  }
  return out;
}

/**
 * The fraction of fine contrast: the mean difference of a pixel from its four neighbours, divided by the standard deviation. A small image
 * that was enlarged has almost none, which a vision tower hardly notices.
 *
 * @param image as preprocessed for the model.
 */
export function sharpnessOf({ width, height, channels, data }: Image): number {
  let [sum, squares, fine, inner] = [0, 0, 0, 0];
  // Green approximates brightness.
  const at = (x: number, y: number) => data[(y * width + x) * channels + (channels === 1 ? 0 : 1)];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = at(x, y);
      sum += value;
      squares += value * value;
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) continue;
      fine += Math.abs(4 * value - at(x - 1, y) - at(x + 1, y) - at(x, y - 1) - at(x, y + 1)) / 4;
      inner++;
    }
  const count = width * height;
  const deviation = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  return deviation === 0 ? 0 : fine / inner / deviation;
}
