/**
 * The source samples of each output sample and their weights: Pillow's triangle filter for `Image.BILINEAR`, whose
 * support grows with the scale when an image is reduced (antialiasing), in the 22-bit fixed point that Pillow uses for
 * 8-bit images. Gemma 3's image processor resizes with Pillow, so these integers determine what the model sees.
 */

/** Fractional bits: 32 minus 8 for the sample minus 2 for the overshoot of other filters (Pillow `Resample.c`). */
export const precisionBits = 32 - 8 - 2;

export interface Taps {
  /** First source sample of each output sample. */
  readonly start: Int32Array; // [outSize]
  /** Number of source samples; 0 if the output lies completely in the padding. */
  readonly count: Int32Array; // [outSize]
  /** Fixed-point weights, `stride` per output sample. */
  readonly weights: Int32Array; // [outSize, stride]
  readonly stride: number;
}

/** A range of real samples within a longer, zero-padded line. */
export interface Padded {
  /** Zeros before the first real sample. */
  readonly before: number;
  /** Real samples. */
  readonly length: number;
}

/**
 * The taps for resampling `inSize` samples to `outSize`.
 *
 * @param real position of the real samples if the line is zero-padded: taps in the padding are dropped (they would add
 * zero) and `start` counts from the first real sample, so the padded image is never built.
 */
export function triangleTaps(inSize: number, outSize: number, real: Padded = { before: 0, length: inSize }): Taps {
  const scale = inSize / outSize;
  const filterScale = Math.max(scale, 1);
  const support = filterScale; // the triangle reaches 1 on both sides
  const inverse = 1 / filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const start = new Int32Array(outSize);
  const count = new Int32Array(outSize);
  const weights = new Int32Array(outSize * stride);
  const exact = new Float64Array(stride);

  for (let out = 0; out < outSize; out++) {
    const center = (out + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const last = Math.min(inSize, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let i = first; i < last; i++) {
      const weight = Math.max(0, 1 - Math.abs((i - center + 0.5) * inverse));
      exact[i - first] = weight;
      sum += weight;
    }
    const realFirst = Math.max(first, real.before);
    const realLast = Math.min(last, real.before + real.length);
    start[out] = realFirst - real.before;
    count[out] = Math.max(0, realLast - realFirst);
    for (let i = realFirst; i < realLast; i++) {
      const weight = sum === 0 ? exact[i - first] : exact[i - first] / sum;
      weights[out * stride + i - realFirst] = Math.trunc(0.5 + weight * (1 << precisionBits));
    }
    if (count[out] === 0) start[out] = 0;
  }
  return { start, count, weights, stride };
}
