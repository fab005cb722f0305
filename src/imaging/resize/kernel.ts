/**
 * The resize with 128-bit SIMD (WebAssembly; available in Node and all current browsers). The plain code in `resample.ts` is the reference;
 * this computes the same bytes several times faster, and is not used without SIMD or for images of a great many rows.
 */
import { kernelBinary } from "./kernel-binary.ts";
import type { Taps } from "./taps.ts";

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  scale(src: number, width: number, height: number, dst: number, stride: number, low: number, high: number): void;
  split(src: number, step: number, width: number, height: number, dst: number, stride: number): void;
  down(
    src: number,
    stride: number,
    dst: number,
    rows: number,
    starts: number,
    counts: number,
    weights: number,
    weightStride: number,
  ): void;
  transpose(src: number, srcStride: number, rows: number, columns: number, dst: number, dstStride: number): void;
  range(src: number, end: number, out: number): void;
  join(a: number, b: number, c: number, stride: number, width: number, height: number, dst: number): void;
}

/** The part of the WebAssembly API that is used; its types are in the DOM library, which this package does not compile against. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** Bytes of the source that are in the kernel's memory at a time; larger images go through the horizontal pass in bands of rows. */
const bandBytes = 1 << 22;
/** Memory of one resize: a long, narrow image has too many rows for the result of the horizontal pass. */
const maxMemory = 1 << 29;
/** An instance whose memory grew beyond this is dropped after use: its memory cannot shrink. */
const maxRetainedMemory = 1 << 27;

let module: object | undefined | null;
let instance: Exports | undefined;

function kernel(): Exports | undefined {
  if (module === undefined) {
    const bytes = Uint8Array.from(atob(kernelBinary), (c) => c.charCodeAt(0));
    module = typeof WebAssembly === "object" && WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
  }
  if (module === null) return undefined;
  instance ??= new WebAssembly.Instance(module).exports as Exports;
  return instance;
}

export interface SquarePlan {
  readonly width: number;
  readonly height: number;
  readonly size: number;
  readonly horizontal: Taps | undefined;
  readonly vertical: Taps | undefined;
}

/** `[height, width]` floats, each range of which becomes one channel; or `[height, width, step]` bytes, of which 1 or 3 are. */
export type KernelInput =
  | { readonly values: Float32Array; readonly ranges: readonly (readonly [low: number, high: number])[] }
  | { readonly bytes: Uint8Array; readonly step: number };

