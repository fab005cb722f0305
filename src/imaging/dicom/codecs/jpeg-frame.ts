/** The content of a JPEG's headers (ITU T.81 annex B), and the coefficients that its scans fill. */
import type { HuffmanTable } from "./jpeg-bits.ts";

/** Coefficients of one component, natural order, block after block, padded to whole MCUs. */
export interface Coefficients {
  readonly data: Int16Array;
  readonly blocksPerLine: number;
  readonly blocksPerColumn: number;
}

export interface Component {
  readonly id: number;
  readonly h: number;
  readonly v: number;
  readonly quantization: number;
  dc: HuffmanTable | undefined;
  ac: HuffmanTable | undefined;
  coefficients?: Coefficients;
}

export interface JpegFrame {
  readonly process: number;
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
}

export interface Scan {
  readonly components: readonly Component[];
  /** Spectral range, or the predictor of a lossless scan in `start`. */
  readonly start: number;
  readonly end: number;
  readonly high: number;
  readonly low: number;
  readonly restartInterval: number;
}
