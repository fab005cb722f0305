/**
 * The entropy-coded part of a JPEG-LS scan (ITU T.87 annex A and its decoding counterpart, annex F): contexts, bias, limited Golomb codes
 * and runs. Own code, because every step here is bounded by the picture's size: the WebAssembly decoder computes for minutes on some
 * damaged streams, and nothing on its thread could stop it.
 */
import { codecError } from "./frame.ts";

/** T.87 C.2.4.1: what an LSE segment may set, else defaults. */
export interface Preset {
  readonly maxValue: number;
  readonly t1: number;
  readonly t2: number;
  readonly t3: number;
  readonly reset: number;
}

/** T.87 C.2.4.1.1. @param near the greatest error of a sample, 0 for lossless. */
export function defaultPreset(maxValue: number, near: number): Preset {
  const clamp = (value: number, least: number) => (value > maxValue || value < least ? least : value);
  let [b1, b2, b3] = [3, 7, 21];
  if (maxValue >= 128) {
    const factor = (Math.min(maxValue, 4095) + 128) >> 8;
    [b1, b2, b3] = [factor * (b1 - 2) + 2, factor * (b2 - 3) + 3, factor * (b3 - 4) + 4];
  } else {
    const factor = Math.floor(256 / (maxValue + 1));
    [b1, b2, b3] = [Math.max(2, (b1 / factor) | 0), Math.max(3, (b2 / factor) | 0), Math.max(4, (b3 / factor) | 0)];
  }
  const t1 = clamp(b1 + 3 * near, near + 1);
  const t2 = clamp(b2 + 5 * near, t1);
  return { maxValue, t1, t2, t3: clamp(b3 + 7 * near, t2), reset: 64 };
}

/** T.87 table A.7.2.1: run lengths grow and shrink by these powers of two. */
const runPower = Uint8Array.of(
  ...[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15],
);
/** Contexts of regular mode; the two of run interruption follow. */
const regularContexts = 365;
/** No error of a real picture is larger; what a damaged stream says beyond it would only overflow. */
const largestError = 1 << 17;

export class LsScan {
  private readonly a: Int32Array; // [367] sums of error magnitudes
  private readonly b = new Int32Array(regularContexts); // sums of errors
  private readonly c = new Int32Array(regularContexts); // bias corrections
  private readonly n = new Int32Array(regularContexts + 2).fill(1); // occurrences
  private readonly negative = new Int32Array(2); // negative run interruptions
  private readonly quantized: Int8Array; // gradient + maxValue to -4..4
  private readonly maxValue: number;
  private readonly reset: number;
  private readonly range: number;
  private readonly errorBits: number;
  private readonly limit: number;
  private readonly step: number;

  /** Unread bits, the next one highest. */
  private cache = 0;
  private valid = 0;
  /** Zero bits that were taken for data after its end. */
  private invented = 0;

  /** @param bytes the segment from `position` up to the marker at `end`. */
  constructor(
    { maxValue, t1, t2, t3, reset }: Preset,
    private readonly near: number,
    private readonly bytes: Uint8Array,
    private position: number,
    private readonly end: number,
  ) {
    this.maxValue = maxValue;
    this.reset = reset;
    this.step = 2 * near + 1;
    this.range = Math.floor((maxValue + 2 * near) / this.step) + 1;
    this.errorBits = bitsOf(this.range);
    const bits = Math.max(2, bitsOf(maxValue + 1));
    this.limit = 2 * (bits + Math.max(8, bits));
    this.a = new Int32Array(regularContexts + 2).fill(Math.max(2, (this.range + 32) >> 6));
    this.quantized = new Int8Array(2 * maxValue + 1);
    for (let d = -maxValue; d <= maxValue; d++) {
      const size = Math.abs(d);
      const level = size <= near ? 0 : size < t1 ? 1 : size < t2 ? 2 : size < t3 ? 3 : 4;
      this.quantized[d + maxValue] = d < 0 ? -level : level;
    }
  }

