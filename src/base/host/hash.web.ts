/** Incremental SHA-256 (FIPS 180-4) and cryptographically random bytes, under Node's names. */
import { toHex } from "./octets.ts";

// prettier-ignore
const roundConstants = new Int32Array(64);
const initial = new Int32Array(8);
{
  // Fractions of the roots of the first primes (FIPS 180-4, 4.2.2 and 5.3.3), to 32 bits.
  const fraction = (root: number) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  for (let candidate = 2, found = 0; found < 64; candidate++) {
    let prime = true;
    for (let d = 2; d * d <= candidate; d++) if (candidate % d === 0) prime = false;
    if (!prime) continue;
    if (found < 8) initial[found] = fraction(Math.sqrt(candidate));
    roundConstants[found++] = fraction(Math.cbrt(candidate));
  }
}

const encoder = new TextEncoder();

class Sha256 {
  private readonly state = Int32Array.from(initial);
  private readonly block = new Uint8Array(64);
  private readonly words = new Int32Array(64);
  private filled = 0;
  private bytes = 0;

  update(data: string | Uint8Array): this {
    const input =
      typeof data === "string" ? encoder.encode(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.bytes += input.length;
    let at = 0;
    if (this.filled > 0) {
      at = Math.min(64 - this.filled, input.length);
      this.block.set(input.subarray(0, at), this.filled);
      this.filled += at;
      if (this.filled < 64) return this;
      this.compress(this.block, 0);
      this.filled = 0;
    }
    for (; at + 64 <= input.length; at += 64) this.compress(input, at);
    this.block.set(input.subarray(at));
    this.filled = input.length - at;
    return this;
  }

  digest(): Uint8Array;
  digest(encoding: "hex"): string;
  digest(encoding?: "hex"): string | Uint8Array {
    const tail = new Uint8Array((this.filled < 56 ? 64 : 128) - this.filled);
    tail[0] = 0x80;
    const view = new DataView(tail.buffer);
    const { bytes } = this;
    view.setUint32(tail.length - 8, Math.floor(bytes / 2 ** 29));
    view.setUint32(tail.length - 4, (bytes << 3) >>> 0);
    this.update(tail);
    const out = new DataView(new ArrayBuffer(32));
    for (let i = 0; i < 8; i++) out.setInt32(i * 4, this.state[i]);
    const digest = new Uint8Array(out.buffer);
    return encoding === "hex" ? toHex(digest) : digest;
  }

  private compress(data: Uint8Array, from: number): void {
    const { state, words: w } = this;
    for (let i = 0, at = from; i < 16; i++, at += 4)
      w[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
    for (let i = 16; i < 64; i++) {
      const [x, y] = [w[i - 15], w[i - 2]];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + roundConstants[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] + value) | 0;
  }
}

/** @throws TypeError for any other algorithm; none is used in a browser. */
export function createHash(algorithm: "sha256"): Sha256 {
  if (algorithm !== "sha256") throw new TypeError(`${algorithm} is not available in the browser, only sha256`);
  return new Sha256();
}

export function randomBytes(length: number): { toString(encoding: "hex"): string } {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return { toString: () => toHex(bytes) };
}

/** SHA-256, hex, by Web Crypto, which is a hundred times as fast as the code above. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  // It does not accept shared buffers, so these are copied.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", own as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
