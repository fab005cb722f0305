/** Huffman codes and the bit stream of ITU T.81 (annexes C and F). */
import { codecError } from "./frame.ts";

/** Codes up to this many bits are decoded with a single table lookup. */
const quick = 9;

export class HuffmanTable {
  /** `length << 8 | symbol` by the next nine bits; 0 where the code is longer. */
  readonly lookup = new Uint16Array(1 << quick);
  private readonly maxCode = new Int32Array(18).fill(-1);
  private readonly offset = new Int32Array(17);

  constructor(
    counts: Uint8Array,
    private readonly symbols: Uint8Array,
  ) {
    let code = 0;
    let k = 0;
    for (let length = 1; length <= 16; length++) {
      this.offset[length] = k - code;
      for (let i = 0; i < counts[length - 1]; i++, k++, code++) {
        if (code >= 1 << length) throw codecError("JPEG", "a Huffman table has more codes than its code lengths allow");
        if (length <= quick)
          this.lookup.fill((length << 8) | symbols[k], code << (quick - length), (code + 1) << (quick - length));
      }
      this.maxCode[length] = counts[length - 1] > 0 ? code - 1 : -1;
      code <<= 1;
    }
  }

  /** The symbol of a code longer than nine bits. */
  slow(bits: BitReader): number {
    let code = bits.peek(quick);
    let length = quick;
    bits.skip(quick);
    while (length < 16) {
      code = (code << 1) | bits.take(1);
      length++;
      if (code <= this.maxCode[length]) return this.symbols[code + this.offset[length]];
    }
    throw codecError("JPEG", "the entropy-coded data contains an invalid code");
  }
}

/** Bits of an entropy-coded segment: stuffed zeros removed, stopping (with zero bits) at a marker. */
export class BitReader {
  private buffer = 0;
  private count = 0;
  /** Zero bits supplied after the end of the data. */
  private invented = 0;

  constructor(
    private readonly bytes: Uint8Array,
    /** The next byte to read. */
    public position: number,
  ) {}

  private fill(): void {
    while (this.count <= 16) {
      let byte = 0;
      if (this.position < this.bytes.length) {
        byte = this.bytes[this.position];
        if (byte === 0xff) {
          let next = this.position + 1;
          while (this.bytes[next] === 0xff) next++;
          if (this.bytes[next] === 0) this.position = next + 1;
          else {
            byte = 0;
            this.starve();
          }
        } else this.position++;
      } else this.starve();
      this.buffer = ((this.buffer << 8) | byte) & 0xffffff;
      this.count += 8;
    }
  }

  private starve(): void {
    this.invented += 8;
    // A decoder may read slightly beyond the last code; anything more means that the image is truncated.
    if (this.invented > 64) throw codecError("JPEG", "the entropy-coded data ends before the image is complete");
  }

  peek(n: number): number {
    if (this.count < n) this.fill();
    return (this.buffer >> (this.count - n)) & ((1 << n) - 1);
  }

  skip(n: number): void {
    this.count -= n;
  }

  take(n: number): number {
    if (n === 0) return 0;
    const value = this.peek(n);
    this.count -= n;
    return value;
  }

  symbol(table: HuffmanTable): number {
    if (this.count < 16) this.fill();
    const entry = table.lookup[(this.buffer >> (this.count - quick)) & ((1 << quick) - 1)];
    if (entry === 0) return table.slow(this);
    this.count -= entry >> 8;
    return entry & 0xff;
  }

  /** `n` bits as the signed difference of category `n` (T.81 F.2.2.1). */
  signed(n: number): number {
    if (n === 0) return 0;
    const value = this.take(n);
    return value < 1 << (n - 1) ? value - (1 << n) + 1 : value;
  }

  /** Skips the rest of the segment and a restart marker; returns false for any other marker. */
  restart(): boolean {
    this.buffer = 0;
    this.count = 0;
    this.invented = 0;
    while (this.position + 1 < this.bytes.length) {
      if (this.bytes[this.position] === 0xff) {
        const marker = this.bytes[this.position + 1];
        if (marker >= 0xd0 && marker <= 0xd7) {
          this.position += 2;
          return true;
        }
        if (marker !== 0 && marker !== 0xff) return false;
      }
      this.position++;
    }
    return false;
  }
}
