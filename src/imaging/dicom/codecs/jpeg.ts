/**
 * JPEG (ITU T.81) beyond the 8-bit codec: lossless (process 14, 2 to 16 bits, every predictor) and 12-bit DCT (extended
 * sequential, spectral selection, full progression). Huffman coding only; arithmetic coding is reported as an error.
 */
import { codecError, type Picture } from "./frame.ts";
import { BitReader, HuffmanTable } from "./jpeg-bits.ts";
import { decodeDctScan, renderDct } from "./jpeg-dct.ts";
import type { JpegFrame, Scan } from "./jpeg-frame.ts";

/** @returns samples as the codestream holds them (no colour conversion), `Uint8Array` up to 8 bits, `Uint16Array` above. */
export function decodeJpeg(bytes: Uint8Array): Picture {
  const quantization: (Uint16Array | undefined)[] = [];
  const dcTables: (HuffmanTable | undefined)[] = [];
  const acTables: (HuffmanTable | undefined)[] = [];
  let restartInterval = 0;
  let frame: JpegFrame | undefined;
  let lossless: Uint16Array | undefined;
  let scans = 0;
  let at = 0;
  const u16 = (i: number) => (bytes[i] << 8) | bytes[i + 1];
  while (at + 2 <= bytes.length) {
    if (bytes[at] !== 0xff || bytes[at + 1] === 0 || bytes[at + 1] === 0xff) {
      at++;
      continue;
    }
    const marker = bytes[at + 1];
    at += 2;
    if (marker === 0xd9) break;
    if (marker === 0xd8 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue;
    const length = at + 2 <= bytes.length ? u16(at) : 0;
    const end = at + length;
    if (length < 2 || end > bytes.length) throw codecError("JPEG", "a marker segment is truncated");
    const body = at + 2;
    if (marker === 0xdb) readQuantization(bytes, body, end, quantization);
    else if (marker === 0xc4) readHuffman(bytes, body, end, dcTables, acTables);
    else if (marker === 0xdd) restartInterval = u16(body);
    else if (marker === 0xcc || (marker >= 0xc9 && marker <= 0xcf && marker !== 0xcc))
      throw codecError("JPEG", "arithmetic coding is not supported");
    else if (marker >= 0xc5 && marker <= 0xc7) throw codecError("JPEG", "hierarchical JPEG is not supported");
    else if (marker >= 0xc0 && marker <= 0xc3) {
      if (frame !== undefined) throw codecError("JPEG", "there are two frame headers");
      frame = readFrame(bytes, body, end, marker - 0xc0);
    } else if (marker === 0xda) {
      if (frame === undefined) throw codecError("JPEG", "a scan comes before the frame header");
      // A complete progressive image has tens of scans; more indicate a file made to waste time.
      if (++scans > 200) throw codecError("JPEG", "there are more scans than an image can have", `${scans}`);
      const scan = readScan(bytes, body, end, frame, dcTables, acTables, restartInterval);
      const bits = new BitReader(bytes, end);
      if (frame.process === 3) lossless = decodeLosslessScan(bits, frame, scan, lossless);
      else decodeDctScan(bits, frame, scan);
      at = bits.position;
      continue;
    }
    at = end;
  }
  if (frame === undefined || scans === 0) throw codecError("JPEG", "there is no image");
  const { width, height, precision } = frame;
  const samples = lossless ?? renderDct(frame, quantization);
  const data = precision <= 8 ? Uint8Array.from(samples) : samples;
  return { width, height, components: frame.components.length, precision, data };
}

function readQuantization(bytes: Uint8Array, from: number, end: number, tables: (Uint16Array | undefined)[]): void {
  let at = from;
  while (at < end) {
    const wide = bytes[at] >> 4 ? 2 : 1;
    const table = new Uint16Array(64);
    if (at + 1 + 64 * wide > end) throw codecError("JPEG", "a quantization table is truncated");
    for (let i = 0; i < 64; i++)
      table[i] = wide === 2 ? (bytes[at + 1 + 2 * i] << 8) | bytes[at + 2 + 2 * i] : bytes[at + 1 + i];
    tables[bytes[at] & 15] = table;
    at += 1 + 64 * wide;
  }
}

function readHuffman(
  bytes: Uint8Array,
  from: number,
  end: number,
  dc: (HuffmanTable | undefined)[],
  ac: (HuffmanTable | undefined)[],
): void {
  let at = from;
  while (at + 17 <= end) {
    const counts = bytes.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (at + 17 + total > end) throw codecError("JPEG", "a Huffman table is truncated");
    (bytes[at] >> 4 ? ac : dc)[bytes[at] & 15] = new HuffmanTable(counts, bytes.subarray(at + 17, at + 17 + total));
    at += 17 + total;
  }
}

function readFrame(bytes: Uint8Array, at: number, end: number, process: number): JpegFrame {
  const count = bytes[at + 5];
  if (at + 6 + 3 * count > end || count < 1 || count > 4) throw codecError("JPEG", "the frame header is damaged");
  const precision = bytes[at];
  const height = (bytes[at + 1] << 8) | bytes[at + 2];
  const width = (bytes[at + 3] << 8) | bytes[at + 4];
  const good = process === 3 ? precision >= 2 && precision <= 16 : precision === 8 || precision === 12;
  if (!good || width === 0 || height === 0)
    throw codecError("JPEG", "the frame header has invalid values", `${width} x ${height}, ${precision} bits`);
  const components = Array.from({ length: count }, (_, i) => {
    const c = at + 6 + 3 * i;
    const [h, v] = [bytes[c + 1] >> 4, bytes[c + 1] & 15];
    if (h < 1 || h > 4 || v < 1 || v > 4) throw codecError("JPEG", "a sampling factor is invalid", `${h} x ${v}`);
    return { id: bytes[c], h, v, quantization: bytes[c + 2] & 15, dc: undefined, ac: undefined };
  });
  if (process === 3 && components.some(({ h, v }) => h !== components[0].h || v !== components[0].v))
    throw codecError("JPEG", "lossless components of different sizes are not supported");
  return { process, precision, width, height, components };
}

function readScan(
  bytes: Uint8Array,
  at: number,
  end: number,
  frame: JpegFrame,
  dc: readonly (HuffmanTable | undefined)[],
  ac: readonly (HuffmanTable | undefined)[],
  restartInterval: number,
): Scan {
  const count = bytes[at];
  if (count < 1 || count > 4 || at + 4 + 2 * count > end) throw codecError("JPEG", "a scan header is damaged");
  const components = Array.from({ length: count }, (_, i) => {
    const component = frame.components.find(({ id }) => id === bytes[at + 1 + 2 * i]);
    if (component === undefined) throw codecError("JPEG", "a scan names a component the frame does not have");
    component.dc = dc[bytes[at + 2 + 2 * i] >> 4];
    component.ac = ac[bytes[at + 2 + 2 * i] & 15];
    return component;
  });
  const tail = at + 1 + 2 * count;
  return {
    components,
    start: bytes[tail],
    end: bytes[tail + 1],
    high: bytes[tail + 2] >> 4,
    low: bytes[tail + 2] & 15,
    restartInterval,
  };
}

/** One lossless scan (T.81 annex H) into `out`, `[height, width, components]`. */
function decodeLosslessScan(bits: BitReader, frame: JpegFrame, scan: Scan, out?: Uint16Array): Uint16Array {
  const { width, height, precision, components } = frame;
  const stride = components.length;
  const data = out ?? new Uint16Array(width * height * stride);
  const line = width * stride;
  const predictor = scan.start;
  const shift = scan.low;
  if (predictor < 1 || predictor > 7 || shift >= precision)
    throw codecError("JPEG", "a lossless scan header has invalid values", `predictor ${predictor}, shift ${shift}`);
  const first = 1 << (precision - shift - 1);
  const planes = scan.components.map((component) => {
    if (component.dc === undefined) throw codecError("JPEG", "a Huffman table is missing");
    return { table: component.dc, offset: components.indexOf(component) };
  });
  let left = scan.restartInterval;
  /** The row without a row above it for the predictor: the first one, and the one after each restart. */
  let topRow = 0;
  let restarted = false;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (scan.restartInterval > 0 && left-- === 0) {
        if (!bits.restart()) throw codecError("JPEG", "a restart marker is missing");
        left = scan.restartInterval - 1;
        topRow = y;
        restarted = true;
      }
      for (const { table, offset } of planes) {
        const i = y * line + x * stride + offset;
        const category = bits.symbol(table);
        if (category > 16) throw codecError("JPEG", "the entropy-coded data contains an invalid difference");
        const difference = category === 16 ? 32768 : bits.signed(category);
        let prediction: number;
        if (restarted || (x === 0 && y === 0)) prediction = first;
        else if (y === topRow) prediction = x === 0 ? data[i - line] : data[i - stride];
        else if (x === 0) prediction = data[i - line];
        else prediction = predict(predictor, data[i - stride], data[i - line], data[i - line - stride]);
        data[i] = prediction + difference;
      }
      restarted = false;
    }
  if (shift > 0) for (const { offset } of planes) for (let i = offset; i < data.length; i += stride) data[i] <<= shift;
  return data;
}

/** T.81 table H.1: a left, b above, c above left. */
function predict(selection: number, a: number, b: number, c: number): number {
  switch (selection) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + ((b - c) >> 1);
    case 6:
      return b + ((a - c) >> 1);
    default:
      return (a + b) >> 1;
  }
}
