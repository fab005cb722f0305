/**
 * Pillow's two passes: horizontal, then vertical, each rounding to bytes. Rows that no output row needs are not
 * computed, and a pass that changes nothing is skipped, as in Pillow; both are needed for bit-exactness.
 */
import { precisionBits, type Taps } from "./taps.ts";

const half = 1 << (precisionBits - 1);

/** One channel of an interleaved image: samples at `offset + i * step`. */
export interface Channel {
  readonly data: Uint8Array;
  readonly offset: number;
  readonly step: number;
}

/**
 * Resamples one channel into another.
 *
 * @param source a `[height, width]` channel.
 * @param horizontal taps from `width` to the output's width, or undefined if the width is unchanged.
 * @param vertical taps from `height` to the output's height, or undefined if the height is unchanged.
 * @param target `[outHeight, outWidth]`; written completely.
 */
export function resampleChannel(
  source: Channel,
  width: number,
  height: number,
  horizontal: Taps | undefined,
  vertical: Taps | undefined,
  target: Channel,
): void {
  const outWidth = horizontal?.count.length ?? width;
  // A tall, narrow image in its square has few columns that are not padding, and two million rows.
  const [from, to] = horizontal === undefined ? [0, width] : usedOutputs(horizontal);
  const columns = { from, to, of: outWidth };
  if (to - from < outWidth) clear(target, columns, vertical?.count.length ?? height);
  if (vertical === undefined) {
    for (let y = 0; y < height; y++) {
      const at = target.offset + (y * outWidth + from) * target.step;
      acrossRow(source, y * width, columns, horizontal, target.data, at, target.step);
    }
    return;
  }
  const [firstRow, lastRow] = rowsNeeded(vertical);
  const middle = new Uint8Array(Math.max(0, lastRow - firstRow) * (to - from)); // [rows needed, to - from]
  for (let y = firstRow; y < lastRow; y++) {
    acrossRow(source, y * width, columns, horizontal, middle, (y - firstRow) * (to - from), 1);
  }
  down(middle, firstRow, columns, vertical, target);
}

/** Columns of the output that are not padding, and how many there are in all. */
interface Columns {
  readonly from: number;
  readonly to: number;
  readonly of: number;
}

/** Sets the columns of padding to zero. */
function clear({ data, offset, step }: Channel, { from, to, of }: Columns, rows: number): void {
  for (let y = 0; y < rows; y++) {
    const row = offset + y * of * step;
    for (let x = 0; x < from; x++) data[row + x * step] = 0;
    for (let x = to; x < of; x++) data[row + x * step] = 0;
  }
}

function usedOutputs({ count }: Taps): [from: number, to: number] {
  const from = count.findIndex((n) => n > 0);
  return from < 0 ? [0, 0] : [from, count.findLastIndex((n) => n > 0) + 1];
}

function rowsNeeded(taps: Taps): [first: number, last: number] {
  let first = Number.MAX_SAFE_INTEGER;
  let last = 0;
  for (let i = 0; i < taps.count.length; i++) {
    if (taps.count[i] === 0) continue;
    first = Math.min(first, taps.start[i]);
    last = Math.max(last, taps.start[i] + taps.count[i]);
  }
  return last === 0 ? [0, 0] : [first, last];
}

/** One row of the horizontal pass; `rowStart` counts samples of the channel. */
function acrossRow(
  source: Channel,
  rowStart: number,
  { from, to }: Columns,
  taps: Taps | undefined,
  out: Uint8Array,
  outStart: number,
  outStep: number,
): void {
  const { data, step } = source;
  const row = source.offset + rowStart * step;
  if (taps === undefined) {
    for (let x = 0, o = outStart; x < to; x++, o += outStep) out[o] = data[row + x * step];
    return;
  }
  const { start, count, weights, stride } = taps;
  for (let x = from, o = outStart, w = from * stride; x < to; x++, o += outStep, w += stride) {
    let i = row + start[x] * step;
    let sum = half;
    for (let k = w, end = w + count[x]; k < end; k++, i += step) sum = (sum + Math.imul(data[i], weights[k])) | 0;
    out[o] = sum >> precisionBits;
  }
}

/** The vertical pass, row by row with an accumulator row, so that memory is accessed in order. */
function down(middle: Uint8Array, firstRow: number, { from, to, of }: Columns, taps: Taps, target: Channel): void {
  const width = to - from;
  const { start, count, weights, stride } = taps;
  const { data: out, offset, step } = target;
  const sums = new Int32Array(width);
  for (let y = 0; y < count.length; y++) {
    const n = count[y];
    const w = y * stride;
    let o = offset + (y * of + from) * step;
    let row = (start[y] - firstRow) * width;
    // Enlarging has one or two taps per row (the third weight of Pillow's table is zero): no accumulator row is needed.
    if (n === 1 || (n === 2 && weights[w + 1] === 0)) {
      const a = weights[w];
      for (let x = 0; x < width; x++, o += step) out[o] = (half + Math.imul(middle[row + x], a)) >> precisionBits;
    } else if (n === 2 || (n === 3 && weights[w + 2] === 0)) {
      const a = weights[w];
      const b = weights[w + 1];
      const next = row + width;
      for (let x = 0; x < width; x++, o += step) {
        out[o] = (half + Math.imul(middle[row + x], a) + Math.imul(middle[next + x], b)) >> precisionBits;
      }
    } else {
      sums.fill(half);
      for (let k = w; k < w + n; k++, row += width) {
        const weight = weights[k];
        for (let x = 0; x < width; x++) sums[x] += Math.imul(middle[row + x], weight);
      }
      for (let x = 0; x < width; x++, o += step) out[o] = sums[x] >> precisionBits;
    }
  }
}
