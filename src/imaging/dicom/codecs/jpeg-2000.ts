/**
 * JPEG 2000 as medical images are mostly written (ITU T.800): reversible, one precinct a resolution, plain code-blocks, all components alike.
 * The loops are tools/kernels/jpeg-2000.c, which takes half the time of OpenJPEG in WebAssembly and is compiled in an instant; whatever else a
 * codestream holds, and whether a damaged one can be read, is OpenJPEG's to say (`wasm.ts`).
 */
import { findCodestream } from "./codestream.ts";
import type { Picture, Samples } from "./frame.ts";
import { kernelBinary } from "./jpeg-2000-binary.ts";
import { Kernel } from "./kernel.ts";

/** One tile is taken into the kernel's memory whole, four bytes a sample. */
const mostSamples = 1 << 25;
/** Precincts as large as they can be hold every resolution of a picture up to this size. */
const largestSide = 1 << 15;
const mostTiles = 4096;

interface Coding {
  readonly layers: number;
  readonly progression: number;
  readonly colourTransform: boolean;
  readonly levels: number;
  readonly logWidth: number;
  readonly logHeight: number;
  readonly sop: boolean;
  readonly eph: boolean;
}

interface Size {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly tileX0: number;
  readonly tileY0: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly components: number;
  readonly precision: number;
  readonly signed: boolean;
}

interface Quantization {
  readonly guardBits: number;
  /** Of each subband, the coarsest first. */
  readonly exponents: Uint8Array;
}

interface MainHeader {
  readonly size: Size;
  readonly coding: Coding;
  readonly quantization: Quantization;
  /** The bodies of each tile's parts, in their order. */
  readonly parts: readonly (readonly Uint8Array[])[];
}

const kernel = new Kernel<{ tile(coded: number, length: number, tile: number, out: number, room: number): number }>(
  kernelBinary,
);

/** @returns undefined for what has to be decoded otherwise, damaged codestreams among it. */
export function decodeReversible(bytes: Uint8Array): Picture | undefined {
  const header = readHeaders(bytes);
  if (header === undefined) return undefined;
  const { size, parts } = header;
  const { x0, y0, x1, y1, tileX0, tileY0, tileWidth, tileHeight, components, precision, signed } = size;
  const [width, height] = [x1 - x0, y1 - y0];
  const length = width * height * components * (precision <= 8 ? 1 : 2);
  const across = Math.ceil((x1 - tileX0) / tileWidth);
  const exports = kernel.begin();
  const out = kernel.take(length);
  const description = kernel.take(tileInts * 4 + 100);
  const coded = kernel.take(Math.max(...parts.map((each) => each.reduce((sum, part) => sum + part.length, 0))));
  const room = kernel.take(0);
  for (const [index, each] of parts.entries()) {
    const [left, above] = [tileX0 + (index % across) * tileWidth, tileY0 + Math.floor(index / across) * tileHeight];
    const [tx0, ty0] = [Math.max(left, x0), Math.max(above, y0)];
    const [tx1, ty1] = [Math.min(left + tileWidth, x1), Math.min(above + tileHeight, y1)];
    const place = [tx0, ty0, tx1, ty1];
    kernel.view(description, tileInts * 4 + 100).set(describe(header, place, (ty0 - y0) * width + tx0 - x0, width));
    let at = coded;
    for (const part of each) {
      kernel.view(at, part.length).set(part);
      at += part.length;
    }
    if (exports.tile(coded, at - coded, description, out, room) !== 0) return undefined;
  }
  const copy = kernel.view(out, length).slice().buffer;
  const data: Samples =
    precision <= 8 ? new (signed ? Int8Array : Uint8Array)(copy) : new (signed ? Int16Array : Uint16Array)(copy);
  return { width, height, components, precision, data };
}

/** Numbers at the beginning of the kernel's `Tile`. */
const tileInts = 18;

function describe({ size, coding, quantization }: MainHeader, place: readonly number[], offset: number, row: number) {
  const { components, precision, signed } = size;
  const { levels, layers, progression, sop, eph, colourTransform, logWidth, logHeight } = coding;
  const numbers = Int32Array.of(
    ...place,
    ...[components, levels, layers, progression, Number(sop), Number(eph), Number(colourTransform)],
    ...[logWidth, logHeight, quantization.guardBits, precision, Number(signed), offset, row],
  );
  const bytes = new Uint8Array(tileInts * 4 + 100);
  bytes.set(new Uint8Array(numbers.buffer));
  bytes.set(quantization.exponents, tileInts * 4);
  return bytes;
}

/** Markers that change nothing here: comments and lists of lengths (T.800 table A.2). */
const passedOver = new Set([0xff55, 0xff57, 0xff58, 0xff63, 0xff64]);

