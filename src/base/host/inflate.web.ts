/**
 * Synchronous decompression of deflate (RFC 1951), zlib (RFC 1950) and gzip (RFC 1952), with Node's names and error
 * codes. Codes longer than the lookup table are decoded bit by bit; the inputs are data sets and images of a few
 * megabytes.
 */

export const constants = { Z_SYNC_FLUSH: 2 } as const;

export interface InflateOptions {
  /** @throws ERR_BUFFER_TOO_LARGE before the output exceeds this. */
  readonly maxOutputLength?: number;
  /** `Z_SYNC_FLUSH`: returns the available output of truncated input. */
  readonly finishFlush?: number;
}

const failure = (code: string, message: string) => Object.assign(new Error(message), { code });
const damaged = (message: string) => failure("Z_DATA_ERROR", message);

/** A canonical Huffman code: the number of codes per length, and the symbols in the order of their codes. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
  /** Indexed by the next nine bits: symbol << 4 | length, 0 for longer codes. */
  readonly quick: Uint16Array;
}

const longest = 15;
const quickBits = 9;

function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(longest + 1);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  const starts = new Uint16Array(longest + 2);
  const firsts = new Uint16Array(longest + 2);
  for (let length = 1; length <= longest; length++) {
    starts[length + 1] = starts[length] + counts[length];
    firsts[length + 1] = (firsts[length] + counts[length]) << 1;
  }
  if (firsts[longest] + counts[longest] > 1 << longest) throw damaged("invalid code lengths set");
  const symbols = new Uint16Array(lengths.length);
  const quick = new Uint16Array(1 << quickBits);
  const next = starts.slice();
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol];
    if (length === 0) continue;
    const rank = next[length]++;
    symbols[rank] = symbol;
    if (length > quickBits) continue;
    const code = firsts[length] + rank - starts[length];
    let reversed = 0;
    for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
    for (let i = reversed; i < quick.length; i += 1 << length) quick[i] = (symbol << 4) | length;
  }
  return { counts, symbols, quick };
}

const fixedLengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
let fixed: readonly [Code, Code] | undefined;

const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const distanceBase = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

class Inflater {
  private out = new Uint8Array(1 << 16);
  private length = 0;
  private bits = 0;
  private held = 0;

  constructor(
    private readonly input: Uint8Array,
    public at: number,
    private readonly most: number,
  ) {}

  /** Decompresses everything, or with `partial` as much as the input allows. */
  run(partial: boolean): Uint8Array<ArrayBuffer> {
    try {
      for (let last = 0; last === 0; ) {
        last = this.take(1);
        const kind = this.take(2);
        if (kind === 0) this.stored();
        else if (kind === 1) this.block(...(fixed ??= [codeOf(fixedLengths), codeOf(new Uint8Array(30).fill(5))]));
        else if (kind === 2) this.block(...this.dynamic());
        else throw damaged("invalid block type");
      }
      // Returns bytes that were read ahead.
      this.at -= this.held >> 3;
    } catch (error) {
      if (!(partial && (error as { code?: string }).code === "Z_BUF_ERROR")) throw error;
    }
    return this.out.slice(0, this.length);
  }

  private fill(count: number): void {
    while (this.held < count && this.at < this.input.length) {
      this.bits |= this.input[this.at++] << this.held;
      this.held += 8;
    }
  }

  private take(count: number): number {
    this.fill(count);
    if (this.held < count) throw failure("Z_BUF_ERROR", "unexpected end of file");
    const value = this.bits & ((1 << count) - 1);
    this.bits >>>= count;
    this.held -= count;
    return value;
  }

  private symbol({ counts, symbols, quick }: Code): number {
    this.fill(longest);
    const hit = quick[this.bits & ((1 << quickBits) - 1)];
    if (hit !== 0 && (hit & 15) <= this.held) {
      this.bits >>>= hit & 15;
      this.held -= hit & 15;
      return hit >> 4;
    }
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= longest; length++) {
      code |= this.take(1);
      const count = counts[length];
      if (code - count < first) return symbols[index + code - first];
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw damaged("invalid code");
  }

  private room(more: number): void {
    const needed = this.length + more;
    if (needed > this.most)
      throw failure("ERR_BUFFER_TOO_LARGE", `Cannot create a Buffer larger than ${this.most} bytes`);
    if (needed <= this.out.length) return;
    const larger = new Uint8Array(Math.min(this.most, Math.max(needed, this.out.length * 2)));
    larger.set(this.out.subarray(0, this.length));
    this.out = larger;
  }

