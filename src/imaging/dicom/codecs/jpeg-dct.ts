/**
 * The DCT processes of ITU T.81: sequential and progressive scans into coefficients (annexes F and G), and the inverse transform
 * of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) in the 13-bit fixed point that the common decoders use, so that samples are
 * equal to theirs.
 */
import { codecError } from "./frame.ts";
import type { BitReader, HuffmanTable } from "./jpeg-bits.ts";
import type { Coefficients, Component, JpegFrame, Scan } from "./jpeg-frame.ts";

/** Natural position of each coefficient of the zig-zag order. */
// biome-ignore format: eight a line, as in the standard
const zigzag = Uint8Array.of(
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
);

const maxH = (frame: JpegFrame) => Math.max(...frame.components.map(({ h }) => h));
const maxV = (frame: JpegFrame) => Math.max(...frame.components.map(({ v }) => v));

function coefficientsOf(frame: JpegFrame, component: Component): Coefficients {
  if (component.coefficients === undefined) {
    const blocksPerLine = Math.ceil(frame.width / 8 / maxH(frame)) * component.h;
    const blocksPerColumn = Math.ceil(frame.height / 8 / maxV(frame)) * component.v;
    const data = new Int16Array(blocksPerLine * blocksPerColumn * 64);
    component.coefficients = { data, blocksPerLine, blocksPerColumn };
  }
  return component.coefficients;
}

/** State a scan carries from block to block. */
interface State {
  predictors: Int32Array;
  endOfBand: number;
}

export function decodeDctScan(bits: BitReader, frame: JpegFrame, scan: Scan): void {
  if (scan.start > scan.end || scan.end > 63 || (scan.start > 0 && scan.components.length > 1))
    throw codecError("JPEG", "a scan header is invalid", `coefficients ${scan.start} to ${scan.end}`);
  for (const component of scan.components)
    if ((scan.start === 0 && scan.high === 0 && !component.dc) || (scan.end > 0 && !component.ac))
      throw codecError("JPEG", "a Huffman table is missing");
  const state: State = { predictors: new Int32Array(scan.components.length), endOfBand: 0 };
  const block = frame.process === 2 ? progressiveBlock(scan) : sequentialBlock;
  let left = scan.restartInterval;
  const beforeUnit = () => {
    if (scan.restartInterval === 0 || left-- > 0) return;
    if (!bits.restart()) throw codecError("JPEG", "a restart marker is missing");
    left = scan.restartInterval - 1;
    state.predictors.fill(0);
    state.endOfBand = 0;
  };
  if (scan.components.length === 1) {
    const [component] = scan.components;
    const { data, blocksPerLine } = coefficientsOf(frame, component);
    const across = Math.ceil((Math.ceil((frame.width * component.h) / maxH(frame)) || 1) / 8);
    const down = Math.ceil((Math.ceil((frame.height * component.v) / maxV(frame)) || 1) / 8);
    for (let y = 0; y < down; y++)
      for (let x = 0; x < across; x++) {
        beforeUnit();
        block(bits, component, data, (y * blocksPerLine + x) * 64, state, 0);
      }
    return;
  }
  const planes = scan.components.map((component) => coefficientsOf(frame, component));
  const across = Math.ceil(frame.width / 8 / maxH(frame));
  const down = Math.ceil(frame.height / 8 / maxV(frame));
  for (let my = 0; my < down; my++)
    for (let mx = 0; mx < across; mx++) {
      beforeUnit();
      scan.components.forEach((component, c) => {
        const { data, blocksPerLine } = planes[c];
        for (let v = 0; v < component.v; v++)
          for (let h = 0; h < component.h; h++) {
            const at = ((my * component.v + v) * blocksPerLine + mx * component.h + h) * 64;
            block(bits, component, data, at, state, c);
          }
      });
    }
}

type DecodeBlock = (
  bits: BitReader,
  component: Component,
  data: Int16Array,
  at: number,
  state: State,
  index: number,
) => void;

