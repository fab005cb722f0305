/** Rounding weights to 8 and 4 bits. */

/**
 * One symmetric scale per row: `w = q * scale`, |q| <= `largest`.
 *
 * @param rows `[count, width]`.
 */
export function quantiseRows(
  rows: Float32Array,
  width: number,
  largest: number,
): { q: Int8Array; scales: Float32Array } {
  const count = rows.length / width;
  const q = new Int8Array(rows.length);
  const scales = new Float32Array(count);
  for (let r = 0; r < count; r++) {
    const start = r * width;
    let max = 0;
    for (let i = start; i < start + width; i++) {
      const w = rows[i] < 0 ? -rows[i] : rows[i];
      if (w > max) max = w;
    }
    const scale = max === 0 ? 1 : max / largest;
    scales[r] = scale;
    const inverse = 1 / scale;
    // Adding 0.5 before truncation rounds, because the offset keeps the numbers positive.
    for (let i = start; i < start + width; i++) q[i] = ((rows[i] * inverse + 128.5) | 0) - 128;
  }
  return { q, scales };
}

/**
 * Blocks of `block` weights of a row share a scale: `w = (q - 8) * scale`, q in 0..15, two to a byte, the first in the low half; the last
 * block of a row is padded with zeros. The scale that puts the extremes at the ends of the range is then refined once by least squares.
 *
 * @param rows `[count, width]`.
 * @returns packed `[count, ceil(width/block), block/2]`, scales `[count, ceil(width/block)]`: the layout of `MatMulNBits`.
 */
export function quantiseBlocks(
  rows: Float32Array,
  width: number,
  block: number,
): { packed: Uint8Array; scales: Float32Array } {
  const count = rows.length / width;
  const blocks = Math.ceil(width / block);
  const packed = new Uint8Array((count * blocks * block) / 2);
  const scales = new Float32Array(count * blocks);
  let at = 0;
  for (let r = 0; r < count; r++) {
    for (let b = 0; b < blocks; b++) {
      const start = r * width + b * block;
      const end = Math.min(start + block, (r + 1) * width);
      let [least, most] = [0, 0];
      for (let i = start; i < end; i++) {
        const w = rows[i];
        if (w > most) most = w;
        else if (w < least) least = w;
      }
      const scale = Math.max(most / 7, least / -8) || 1;
      const inverse = 1 / scale;
      let [wq, qq] = [0, 0];
      for (let i = start; i < start + block; i += 2) {
        const a = i < end ? nibble(rows[i], inverse) : 8;
        const c = i + 1 < end ? nibble(rows[i + 1], inverse) : 8;
        packed[at++] = a | (c << 4);
        if (i < end) {
          wq += rows[i] * (a - 8);
          qq += (a - 8) * (a - 8);
        }
        if (i + 1 < end) {
          wq += rows[i + 1] * (c - 8);
          qq += (c - 8) * (c - 8);
        }
      }
      scales[r * blocks + b] = qq > 0 && wq > 0 ? wq / qq : scale;
    }
  }
  return { packed, scales };
}

/** Weights rounded by `quantiseBlocks`, as numbers again. @param out of the length of `rows`; overwritten. */
export function roundBlocks(rows: Float32Array, width: number, block: number, out: Float32Array): void {
  const { packed, scales } = quantiseBlocks(rows, width, block);
  const blocks = Math.ceil(width / block);
  for (let r = 0; r < rows.length / width; r++)
    for (let c = 0; c < width; c++) {
      const at = r * blocks + Math.floor(c / block);
      const i = at * block + (c % block);
      const q = i % 2 === 0 ? packed[i >> 1] & 15 : packed[i >> 1] >> 4;
      out[r * width + c] = (q - 8) * scales[at];
    }
}

/**
 * The same in 8 bits: `w = (q - 128) * scale`, q in 1..255; the last block of a row is padded with zeros.
 *
 * @returns `q` `[count, ceil(width/block), block]`, scales `[count, ceil(width/block)]`: the layout of `MatMulNBits`.
 */
export function quantiseBlocks8(
  rows: Float32Array,
  width: number,
  block: number,
): { q: Uint8Array; scales: Float32Array } {
  const count = rows.length / width;
  const blocks = Math.ceil(width / block);
  const q = new Uint8Array(count * blocks * block).fill(128);
  const scales = new Float32Array(count * blocks);
  for (let r = 0; r < count; r++)
    for (let b = 0; b < blocks; b++) {
      const start = r * width + b * block;
      const own = rows.subarray(start, Math.min(start + block, (r + 1) * width));
      const rounded = quantiseRows(own, own.length, 127);
      scales[r * blocks + b] = rounded.scales[0];
      const at = (r * blocks + b) * block;
      for (let i = 0; i < own.length; i++) q[at + i] = rounded.q[i] + 128;
    }
  return { q, scales };
}

/** 0 to 15; truncation equals floor, because the smallest weight of a block is -8 times its scale. */
function nibble(w: number, inverse: number): number {
  const q = (w * inverse + 8.5) | 0;
  return Math.min(q, 15);
}