  private stored(): void {
    this.at -= this.held >> 3;
    this.bits = 0;
    this.held = 0;
    const { input } = this;
    if (this.at + 4 > input.length) throw failure("Z_BUF_ERROR", "unexpected end of file");
    const length = input[this.at] | (input[this.at + 1] << 8);
    if (length !== (~(input[this.at + 2] | (input[this.at + 3] << 8)) & 0xffff))
      throw damaged("invalid stored block lengths");
    this.at += 4;
    const part = input.subarray(this.at, this.at + length);
    this.room(part.length);
    this.out.set(part, this.length);
    this.length += part.length;
    this.at += part.length;
    if (part.length < length) throw failure("Z_BUF_ERROR", "unexpected end of file");
  }

  private dynamic(): [Code, Code] {
    const literals = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const given = this.take(4) + 4;
    const lengths = new Uint8Array(19);
    for (let i = 0; i < given; i++) lengths[lengthOrder[i]] = this.take(3);
    const code = codeOf(lengths);
    const all = new Uint8Array(literals + distances);
    for (let i = 0; i < all.length; ) {
      const symbol = this.symbol(code);
      if (symbol < 16) {
        all[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw damaged("invalid bit length repeat");
      const value = symbol === 16 ? all[i - 1] : 0;
      const count = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (i + count > all.length) throw damaged("invalid bit length repeat");
      all.fill(value, i, i + count);
      i += count;
    }
    if (all[256] === 0) throw damaged("invalid code -- missing end-of-block");
    return [codeOf(all.subarray(0, literals)), codeOf(all.subarray(literals))];
  }

  private block(literals: Code, distances: Code): void {
    for (;;) {
      const symbol = this.symbol(literals);
      if (symbol < 256) {
        if (this.length === this.out.length) this.room(1);
        this.out[this.length++] = symbol;
        continue;
      }
      if (symbol === 256) return;
      if (symbol > 285) throw damaged("invalid literal/length code");
      const length = lengthBase[symbol - 257] + this.take(lengthExtra[symbol - 257]);
      const far = this.symbol(distances);
      if (far > 29) throw damaged("invalid distance code");
      const distance = distanceBase[far] + this.take(far < 2 ? 0 : (far - 2) >> 1);
      if (distance > this.length) throw damaged("invalid distance too far back");
      this.room(length);
      const { out } = this;
      for (let i = 0; i < length; i++, this.length++) out[this.length] = out[this.length - distance];
    }
  }
}

function inflated(
  input: Uint8Array,
  from: number,
  options: InflateOptions,
  check?: (out: Uint8Array, at: number) => void,
) {
  const inflater = new Inflater(input, from, options.maxOutputLength ?? 2 ** 31);
  const partial = options.finishFlush === constants.Z_SYNC_FLUSH;
  const out = inflater.run(partial);
  if (!partial) check?.(out, inflater.at);
  return out;
}

export function inflateRawSync(input: Uint8Array, options: InflateOptions = {}): Uint8Array<ArrayBuffer> {
  return inflated(input, 0, options);
}

export function inflateSync(input: Uint8Array, options: InflateOptions = {}): Uint8Array<ArrayBuffer> {
  if ((input[0] & 15) !== 8 || ((input[0] << 8) | input[1]) % 31 !== 0 || (input[1] & 32) !== 0)
    throw damaged("incorrect header check");
  return inflated(input, 2, options, (out, at) => {
    let [a, b] = [1, 0];
    for (let i = 0; i < out.length; ) {
      // The most bytes whose sums fit 32 bits before the modulo is applied.
      for (const end = Math.min(out.length, i + 3800); i < end; i++) {
        a += out[i];
        b += a;
      }
      a %= 65521;
      b %= 65521;
    }
    const found = ((input[at] << 24) | (input[at + 1] << 16) | (input[at + 2] << 8) | input[at + 3]) >>> 0;
    if (at + 4 > input.length) throw failure("Z_BUF_ERROR", "unexpected end of file");
    if (found !== ((b << 16) | a) >>> 0) throw damaged("incorrect data check");
  });
}

export function gunzipSync(input: Uint8Array, options: InflateOptions = {}): Uint8Array<ArrayBuffer> {
  if (input[0] !== 0x1f || input[1] !== 0x8b || input[2] !== 8) throw damaged("incorrect header check");
  const flags = input[3];
  let at = 10;
  if (flags & 4) at += 2 + (input[at] | (input[at + 1] << 8));
  for (const flag of [8, 16]) if (flags & flag) while (at < input.length && input[at++] !== 0);
  if (flags & 2) at += 2;
  return inflated(input, at, options);
}
