/** Text recognition: PP-OCR's recogniser (SVTR-LCNet, arXiv 2206.03001) on batches of pieces of similar width, decoded by CTC best path. */
import { type OcrSession, runOne } from "./runtime.ts";

/** Height of its input in pixels; eight pixels of width correspond to one output step. */
export const rowHeight = 48;
/**
 * Total width of the pieces in one run. In larger runs a pixel takes up to twice as long, because the layers' outputs
 * exceed the processor's cache.
 */
const runWidth = 640;

export interface Letter {
  readonly text: string;
  readonly confidence: number;
  /** Centre, in pixels of the piece. */
  readonly x: number;
}

/** `[48, width]` of an image in grey, 0 to 255. */
export interface Strip {
  readonly width: number;
  readonly data: Float32Array;
}

export async function recognise(
  session: OcrSession,
  letters: readonly string[],
  strips: readonly Strip[],
): Promise<Letter[][]> {
  const read: Letter[][] = new Array(strips.length);
  const order = strips.map((_, i) => i).sort((a, b) => strips[a].width - strips[b].width);
  for (let at = 0; at < order.length; ) {
    let count = 1;
    const wide = (n: number) => Math.max(48, Math.ceil(strips[order[at + n - 1]].width / 16) * 16);
    while (
      at + count < order.length &&
      wide(count + 1) * (count + 1) <= runWidth &&
      wide(count + 1) <= wide(1) * 1.3 + 32
    )
      count++;
    const width = wide(count);
    const input = new Float32Array(count * 3 * rowHeight * width);
    for (let n = 0; n < count; n++) fill(input, n, width, strips[order[at + n]]);
    const { data, dims } = await runOne(session, input, [count, 3, rowHeight, width]);
    const [, steps, classes] = dims;
    if (classes !== letters.length + 1)
      throw new Error(`the recogniser has ${classes} classes, its dictionary ${letters.length}`);
    for (let n = 0; n < count; n++)
      read[order[at + n]] = bestPath(
        data.subarray(n * steps * classes, (n + 1) * steps * classes),
        steps,
        classes,
        letters,
        width / steps,
      );
    at += count;
  }
  return read;
}

/** Grey in all three channels from -1 to 1; narrower pieces are padded with 0, as in training. */
function fill(input: Float32Array, n: number, width: number, strip: Strip): void {
  const plane = rowHeight * width;
  const base = n * 3 * plane;
  for (let y = 0; y < rowHeight; y++)
    for (let x = 0; x < strip.width; x++) input[base + y * width + x] = strip.data[y * strip.width + x] / 127.5 - 1;
  input.copyWithin(base + plane, base, base + plane);
  input.copyWithin(base + 2 * plane, base, base + plane);
}

function bestPath(
  data: Float32Array,
  steps: number,
  classes: number,
  letters: readonly string[],
  pixels: number,
): Letter[] {
  const found: { text: string; confidence: number; from: number; to: number }[] = [];
  let last = 0;
  for (let t = 0; t < steps; t++) {
    let best = 0;
    for (let c = 1, at = t * classes; c < classes; c++) if (data[at + c] > data[at + best]) best = c;
    const confidence = data[t * classes + best];
    if (best !== 0 && best === last) {
      const open = found.at(-1)!;
      open.to = t;
      open.confidence = Math.max(open.confidence, confidence);
    } else if (best !== 0) found.push({ text: letters[best - 1], confidence, from: t, to: t });
    last = best;
  }
  return found.map(({ text, confidence, from, to }) => ({ text, confidence, x: ((from + to + 1) / 2) * pixels }));
}
