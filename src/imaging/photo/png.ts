/** PNG (ISO/IEC 15948) to samples: every colour type, depth and interlacing; checksums are checked, and damage is an error. */
import { inflateSync } from "../../base/host/inflate.ts";
import { concatenated, toLatin1 } from "../../base/host/octets.ts";

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits per sample, 1 to 16. */
  readonly depth: number;
  /** Channels of the result of `pngSamples`: a palette is expanded. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly interlaced: boolean;
}

const channelsOf = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 } as const;
const depthsOf: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** @throws Error describing an invalid header. */
export function pngHeader(bytes: Uint8Array): PngHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || toLatin1(bytes.subarray(12, 16)) !== "IHDR") throw new Error("has no header");
  const [depth, colourType, compression, filter, interlace] = bytes.subarray(24, 29);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const known = depthsOf[colourType]?.includes(depth) && compression === 0 && filter === 0 && interlace <= 1;
  if (!known || width === 0 || height === 0)
    throw new Error(`has an invalid header (${width} x ${height}, colour type ${colourType}, ${depth} bits)`);
  const type = colourType as PngHeader["colourType"];
  return { width, height, depth, channels: channelsOf[type], colourType: type, interlaced: interlace === 1 };
}

/** Start and step of the pixels of each Adam7 pass: x, y, dx, dy. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * Samples `[height, width, channels]`, 8 bits each, or 16 if the file has 16; fewer bits are scaled to the range of 8.
 * `alpha`, `[height, width]`, is present if a `tRNS` chunk makes palette colours, or one colour, transparent.
 */
export function pngSamples(bytes: Uint8Array): {
  header: PngHeader;
  samples: Uint8Array | Uint16Array;
  alpha?: Uint8Array;
} {
  const header = pngHeader(bytes);
  const { width, height, depth, colourType, interlaced } = header;
  const { palette, transparency, packed } = chunksOf(bytes);
  if (colourType === 3 && palette === undefined) throw new Error("has no palette");
  const stored = colourType === 3 ? 1 : header.channels;
  const grid = interlaced ? passes : ([[0, 0, 1, 1]] as const);
  const sizes = grid.map(([x, y, dx, dy]) => [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)] as const);
  const lineBytes = (columns: number) => Math.ceil((columns * stored * depth) / 8);
  const needed = sizes.reduce((sum, [w, h]) => sum + (w > 0 && h > 0 ? (lineBytes(w) + 1) * h : 0), 0);
  const data = inflateSync(packed, { maxOutputLength: needed + 65_536 });
  if (data.length < needed) throw new Error(`ends after ${data.length} of ${needed} bytes of pixels`);
  const samples = new (depth === 16 ? Uint16Array : Uint8Array)(width * height * header.channels);
  const hidden = transparency && colourType <= 3 ? hiddenBy(transparency, colourType, depth) : undefined;
  const alpha = hidden && new Uint8Array(width * height);
  const pixelBytes = Math.max(1, (stored * depth) >> 3);
  let at = 0;
  for (const [pass, [x0, y0, dx, dy]] of grid.entries()) {
    const [columns, rows] = sizes[pass];
    if (columns <= 0 || rows <= 0) continue;
    const length = lineBytes(columns);
    let above: Uint8Array = new Uint8Array(length);
    for (let row = 0; row < rows; row++, at += length + 1) {
      const line = data.subarray(at + 1, at + 1 + length);
      unfilter(line, above, data[at], pixelBytes);
      above = line;
      const to = (y0 + row * dy) * width + x0;
      place(line, columns, header, palette, samples, to * header.channels, dx * header.channels);
      if (alpha !== undefined)
        for (let i = 0; i < columns; i++)
          alpha[to + i * dx] = hidden!((c) => storedSample(line, i * stored + c, depth));
    }
  }
  return { header, samples, ...(alpha && { alpha }) };
}

/** The opacity of a pixel by its stored samples (ISO/IEC 15948, 11.3.2.1). */
function hiddenBy(
  transparency: Uint8Array,
  colourType: PngHeader["colourType"],
  depth: number,
): (sample: (c: number) => number) => number {
  if (colourType === 3) return (sample) => transparency[sample(0)] ?? 255;
  const channels = colourType === 0 ? 1 : 3;
  if (transparency.length < 2 * channels) throw new Error("has a tRNS chunk that is too short");
  const key = Array.from({ length: channels }, (_, c) => {
    const value = (transparency[2 * c] << 8) | transparency[2 * c + 1];
    return value & ((1 << depth) - 1);
  });
  return (sample) => (key.every((value, c) => sample(c) === value) ? 0 : 255);
}

/** Sample `at` of a line, as stored. */
function storedSample(line: Uint8Array, at: number, depth: number): number {
  if (depth === 8) return line[at];
  if (depth === 16) return (line[at * 2] << 8) | line[at * 2 + 1];
  return (line[(at * depth) >> 3] >> (8 - depth - ((at * depth) & 7))) & ((1 << depth) - 1);
}

function place(
  line: Uint8Array,
  columns: number,
  { depth, channels, colourType }: PngHeader,
  palette: Uint8Array | undefined,
  samples: Uint8Array | Uint16Array,
  from: number,
  step: number,
): void {
  const stored = colourType === 3 ? 1 : channels;
  const scale = colourType === 3 || depth >= 8 ? 1 : 255 / ((1 << depth) - 1);
  for (let i = 0, to = from; i < columns; i++, to += step)
    for (let c = 0; c < stored; c++) {
      const value = storedSample(line, i * stored + c, depth);
      if (palette === undefined || colourType !== 3) samples[to + c] = value * scale;
      else {
        if (value * 3 >= palette.length)
          throw new Error(`uses colour ${value} of a palette of ${palette.length / 3} colours`);
        samples.set(palette.subarray(value * 3, value * 3 + 3), to);
      }
    }
}

/** Undoes a line's filter in place (ISO/IEC 15948, 9). */
function unfilter(line: Uint8Array, above: Uint8Array, filter: number, step: number): void {
  if (filter === 0) return;
  if (filter > 4) throw new Error(`has a line with the unknown filter ${filter}`);
  for (let i = 0; i < line.length; i++) {
    const left = i >= step ? line[i - step] : 0;
    const up = above[i];
    if (filter === 1) line[i] += left;
    else if (filter === 2) line[i] += up;
    else if (filter === 3) line[i] += (left + up) >> 1;
    else {
      const corner = i >= step ? above[i - step] : 0;
      const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
      line[i] += a <= b && a <= c ? left : b <= c ? up : corner;
    }
  }
}

function chunksOf(bytes: Uint8Array): {
  palette: Uint8Array | undefined;
  transparency: Uint8Array | undefined;
  packed: Uint8Array;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw new Error("ends before its last chunk");
    const length = view.getUint32(at);
    const type = toLatin1(bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw new Error(`ends inside a ${type} chunk`);
    const critical = (bytes[at + 4] & 32) === 0;
    if (critical && crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end))
      throw new Error(`has a damaged ${type} chunk: its checksum is wrong`);
    if (type === "PLTE") palette = bytes.subarray(at + 8, end);
    else if (type === "tRNS") transparency = bytes.subarray(at + 8, end);
    else if (type === "IDAT") data.push(bytes.subarray(at + 8, end));
    else if (type === "IEND") return { palette, transparency, packed: concatenated(data) };
    at = end + 4;
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