  /**
   * One line of one component.
   *
   * @param above the line before it, `current` the line to write: samples at 1 to `width`, with one of margin on each side.
   * @param runIndex of this component, from the line before; @returns the one for the next line.
   */
  line(above: Uint16Array, current: Uint16Array, width: number, runIndex: number): number {
    const { quantized, maxValue } = this;
    above[width + 1] = above[width];
    current[0] = above[1];
    let index = runIndex;
    let ra = current[0];
    let rb = above[0];
    let rd = above[1];
    for (let x = 1; x <= width; ) {
      const rc = rb;
      rb = rd;
      rd = above[x + 1];
      const context =
        81 * quantized[rd - rb + maxValue] + 9 * quantized[rb - rc + maxValue] + quantized[rc - ra + maxValue];
      if (context !== 0) {
        ra = this.regular(context, ra, rb, rc);
        current[x++] = ra;
        continue;
      }
      const length = this.runLength(width - x + 1, index);
      index = this.runIndex;
      current.fill(ra, x, x + length);
      x += length;
      if (x <= width) {
        ra = this.interruption(ra, above[x], Math.abs(ra - above[x]) <= this.near ? 1 : 0, index);
        current[x++] = ra;
        if (index > 0) index--;
      }
      rb = above[x - 1];
      rd = above[x];
    }
    this.checkData();
    return index;
  }

  /** One line of several components whose samples alternate; a run is one of all of them. */
  pixels(above: readonly Uint16Array[], current: readonly Uint16Array[], width: number, runIndex: number): number {
    const { quantized, maxValue } = this;
    const count = above.length;
    above.forEach((line, i) => {
      line[width + 1] = line[width];
      current[i][0] = line[1];
    });
    const contexts = new Int32Array(count);
    let index = runIndex;
    for (let x = 1; x <= width; ) {
      let flat = true;
      for (let i = 0; i < count; i++) {
        const line = above[i];
        contexts[i] =
          81 * quantized[line[x + 1] - line[x] + maxValue] +
          9 * quantized[line[x] - line[x - 1] + maxValue] +
          quantized[line[x - 1] - current[i][x - 1] + maxValue];
        if (contexts[i] !== 0) flat = false;
      }
      if (!flat) {
        for (let i = 0; i < count; i++)
          current[i][x] = this.regular(contexts[i], current[i][x - 1], above[i][x], above[i][x - 1]);
        x++;
        continue;
      }
      const length = this.runLength(width - x + 1, index);
      index = this.runIndex;
      for (const line of current) line.fill(line[x - 1], x, x + length);
      x += length;
      if (x > width) break;
      for (let i = 0; i < count; i++) current[i][x] = this.interruption(current[i][x - 1], above[i][x], 0, index);
      x++;
      if (index > 0) index--;
    }
    this.checkData();
    return index;
  }

  /** Throws when much of the segment is left: a stream that says something else than this picture. */
  finish(): void {
    const left = (this.end - this.position) * 8 + this.valid - this.invented;
    if (left >= 24) throw codecError("JPEG-LS", "the scan holds more than the picture", `${left >> 3} bytes are left`);
  }

  /** A sample by prediction and error (A.4 to A.6). `context` is -364 to 364, its sign that of the error. */
  private regular(context: number, ra: number, rb: number, rc: number): number {
    const { a, b, c, n } = this;
    const q = context < 0 ? -context : context;
    const low = ra < rb ? ra : rb;
    const high = ra < rb ? rb : ra;
    let predicted = rc >= high ? low : rc <= low ? high : ra + rb - rc;
    predicted += context < 0 ? -c[q] : c[q];
    if (predicted < 0) predicted = 0;
    else if (predicted > this.maxValue) predicted = this.maxValue;

    let count = n[q];
    let k = 0;
    while (count << k < a[q]) k++;
    const mapped = this.golomb(k, this.limit);
    let error = mapped & 1 ? -((mapped + 1) >> 1) : mapped >> 1;
    if (k === 0 && this.near === 0 && 2 * b[q] <= -count) error = -1 - error;

    let sum = b[q] + error * this.step;
    a[q] += error < 0 ? -error : error;
    if (count === this.reset) {
      a[q] >>= 1;
      sum >>= 1;
      count >>= 1;
    }
    n[q] = ++count;
    if (sum <= -count) {
      sum = Math.max(sum + count, 1 - count);
      if (c[q] > -128) c[q]--;
    } else if (sum > 0) {
      sum = Math.min(sum - count, 0);
      if (c[q] < 127) c[q]++;
    }
    b[q] = sum;
    return this.reconstruct(predicted, context < 0 ? -error : error);
  }