/** @returns `[size, size, 3]` (a single channel is repeated), or undefined if the plain code must be used. */
export function resampleFast(plan: SquarePlan, input: KernelInput): Uint8Array | undefined {
  const wasm = kernel();
  if (wasm === undefined) return undefined;
  const { width, height, size } = plan;
  const rowLength = "values" in input ? width : width * input.step;
  const rowBytes = "values" in input ? 4 * rowLength : rowLength;
  // Rows are independent in the horizontal pass, so bands change nothing.
  const band = Math.min((height + 15) & ~15, Math.max(16, Math.floor(bandBytes / rowBytes) & ~15));
  const [w, h, s] = [width, height, size].map((n) => (n + 15) & ~15);
  const channels = "values" in input ? input.ranges.length : input.step === 1 ? 1 : 3;

  const room = new Room();
  const at = {
    source: room.take(band * rowBytes),
    plane: room.take(band * w), // [band, width]
    turned: room.take(w * band), // [width, band]
    narrowed: room.take(s * band), // [size, band]
    across: Array.from({ length: plan.vertical ? channels : 0 }, () => room.take(h * s)), // [height, size]
    done: Array.from({ length: channels }, () => room.take(s * s)), // [size, size]
    joined: room.take(size * size * 3),
  };
  const horizontal = plan.horizontal && room.takeTaps(plan.horizontal);
  const vertical = plan.vertical && room.takeTaps(plan.vertical);
  if (room.bytes > maxMemory) return undefined;
  const missing = room.bytes - wasm.memory.buffer.byteLength;
  if (missing > 0) wasm.memory.grow(Math.ceil(missing / 65536));
  const { buffer } = wasm.memory;
  if (plan.horizontal && horizontal) storeTaps(buffer, plan.horizontal, horizontal);
  if (plan.vertical && vertical) storeTaps(buffer, plan.vertical, vertical);

  for (let from = 0; from < height; from += band) {
    const rows = Math.min(band, height - from);
    const [start, end] = [from * rowLength, (from + rows) * rowLength];
    if ("values" in input) new Float32Array(buffer, at.source, rows * rowLength).set(input.values.subarray(start, end));
    else new Uint8Array(buffer, at.source, rows * rowLength).set(input.bytes.subarray(start, end));
    for (let c = 0; c < channels; c++) {
      // Without a horizontal pass the width is the size, and so are the strides.
      const below = (plan.vertical ? at.across[c] : at.done[c]) + from * s;
      const first = horizontal ? at.plane : below;
      if ("values" in input) wasm.scale(at.source, width, rows, first, w, ...input.ranges[c]);
      else wasm.split(at.source + c, input.step, width, rows, first, w);
      if (!horizontal) continue;
      wasm.transpose(at.plane, w, band, w, at.turned, band);
      wasm.down(
        at.turned,
        band,
        at.narrowed,
        size,
        horizontal.start,
        horizontal.count,
        horizontal.weights,
        horizontal.stride,
      );
      wasm.transpose(at.narrowed, band, s, (rows + 15) & ~15, below, s);
    }
  }
  if (vertical)
    for (let c = 0; c < channels; c++)
      wasm.down(at.across[c], s, at.done[c], size, vertical.start, vertical.count, vertical.weights, vertical.stride);
  const [a, b, c] = channels === 1 ? [at.done[0], at.done[0], at.done[0]] : at.done;
  wasm.join(a, b, c, s, size, size, at.joined);
  const joined = new Uint8Array(buffer, at.joined, size * size * 3).slice();
  if (buffer.byteLength > maxRetainedMemory) instance = undefined;
  return joined;
}

/** Floats processed per block, so that they stay in the processor's cache after being copied. */
const piece = 1 << 14;

/** Minimum and maximum, ignoring NaN; undefined if the plain code must be used. Infinities count. */
export function rangeFast(values: Float32Array): [low: number, high: number] | undefined {
  const wasm = kernel();
  if (wasm === undefined) return undefined;
  const out = 1024;
  const src = out + 32;
  const missing = src + piece * 4 - wasm.memory.buffer.byteLength;
  if (missing > 0) wasm.memory.grow(Math.ceil(missing / 65536));
  const lanes = new Float32Array(wasm.memory.buffer, out, 8);
  lanes.fill(Number.POSITIVE_INFINITY, 0, 4).fill(Number.NEGATIVE_INFINITY, 4);
  const window = new Float32Array(wasm.memory.buffer, src, piece);
  for (let from = 0; from < values.length; from += piece) {
    const part = values.subarray(from, from + piece);
    window.set(part);
    const rounded = (part.length + 7) & ~7;
    window.fill(Number.NaN, part.length, rounded);
    wasm.range(src, src + rounded * 4, out);
  }
  return [Math.min(...lanes.subarray(0, 4)), Math.max(...lanes.subarray(4))];
}

interface PlacedTaps {
  readonly start: number;
  readonly count: number;
  readonly weights: number;
  readonly stride: number;
}

/** Allocates memory, each block with room for a vector read past its end. */
class Room {
  bytes = 1024;

  take(length: number): number {
    const at = this.bytes;
    this.bytes += (length + 79) & ~15;
    return at;
  }

  takeTaps({ start, count, weights, stride }: Taps): PlacedTaps {
    const [s, c, w] = [start, count, weights].map((array) => this.take(array.byteLength));
    return { start: s, count: c, weights: w, stride };
  }
}

function storeTaps(buffer: ArrayBuffer, taps: Taps, at: PlacedTaps): void {
  new Int32Array(buffer, at.start, taps.start.length).set(taps.start);
  new Int32Array(buffer, at.count, taps.count.length).set(taps.count);
  new Int32Array(buffer, at.weights, taps.weights.length).set(taps.weights);
}