const sequentialBlock: DecodeBlock = (bits, { dc, ac }, data, at, state, index) => {
  state.predictors[index] += bits.signed(category(bits, dc!));
  data[at] = state.predictors[index];
  for (let k = 1; k < 64; ) {
    const symbol = bits.symbol(ac!);
    const size = symbol & 15;
    if (size === 0) {
      if (symbol !== 0xf0) break;
      k += 16;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) throw codecError("JPEG", "a block has more than 64 coefficients");
    data[at + zigzag[k++]] = bits.signed(size);
  }
};

function category(bits: BitReader, table: HuffmanTable): number {
  const size = bits.symbol(table);
  if (size > 15) throw codecError("JPEG", "the entropy-coded data contains an invalid difference");
  return size;
}

function progressiveBlock({ start, end, high, low }: Scan): DecodeBlock {
  if (start === 0)
    return (bits, { dc }, data, at, state, index) => {
      if (high > 0) {
        if (bits.take(1)) data[at] |= 1 << low;
        return;
      }
      state.predictors[index] += bits.signed(category(bits, dc!));
      data[at] = state.predictors[index] << low;
    };
  return (bits, { ac }, data, at, state) =>
    high === 0
      ? firstBand(bits, ac!, data, at, state, start, end, low)
      : refineBand(bits, ac!, data, at, state, start, end, low);
}

function firstBand(
  bits: BitReader,
  ac: HuffmanTable,
  data: Int16Array,
  at: number,
  state: State,
  start: number,
  end: number,
  low: number,
): void {
  if (state.endOfBand > 0) {
    state.endOfBand--;
    return;
  }
  for (let k = start; k <= end; k++) {
    const symbol = bits.symbol(ac);
    const run = symbol >> 4;
    const size = symbol & 15;
    if (size === 0) {
      if (run < 15) {
        state.endOfBand = (1 << run) - 1 + bits.take(run);
        return;
      }
      k += 15;
      continue;
    }
    k += run;
    if (k > 63) throw codecError("JPEG", "a block has more than 64 coefficients");
    data[at + zigzag[k]] = bits.signed(size) * (1 << low);
  }
}

/** T.81 G.1.2.3: one more bit of every coefficient already found, and new ones of size one. */
function refineBand(
  bits: BitReader,
  ac: HuffmanTable,
  data: Int16Array,
  at: number,
  state: State,
  start: number,
  end: number,
  low: number,
): void {
  const step = 1 << low;
  const refine = (i: number) => {
    if (bits.take(1) && (data[i] & step) === 0) data[i] += data[i] > 0 ? step : -step;
  };
  let k = start;
  if (state.endOfBand === 0)
    for (; k <= end; k++) {
      const symbol = bits.symbol(ac);
      let run = symbol >> 4;
      let value = 0;
      if ((symbol & 15) === 0) {
        if (run < 15) {
          state.endOfBand = (1 << run) + bits.take(run);
          break;
        }
      } else value = bits.take(1) ? step : -step;
      for (; k <= end; k++) {
        const i = at + zigzag[k];
        if (data[i] !== 0) refine(i);
        else if (run-- === 0) {
          if (value !== 0) data[i] = value;
          break;
        }
      }
    }
  if (state.endOfBand > 0) {
    for (; k <= end; k++) if (data[at + zigzag[k]] !== 0) refine(at + zigzag[k]);
    state.endOfBand--;
  }
}