  /** `runLength`'s second result. */
  private runIndex = 0;

  /** How many samples repeat their left neighbour (A.7.1), at most `room`. */
  private runLength(room: number, runIndex: number): number {
    let length = 0;
    let index = runIndex;
    while (this.take(1) === 1) {
      const whole = 1 << runPower[index];
      if (length + whole <= room) {
        length += whole;
        if (index < 31) index++;
      } else length = room;
      if (length === room) {
        this.runIndex = index;
        return length;
      }
    }
    this.runIndex = index;
    length += this.take(runPower[index]);
    if (length > room) throw codecError("JPEG-LS", "a run is longer than its line");
    return length;
  }

  /** The sample that ends a run (A.7.2); `type` 1 where its neighbours to the left and above are alike. */
  private interruption(ra: number, rb: number, type: 0 | 1, runIndex: number): number {
    const { a, n, negative } = this;
    const q = regularContexts + type;
    const total = type === 1 ? a[q] + (n[q] >> 1) : a[q];
    let k = 0;
    while (n[q] << k < total) k++;
    const mapped = this.golomb(k, this.limit - runPower[runIndex] - 1);
    const sum = mapped + type;
    const odd = sum & 1;
    let error = (sum + odd) >> 1;
    if ((k !== 0 || 2 * negative[type] >= n[q]) === (odd === 1)) error = -error;
    if (error < 0) negative[type]++;
    a[q] += (mapped + 1 - type) >> 1;
    if (n[q] === this.reset) {
      a[q] >>= 1;
      n[q] >>= 1;
      negative[type] >>= 1;
    }
    n[q]++;
    if (type === 1) return this.reconstruct(ra, error);
    return this.reconstruct(rb, ra > rb ? -error : error);
  }

  private reconstruct(predicted: number, error: number): number {
    const { near, maxValue, step } = this;
    let value = predicted + error * step;
    if (value < -near) value += this.range * step;
    else if (value > maxValue + near) value -= this.range * step;
    return value < 0 ? 0 : value > maxValue ? maxValue : value;
  }

  /** A Golomb code of parameter `k` whose unary part is cut at `limit` (A.5.3). */
  private golomb(k: number, limit: number): number {
    const most = limit - this.errorBits - 1;
    let zeros = 0;
    if (this.valid < 25) this.fill();
    for (;;) {
      const leading = Math.clz32(this.cache);
      if (leading < this.valid) {
        zeros += leading;
        this.cache = (this.cache << leading) << 1;
        this.valid -= leading + 1;
        break;
      }
      zeros += this.valid;
      // The last bit of 0xFF stands behind the valid ones until its successor has come: it stays.
      this.cache <<= this.valid;
      this.valid = 0;
      this.fill();
      if (zeros > most) break;
    }
    if (zeros > most) throw codecError("JPEG-LS", "the entropy-coded data holds an impossible code");
    const value = zeros < most ? (zeros << k) + (k === 0 ? 0 : this.take(k)) : this.take(this.errorBits) + 1;
    if (value > largestError) throw codecError("JPEG-LS", "the entropy-coded data holds an impossible error");
    return value;
  }

  /** The next `count` bits, 24 at most. */
  private take(count: number): number {
    if (count === 0) return 0;
    if (this.valid < count) this.fill();
    const value = this.cache >>> (32 - count);
    this.cache <<= count;
    this.valid -= count;
    return value;
  }

  /** Bytes into the cache; after 0xFF a zero bit is stuffed, which falls onto that byte's last bit. Past the end zeros follow. */
  private fill(): void {
    const { bytes, end } = this;
    while (this.valid <= 24) {
      if (this.position < end) {
        const byte = bytes[this.position++];
        this.cache |= byte << (24 - this.valid);
        this.valid += byte === 0xff ? 7 : 8;
      } else {
        this.valid += 8;
        this.invented += 8;
      }
    }
  }

  private checkData(): void {
    if (this.invented > this.valid)
      throw codecError("JPEG-LS", "the entropy-coded data ends before the picture is complete");
  }
}

/** Bits that count up to `values` different ones. */
function bitsOf(values: number): number {
  return 32 - Math.clz32(values - 1);
}
