/** Conversions between f32 and the two 16-bit formats. Little-endian machines only, as ONNX Runtime is. */

let halfTable: Uint32Array | undefined;

/** The f32 bits of every f16 value: 256 KB, computed once. */
function f16Table(): Uint32Array {
  if (halfTable !== undefined) return halfTable;
  const table = new Uint32Array(65536);
  for (let h = 0; h < 65536; h++) {
    const sign = (h & 0x8000) << 16;
    const exponent = (h >>> 10) & 0x1f;
    let fraction = h & 0x3ff;
    if (exponent === 31) table[h] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent !== 0) table[h] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction === 0) table[h] = sign;
    else {
      let e = 113;
      while ((fraction & 0x400) === 0) {
        fraction <<= 1;
        e--;
      }
      table[h] = sign | (e << 23) | ((fraction & 0x3ff) << 13);
    }
  }
  halfTable = table;
  return table;
}

/** Writes `source.length` values to `target` from `at`. */
export function f16ToF32(source: Uint16Array, target: Float32Array, at = 0): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  const table = f16Table();
  for (let i = 0; i < source.length; i++) bits[at + i] = table[source[i]];
}

/** bfloat16 is the upper half of f32. */
export function bf16ToF32(source: Uint16Array, target: Float32Array, at = 0): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[at + i] = source[i] << 16;
}

/** Rounds to nearest, ties to even; NaN stays NaN. */
export function f32ToBf16(source: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  const target = new Uint16Array(source.length);
  for (let i = 0; i < bits.length; i++) {
    const u = bits[i];
    target[i] = (u & 0x7fffffff) > 0x7f800000 ? (u >>> 16) | 0x40 : (u + 0x7fff + ((u >>> 16) & 1)) >>> 16;
  }
  return target;
}

/** Rounds to nearest, ties to even; values that are too large become infinite, as in IEEE 754. */
export function f32ToF16(source: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  const target = new Uint16Array(source.length);
  for (let i = 0; i < bits.length; i++) {
    const u = bits[i];
    const sign = (u >>> 16) & 0x8000;
    const magnitude = u & 0x7fffffff;
    if (magnitude > 0x7f800000) target[i] = sign | 0x7e00;
    else if (magnitude >= 0x477ff000) target[i] = sign | 0x7c00;
    else if (magnitude >= 0x38800000) {
      target[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
    } else if (magnitude < 0x33000000) target[i] = sign;
    else {
      // Subnormal: the significand with its hidden bit, shifted into units of 2^-24.
      const shift = 126 - (magnitude >>> 23);
      const significand = (magnitude & 0x7fffff) | 0x800000;
      const half = 1 << (shift - 1);
      const odd = (significand >>> shift) & 1;
      target[i] = sign | ((significand + half - 1 + odd) >>> shift);
    }
  }
  return target;
}
