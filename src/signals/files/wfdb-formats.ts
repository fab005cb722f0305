/**
 * Sample formats of WFDB signal files (PhysioNet's signal(5) manual page): integers, interleaved by signal. The lowest
 * value of a format marks a missing sample.
 */

export interface WfdbFormat {
  /** Maximum number of samples in this many bytes. */
  readonly count: (bytes: number) => number;
  readonly read: (view: DataView) => Int32Array;
  readonly missing: number;
}

const fixed = (width: number, missing: number, at: (view: DataView, offset: number) => number): WfdbFormat => ({
  count: (bytes) => Math.floor(bytes / width),
  read: (view) => Int32Array.from({ length: Math.floor(view.byteLength / width) }, (_, i) => at(view, i * width)),
  missing,
});

export const wfdbFormats: ReadonlyMap<number, WfdbFormat> = new Map([
  [16, fixed(2, -0x8000, (view, at) => view.getInt16(at, true))],
  [24, fixed(3, -0x800000, (view, at) => view.getUint16(at, true) | (view.getInt8(at + 2) << 16))],
  [32, fixed(4, -0x80000000, (view, at) => view.getInt32(at, true))],
  // As 16, high byte first.
  [61, fixed(2, -0x8000, (view, at) => view.getInt16(at, false))],
  // Offset binary: 128 is zero.
  [80, fixed(1, -128, (view, at) => view.getUint8(at) - 128)],
  [160, fixed(2, -0x8000, (view, at) => view.getUint16(at, true) - 0x8000)],
  [212, { count: (bytes) => Math.floor((bytes * 2) / 3), read: from212, missing: -2048 }],
]);

/** Two samples in three bytes: low byte, both high nibbles, low byte. A last single sample takes two bytes. */
function from212(view: DataView): Int32Array {
  const out = new Int32Array(Math.floor((view.byteLength * 2) / 3));
  const signed = (twelve: number) => (twelve << 20) >> 20;
  for (let i = 0, at = 0; i < out.length; at += 3) {
    const middle = view.getUint8(at + 1);
    out[i++] = signed(((middle & 0x0f) << 8) | view.getUint8(at));
    if (i < out.length) out[i++] = signed(((middle & 0xf0) << 4) | view.getUint8(at + 2));
  }
  return out;
}
