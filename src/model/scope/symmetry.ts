/** The part of a texture (`texture.ts`) that compares an image with its mirror images. */

/** Correlation of the smoothed image with its mirror images, left to right with the axis where it is highest, and where that is; top to bottom; by half a turn. */
export function symmetry(plane: Float32Array, side: number): number[] {
  const count = 32;
  const small = new Float32Array(count * count);
  for (let y = 0; y < count; y++)
    for (let x = 0; x < count; x++)
      small[y * count + x] =
        plane[Math.floor(((y + 0.5) * side) / count) * side + Math.floor(((x + 0.5) * side) / count)];
  /** @param shift columns by which the axis of a mirror image left to right is moved. */
  const correlation = (leftRight: boolean, topBottom: boolean, shift = 0) => {
    let [n, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
    for (let y = 0; y < count; y++)
      for (let x = 0; x < count; x++) {
        const u = leftRight ? count - 1 - x + shift : x;
        const v = topBottom ? count - 1 - y : y;
        if (u < 0 || u >= count) continue;
        const p = small[y * count + x];
        const q = small[v * count + u];
        n++;
        a += p;
        b += q;
        aa += p * p;
        bb += q * q;
        ab += p * q;
      }
    const spread = Math.sqrt(Math.max(0, aa / n - (a / n) ** 2) * Math.max(0, bb / n - (b / n) ** 2));
    return spread < 1e-6 ? 0 : (ab / n - (a * b) / (n * n)) / spread;
  };
  let [best, place] = [-1, 0];
  for (let shift = -8; shift <= 8; shift++) {
    const found = correlation(true, false, shift);
    if (found > best) [best, place] = [found, shift];
  }
  return [2 * best, place / 4, 2 * correlation(false, true), 2 * correlation(true, true)];
}
