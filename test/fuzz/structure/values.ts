/** Numbers and pieces that readers trip over. */
import type { Random } from "../../../src/base/random.ts";

const absurd = [
  0,
  1,
  2,
  3,
  7,
  8,
  255,
  256,
  0x7fff,
  0x8000,
  0xffff,
  0x10000,
  65537,
  1e6,
  1 << 24,
  0x7fffffff,
  0x80000000,
  0xfffffffe,
  0xffffffff,
];

export function absurdNumber(random: Random): number {
  return absurd[random.below(absurd.length)];
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)];
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Writes a number of 1, 2, 4 or 8 bytes, as much of it as fits. */
export function put(bytes: Uint8Array, at: number, size: number, value: number, little: boolean): void {
  if (at < 0 || at + size > bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 1) view.setUint8(at, value & 255);
  else if (size === 2) view.setUint16(at, value & 0xffff, little);
  else if (size === 4) view.setUint32(at, value >>> 0, little);
  else view.setBigUint64(at, BigInt(Math.trunc(value)) * (value === 0xffffffff ? 2n ** 31n : 1n), little);
}