function readHeaders(bytes: Uint8Array): MainHeader | undefined {
  const start = findCodestream(bytes);
  if (start < 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let size: Size | undefined;
  let coding: Coding | undefined;
  let quantization: Quantization | undefined;
  let at = start + 2;
  for (; at + 4 <= bytes.length && view.getUint16(at) !== 0xff90; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (length < 2 || at + 2 + length > bytes.length) return undefined;
    const body = new DataView(bytes.buffer, bytes.byteOffset + at + 4, length - 2);
    if (marker === 0xff51 && size === undefined) size = readSize(body);
    else if (marker === 0xff52 && coding === undefined) coding = readCoding(body);
    else if (marker === 0xff5c && quantization === undefined) quantization = readQuantization(body);
    else if (!passedOver.has(marker)) return undefined;
  }
  if (size === undefined || coding === undefined || quantization === undefined) return undefined;
  if (quantization.exponents.length < 3 * coding.levels + 1) return undefined;
  if (coding.colourTransform && size.components !== 3) return undefined;
  const across = Math.ceil((size.x1 - size.tileX0) / size.tileWidth);
  const down = Math.ceil((size.y1 - size.tileY0) / size.tileHeight);
  if (across * down > mostTiles) return undefined;
  const parts = readTileParts(bytes, view, at, across * down);
  return parts && { size, coding, quantization, parts };
}

/** SIZ (A.5.1). */
function readSize(body: DataView): Size | undefined {
  if (body.byteLength < 39) return undefined;
  const components = body.getUint16(34);
  if (components < 1 || components > 4 || body.byteLength < 36 + 3 * components) return undefined;
  const depth = body.getUint8(36);
  const [x1, y1, x0, y0, tileWidth, tileHeight, tileX0, tileY0] = Array.from({ length: 8 }, (_, i) =>
    body.getUint32(2 + 4 * i),
  );
  for (let i = 0; i < components; i++) {
    const [precision, dx, dy] = [0, 1, 2].map((n) => body.getUint8(36 + 3 * i + n));
    if (precision !== depth || dx !== 1 || dy !== 1) return undefined;
  }
  const precision = (depth & 127) + 1;
  const good =
    x1 > x0 && y1 > y0 && tileX0 <= x0 && tileY0 <= y0 && tileX0 + tileWidth > x0 && tileY0 + tileHeight > y0;
  if (!good || precision > 16 || x1 > largestSide || y1 > largestSide) return undefined;
  const samples = Math.min(tileWidth, x1 - x0) * Math.min(tileHeight, y1 - y0) * components;
  if (samples > mostSamples) return undefined;
  const signed = depth > 127;
  return { x0, y0, x1, y1, tileX0, tileY0, tileWidth, tileHeight, components, precision, signed };
}

/** COD (A.6.1). */
function readCoding(body: DataView): Coding | undefined {
  if (body.byteLength < 10) return undefined;
  const [style, progression, , , transform, levels, width, height, blockStyle, wavelet] = Array.from(
    { length: 10 },
    (_, i) => body.getUint8(i),
  );
  const layers = body.getUint16(2);
  const [logWidth, logHeight] = [width + 2, height + 2];
  const plain = (style & 1) === 0 && blockStyle === 0 && wavelet === 1 && progression <= 4 && transform <= 1;
  const blocks = logWidth >= 4 && logHeight >= 4 && logWidth + logHeight <= 12;
  if (!plain || !blocks || levels > 32 || layers < 1) return undefined;
  const colourTransform = transform === 1;
  return { layers, progression, colourTransform, levels, logWidth, logHeight, sop: (style & 2) > 0, eph: style > 3 };
}

/** QCD without quantization (A.6.4). */
function readQuantization(body: DataView): Quantization | undefined {
  if (body.byteLength < 2 || (body.getUint8(0) & 31) !== 0) return undefined;
  const count = Math.min(97, body.byteLength - 1);
  const exponents = Uint8Array.from({ length: count }, (_, i) => body.getUint8(i + 1) >> 3);
  return { guardBits: body.getUint8(0) >> 5, exponents };
}

/** Tile-parts (A.4.2) whose own headers change nothing. */
function readTileParts(bytes: Uint8Array, view: DataView, from: number, tiles: number): Uint8Array[][] | undefined {
  const parts: Uint8Array[][] = Array.from({ length: tiles }, () => []);
  let at = from;
  while (at + 12 <= bytes.length && view.getUint16(at) === 0xff90) {
    const tile = view.getUint16(at + 4);
    const length = view.getUint32(at + 6);
    const end = length === 0 ? bytes.length : at + length;
    if (tile >= tiles || end > bytes.length) return undefined;
    at += 12;
    while (at + 4 <= end && view.getUint16(at) !== 0xff93) {
      if (!passedOver.has(view.getUint16(at))) return undefined;
      at += 2 + view.getUint16(at + 2);
    }
    if (at + 2 > end) return undefined;
    parts[tile].push(bytes.subarray(at + 2, end));
    at = end;
  }
  return parts.every((each) => each.length > 0) ? parts : undefined;
}
