/**
 * Which source samples one output sample is made of, and with which weights: Pillow's triangle filter for `Image.BILINEAR`, whose
 * support widens with the scale when an image shrinks (that is its antialiasing), in the 22-bit fixed point Pillow uses for 8-bit
 * images. Pillow is what Gemma 3's image processor resizes with, so these integers decide what the model sees.
 */

/** Bits after the point: 32 less 8 for the sample less 2 for the overshoot of other filters (Pillow `Resample.c`). */
export const precisionBits = 32 - 8 - 2;

export interface Taps {
  /** First source sample of each output sample. */
  readonly start: Int32Array; // [outSize]
  /** How many samples it is made of; 0 where the output lies wholly in the padding. */
  readonly count: Int32Array; // [outSize]
  /** Fixed-point weights, `stride` per output sample. */
  readonly weights: Int32Array; // [outSize, stride]
  readonly stride: number;
}

/** A stretch of real samples inside a longer, zero-padded line. */
export interface Padded {
  /** Zeros before the first real sample. */
  readonly before: number;
  /** Real samples. */
  readonly length: number;
}

/**
 * The taps that bring `inSize` samples to `outSize`.
 *
 * @param real where the real samples lie when the line is zero-padded: taps in the padding are dropped (they would add zero) and
 *   `start` counts from the first real sample, so the padded image is never built.
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
