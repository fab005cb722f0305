/**
 * Rectification of a photographed page. A single rotation would misalign the rows of a page seen at an angle, so that a value would be next to the wrong
 * name. Therefore the slopes of baselines and column edges are fitted as they vary over the page, which gives a projective map.
 */

export type Point = readonly [x: number, y: number];
/** A projective transform in row-major order, normalised so that the last element is 1. */
export type Homography = readonly number[];

export function project(h: Homography, x: number, y: number): Point {
  const w = h[6] * x + h[7] * y + h[8];
  return [(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w];
}

/** The transform that maps four points to four points. */
export function homography(from: readonly Point[], to: readonly Point[]): Homography {
  const rows = from.flatMap(([x, y], i) => {
    const [u, v] = to[i];
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  for (let i = 0; i < 8; i++) {
    let pivot = i;
    for (let j = i + 1; j < 8; j++) if (Math.abs(rows[j][i]) > Math.abs(rows[pivot][i])) pivot = j;
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    for (let j = 0; j < 8; j++) {
      if (j === i) continue;
      const factor = rows[j][i] / rows[i][i];
      for (let k = i; k < 9; k++) rows[j][k] -= factor * rows[i][k];
    }
  }
  return [...rows.map((row, i) => row[8] / row[i]), 1];
}

/** A detected piece of text, in image pixels. */
export interface TextPiece {
  readonly x0: number;
  readonly x1: number;
  /** Middle of the left and of the right end. */
  readonly left: Point;
  readonly right: Point;
  readonly height: number;
}

export interface FlatPage {
  readonly width: number;
  readonly height: number;
  /** From the flat page to the image, and the inverse. */
  readonly toPicture: Homography;
  readonly toFlat: Homography;
}

/** Fits the flat page. With fewer than six pieces of text, only their common slope is corrected. */
export function flatten(pieces: readonly TextPiece[], width: number, height: number): FlatPage {
  const [cx, cy] = [width / 2, height / 2];
  const long = pieces.filter((piece) => piece.x1 - piece.x0 > 3 * piece.height);
  const lines = long.map(({ left, right }) => {
    const slope = (right[1] - left[1]) / (right[0] - left[0]);
    const [x, y] = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2];
    return { slope, at: (y - slope * (x - cx) - cy) / height, weight: (right[0] - left[0]) ** 2 };
  });
  const [a, b] = fitLine(lines, long.length >= 6);
  const [p, q] = long.length >= 6 ? fitColumns(pieces, a, width, height) : [-a, 0];
  // The page's edges: baselines through the top and bottom of its central column, column edges through the ends of its
  // central line.
  const across = [-0.5, 0.5].map((at): Line => ({ point: [cx, cy + at * height], direction: [1, a + b * at] }));
  const down = [-0.5, 0.5].map(
    (at): Line => ({ point: [cx + at * width, cy + a * at * width], direction: [p + q * at, 1] }),
  );
  const corners = [
    meet(across[0], down[0]),
    meet(across[0], down[1]),
    meet(across[1], down[1]),
    meet(across[1], down[0]),
  ];
  const flat: Point[] = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ];
  return { width, height, toPicture: homography(flat, corners), toFlat: homography(corners, flat) };
}

interface Line {
  readonly point: Point;
  readonly direction: Point;
}

function meet(one: Line, two: Line): Point {
  const [[x1, y1], [dx1, dy1]] = [one.point, one.direction];
  const [[x2, y2], [dx2, dy2]] = [two.point, two.direction];
  const t = ((x2 - x1) * dy2 - (y2 - y1) * dx2) / (dx1 * dy2 - dy1 * dx2);
  return [x1 + t * dx1, y1 + t * dy1];
}

/** Weighted fit of `slope = a + b at`; outliers are downweighted in each further round. */
function fitLine(
  lines: readonly { slope: number; at: number; weight: number }[],
  changing: boolean,
): [a: number, b: number] {
  let [a, b] = [medianSlope(lines), 0];
  for (let round = 0; round < 5; round++) {
    const sums = { w: 1e-9, x: 0, y: 0, xx: 0, xy: 0 };
    for (const { slope, at, weight } of lines) {
      const off = Math.abs(slope - a - b * at);
      const w = weight / (1 + (off / 0.006) ** 2);
      sums.w += w;
      sums.x += w * at;
      sums.y += w * slope;
      sums.xx += w * at * at;
      sums.xy += w * at * slope;
    }
    const spread = sums.xx - (sums.x * sums.x) / sums.w;
    b = changing && spread > 1e-4 * sums.w ? (sums.xy - (sums.x * sums.y) / sums.w) / spread : 0;
    a = (sums.y - b * sums.x) / sums.w;
  }
  return [a, b];
}

function medianSlope(lines: readonly { slope: number; weight: number }[]): number {
  const sorted = [...lines].sort((one, two) => one.slope - two.slope);
  let half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  for (const { slope, weight } of sorted) if ((half -= weight) <= 0) return slope;
  return 0;
}

/**
 * Column edges `dx/dy = p + q at`, chosen so that the left and right ends of the pieces align at the fewest positions.
 * Without perspective `p = -a` and `q = 0`, which is kept unless another solution is clearly better.
 */
function fitColumns(pieces: readonly TextPiece[], a: number, width: number, height: number): [p: number, q: number] {
  const [cx, cy] = [width / 2, height / 2];
  const heights = pieces.map((piece) => piece.height).sort((one, two) => one - two);
  const bin = Math.max(2, heights[heights.length >> 1] * 0.45);
  const ends = [pieces.map(({ left }) => left), pieces.map(({ right }) => right)];
  const offset = width;
  const bins = ends.map(() => new Float32Array(Math.ceil((3 * width) / bin) + 2));
  const score = (p: number, q: number) => {
    let sum = 0;
    for (const [side, points] of ends.entries()) {
      const held = bins[side].fill(0);
      for (const [x, y] of points) {
        const at = (x + offset - (p + (q * (x - cx)) / width) * (y - cy)) / bin;
        const low = Math.floor(at);
        if (low < 0 || low + 1 >= held.length) continue;
        held[low] += 1 - at + low;
        held[low + 1] += at - low;
      }
      // Most text is aligned left in its column; right ends align only for numbers.
      let squares = 0;
      for (let i = 0; i < held.length; i++) squares += held[i] * held[i];
      sum += side === 0 ? squares : squares / 2;
    }
    return sum * (1 - 0.4 * Math.abs(p + a) - 0.4 * Math.abs(q));
  };
  let best = { p: -a, q: 0, score: score(-a, 0) * 1.02 };
  for (const [step, reach] of [
    [0.006, 16],
    [0.0015, 4],
    [0.0004, 4],
  ] as const) {
    const { p, q } = best;
    for (let i = -reach; i <= reach; i++)
      for (let j = -reach; j <= reach; j++) {
        const tried = { p: p + i * step, q: q + j * step * 1.5, score: 0 };
        tried.score = score(tried.p, tried.q);
        if (tried.score > best.score) best = tried;
      }
  }
  return [best.p, best.q];
}
