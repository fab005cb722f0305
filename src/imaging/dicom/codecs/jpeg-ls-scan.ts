/**
 * The entropy-coded part of a JPEG-LS scan (ITU T.87 annexes A and F). The inner loops are tools/kernels/jpeg-ls.c, written so that every step
 * is bounded by the image's size: CharLS in WebAssembly can run for minutes on corrupt streams, and cannot be interrupted from its
 * own thread.
 */
import { codecError } from "./frame.ts";
import { kernelBinary } from "./jpeg-ls-binary.ts";
import { Kernel } from "./kernel.ts";

/** Parameters of an LSE segment, or their defaults (T.87 C.2.4.1). */
export interface Preset {
  readonly maxValue: number;
  readonly t1: number;
  readonly t2: number;
  readonly t3: number;
  readonly reset: number;
}

/** Default parameters (T.87 C.2.4.1.1). @param near maximum error of a sample, 0 for lossless. */
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

/** The part of an image contained in a scan. */
export interface LsScan {
  readonly width: number;
  readonly height: number;
  /** Index of each component within a pixel, in the scan's order. */
  readonly places: readonly number[];
  /** Sample interleaving instead of line interleaving. */
  readonly bySample: boolean;
  readonly preset: Preset;
  /** Maximum error of a sample, 0 for lossless. */
  readonly near: number;
}

const kernel = new Kernel<{ scan(...values: number[]): number }>(kernelBinary);

/** The kernel's error codes, starting at 1. */
const failures = [
  "a run extends beyond its line",
  "the entropy-coded data contains an invalid code",
  "the entropy-coded data contains an invalid prediction error",
  "the entropy-coded data ends before the image is complete",
  "the scan contains more data than the image",
];

/**
 * Decodes a scan into its components of `out`, `[height, width, stride]`; other components are left unchanged.
 *
 * @param coded the entropy-coded bytes, up to the next marker.
 * @throws PolyclinicError `dicom/codec`.
 */
export function decodeLsScan(coded: Uint8Array, scan: LsScan, stride: number, out: Uint8Array | Uint16Array): void {
  const { width, height, places, bySample, preset, near } = scan;
  const { maxValue, t1, t2, t3, reset } = preset;
  const { scan: run } = kernel.begin();
  const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  const from = kernel.put(coded);
  const room = kernel.take(16 * (width + 2) + 2 * maxValue + 1);
  const to = places.length === stride ? kernel.take(bytes.length) : kernel.put(bytes);
  const packedPlaces = places.reduce((all, place, i) => all | (place << (8 * i)), 0);
  const shape = [width, height, places.length, bySample ? 1 : 0, packedPlaces, stride];
  const coding = [maxValue, t1, t2, t3, reset, near];
  const failure = run(from, 0, coded.length, ...shape, to, out.BYTES_PER_ELEMENT - 1, ...coding, room);
  if (failure !== 0) throw codecError("JPEG-LS", failures[failure - 1]);
  bytes.set(kernel.view(to, bytes.length));
}
