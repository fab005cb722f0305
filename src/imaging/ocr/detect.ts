/** Text detection: PP-OCR's detector (DB, Liao et al. 2020, arXiv 1911.08947) and the connected components of its map. */
import type { TextPiece } from "./geometry.ts";
import type { Grey } from "./grey.ts";
import { type OcrSession, runOne } from "./runtime.ts";

/** Longer side of the image for the detector: 7-point print on A4 is then 8 pixels high. */
const longSide = 1280;
/** DB's thresholds: for the probability map, and for a component's mean. */
const [mapThreshold, pieceThreshold] = [0.3, 0.5];
const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

export interface Piece extends TextPiece {
  /**
   * Pixels of the component in the detector's map, as pairs in image pixels; the component is smaller than the text
   * because DB shrinks regions.
   */
  readonly points: Float32Array;
}

export async function detect(session: OcrSession, grey: Grey): Promise<Piece[]> {
  const scale = Math.min(1.5, longSide / Math.max(grey.width, grey.height));
  const width = Math.max(32, Math.round((grey.width * scale) / 32) * 32);
  const height = Math.max(32, Math.round((grey.height * scale) / 32) * 32);
  const small = shrink(grey, width, height);
  const input = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < width * height; i++) input[c * width * height + i] = (small[i] / 255 - mean[c]) / deviation[c];
  const { data } = await runOne(session, input, [1, 3, height, width]);
  return pieces(data, width, grey.width / width, grey.height / height);
}

/** Area averaging for each target pixel, so that thin strokes do not vanish. */
function shrink({ width, height, data }: Grey, w: number, h: number): Float32Array {
  const across = new Float32Array(w * height);
  weights(width, w, (to, from, share) => {
    for (let y = 0; y < height; y++) across[y * w + to] += data[y * width + from] * share;
  });
  const out = new Float32Array(w * h);
  weights(height, h, (to, from, share) => {
    for (let x = 0; x < w; x++) out[to * w + x] += across[from * w + x] * share;
  });
  return out;
}

function weights(from: number, to: number, give: (to: number, from: number, share: number) => void): void {
  const step = from / to;
  for (let t = 0; t < to; t++) {
    const [start, end] = [t * step, (t + 1) * step];
    for (let f = Math.floor(start); f < Math.min(from, Math.ceil(end)); f++) {
      const share = (Math.min(end, f + 1) - Math.max(start, f)) / step;
      if (share > 0) give(t, f, share);
    }
  }
}

function pieces(map: Float32Array, width: number, sx: number, sy: number): Piece[] {
  const seen = new Uint8Array(map.length);
  const found: Piece[] = [];
  const stack: number[] = [];
  for (let start = 0; start < map.length; start++) {
    if (seen[start] || map[start] < mapThreshold) continue;
    const members: number[] = [];
    let sum = 0;
    stack.push(start);
    seen[start] = 1;
    while (stack.length > 0) {
      const at = stack.pop()!;
      members.push(at);
      sum += map[at];
      const x = at % width;
      for (const next of [at - width, at + width, x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1])
        if (next >= 0 && next < map.length && !seen[next] && map[next] >= mapThreshold) {
          seen[next] = 1;
          stack.push(next);
        }
    }
    if (members.length < 6 || sum / members.length < pieceThreshold) continue;
    found.push(pieceOf(members, width, sx, sy));
  }
  return found;
}

function pieceOf(members: readonly number[], width: number, sx: number, sy: number): Piece {
  const points = new Float32Array(members.length * 2);
  let [x0, x1, mx, my] = [Number.POSITIVE_INFINITY, 0, 0, 0];
  for (const [i, at] of members.entries()) {
    const [x, y] = [((at % width) + 0.5) * sx, (Math.floor(at / width) + 0.5) * sy];
    points[2 * i] = x;
    points[2 * i + 1] = y;
    x0 = Math.min(x0, x);
    x1 = Math.max(x1, x);
    mx += x / members.length;
    my += y / members.length;
  }
  let [xx, xy] = [0, 0];
  for (let i = 0; i < points.length; i += 2) {
    xx += (points[i] - mx) ** 2;
    xy += (points[i] - mx) * (points[i + 1] - my);
  }
  const slope = xx > 0 ? xy / xx : 0;
  const area = members.length * sx * sy;
  return {
    points,
    x0,
    x1,
    left: [x0, my + slope * (x0 - mx)],
    right: [x1, my + slope * (x1 - mx)],
    height: area / Math.max(1, x1 - x0 + sx),
  };
}
