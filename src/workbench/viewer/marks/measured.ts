/** Text of lengths, angles and regions. Millimetres are given only if the file states the spacing. */
import type { PixelSlice } from "../pixels/fetch.ts";
import type { Measure } from "./marks.ts";

/** Below this spacing, mm per pixel, sizes are given in micrometres: the image is a slide. */
const microscopic = 0.02;

/** @param spacing millimetres per pixel along x and y; undefined where unknown. */
export function measuredWords(
  { kind, points }: Measure,
  spacing: readonly [x: number, y: number] | undefined,
  slice: PixelSlice | undefined,
  unit: string,
): string {
  const [sx, sy] = spacing ?? [1, 1];
  const at = (i: number) => [points[i][0] * sx, points[i][1] * sy] as const;
  switch (kind) {
    case "length": {
      const [[ax, ay], [bx, by]] = [at(0), at(1)];
      const length = Math.hypot(bx - ax, by - ay);
      if (spacing === undefined) return `${length.toFixed(0)} px`;
      return sx < microscopic && length < 10 ? `${(length * 1000).toFixed(1)} µm` : `${length.toFixed(1)} mm`;
    }
    case "angle": {
      const [[ax, ay], [bx, by], [cx, cy]] = [at(0), at(1), at(2)];
      const first = Math.atan2(ay - by, ax - bx);
      const second = Math.atan2(cy - by, cx - bx);
      const turn = Math.abs(((second - first + Math.PI * 3) % (2 * Math.PI)) - Math.PI);
      return `${((turn * 180) / Math.PI).toFixed(1)}°`;
    }
    case "ellipse": {
      const found = slice && inside(points, slice);
      const area =
        (Math.PI / 4) * Math.abs(points[1][0] - points[0][0]) * sx * Math.abs(points[1][1] - points[0][1]) * sy;
      const size =
        spacing === undefined
          ? `${area.toFixed(0)} px²`
          : sx < microscopic
            ? area < 0.1
              ? `${(area * 1e6).toFixed(0)} µm²`
              : `${area.toFixed(3)} mm²`
            : `${(area / 100).toFixed(2)} cm²`;
      return found === undefined
        ? size
        : `${found.mean.toFixed(1)} ± ${found.deviation.toFixed(1)} ${unit}\n${size}, n ${found.count}`;
    }
  }
}

/** Mean and standard deviation (denominator n) of the pixels whose centres lie in the ellipse; only for grey images. */
function inside(points: Measure["points"], { width, height, channels, data }: PixelSlice) {
  if (channels !== 1) return undefined;
  const [[x0, y0], [x1, y1]] = points;
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const [rx, ry] = [Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2];
  let [sum, squares, count] = [0, 0, 0];
  for (let y = Math.max(0, Math.floor(cy - ry)); y < Math.min(height, Math.ceil(cy + ry)); y++)
    for (let x = Math.max(0, Math.floor(cx - rx)); x < Math.min(width, Math.ceil(cx + rx)); x++) {
      if (((x + 0.5 - cx) / rx) ** 2 + ((y + 0.5 - cy) / ry) ** 2 > 1) continue;
      const value = data[y * width + x];
      sum += value;
      squares += value * value;
      count++;
    }
  if (count === 0) return undefined;
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)), count };
}