/** Coefficients to samples, `[height, width, components]`; subsampled components are repeated. */
export function renderDct(frame: JpegFrame, quantization: readonly (Uint16Array | undefined)[]): Uint16Array {
  const { width, height, components, precision } = frame;
  const out = new Uint16Array(width * height * components.length);
  const natural = new Int32Array(64);
  const block = new Int32Array(64);
  components.forEach((component, c) => {
    const table = quantization[component.quantization];
    if (table === undefined) throw codecError("JPEG", "a quantization table is missing");
    for (let k = 0; k < 64; k++) natural[zigzag[k]] = table[k];
    const { data, blocksPerLine, blocksPerColumn } = coefficientsOf(frame, component);
    const samples = new Uint16Array(data.length);
    for (let by = 0; by < blocksPerColumn; by++)
      for (let bx = 0; bx < blocksPerLine; bx++) {
        const at = (by * blocksPerLine + bx) * 64;
        for (let i = 0; i < 64; i++) block[i] = Math.imul(data[at + i], natural[i]);
        inverseDct(block, precision);
        for (let y = 0; y < 8; y++)
          for (let x = 0; x < 8; x++) samples[(by * 8 + y) * blocksPerLine * 8 + bx * 8 + x] = block[y * 8 + x];
      }
    const scaleX = component.h / maxH(frame);
    const scaleY = component.v / maxV(frame);
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y * scaleY) * blocksPerLine * 8;
      for (let x = 0; x < width; x++)
        out[(y * width + x) * components.length + c] = samples[row + Math.floor(x * scaleX)];
    }
  });
  return out;
}

/** In place: dequantized coefficients to samples, level-shifted and clamped to the precision. */
function inverseDct(block: Int32Array, precision: number): void {
  const most = (1 << precision) - 1;
  const centre = 1 << (precision - 1);
  // Columns keep two extra bits of precision (one for 12-bit samples, where two would overflow) until the rows are
  // transformed.
  const extra = precision > 8 ? 1 : 2;
  for (let i = 0; i < 8; i++) inverseLine(block, i, 8, 13 - extra);
  for (let i = 0; i < 64; i += 8) inverseLine(block, i, 1, 13 + extra + 3);
  for (let i = 0; i < 64; i++) block[i] = Math.min(most, Math.max(0, block[i] + centre));
}

/** Eight coefficients `step` apart; constants are cosines times 8192. */
function inverseLine(b: Int32Array, at: number, step: number, shift: number): void {
  const round = 1 << (shift - 1);
  const c2 = b[at + 2 * step];
  const c6 = b[at + 6 * step];
  const even = Math.imul(c2 + c6, 4433);
  const e2 = even - Math.imul(c6, 15137);
  const e3 = even + Math.imul(c2, 6270);
  const e0 = (b[at] + b[at + 4 * step]) << 13;
  const e1 = (b[at] - b[at + 4 * step]) << 13;
  let o0 = b[at + 7 * step];
  let o1 = b[at + 5 * step];
  let o2 = b[at + 3 * step];
  let o3 = b[at + step];
  const z5 = Math.imul(o0 + o2 + o1 + o3, 9633);
  const z1 = -Math.imul(o0 + o3, 7373);
  const z2 = -Math.imul(o1 + o2, 20995);
  const z3 = z5 - Math.imul(o0 + o2, 16069);
  const z4 = z5 - Math.imul(o1 + o3, 3196);
  o0 = Math.imul(o0, 2446) + z1 + z3;
  o1 = Math.imul(o1, 16819) + z2 + z4;
  o2 = Math.imul(o2, 25172) + z2 + z3;
  o3 = Math.imul(o3, 12299) + z1 + z4;
  b[at] = (e0 + e3 + o3 + round) >> shift;
  b[at + 7 * step] = (e0 + e3 - o3 + round) >> shift;
  b[at + step] = (e1 + e2 + o2 + round) >> shift;
  b[at + 6 * step] = (e1 + e2 - o2 + round) >> shift;
  b[at + 2 * step] = (e1 - e2 + o1 + round) >> shift;
  b[at + 5 * step] = (e1 - e2 - o1 + round) >> shift;
  b[at + 3 * step] = (e0 - e3 + o0 + round) >> shift;
  b[at + 4 * step] = (e0 - e3 - o0 + round) >> shift;
}
