/** Values with their intervals, one per row: accuracy by category, or a forest plot of paired differences. */
import { label, line, picture, scale, shortened, tag, textWidth, ticks } from "./svg.ts";

export interface IntervalRow {
  readonly name: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly n: number;
}

export interface IntervalOptions {
  readonly title: string;
  readonly axis: string;
  /** A vertical line: no difference, chance. */
  readonly reference?: number;
  /** Default: 0 to 1. */
  readonly range?: readonly [number, number];
}

const rowHeight = 24;
const plotWidth = 360;

export function intervalPlot(
  rows: readonly IntervalRow[],
  { title, axis, reference, range = [0, 1] }: IntervalOptions,
): string {
  const names = rows.map(({ name }) => shortened(name));
  const values = rows.map(({ value, low, high }) =>
    low === undefined || high === undefined
      ? value.toFixed(3)
      : `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`,
  );
  const counts = rows.map(({ n }) => `n ${n}`);
  const left = 12 + Math.max(...names.map((text) => textWidth(text)), 40) + 12;
  const right = left + plotWidth + 20;
  const countsAt = right + Math.max(...values.map((text) => textWidth(text))) + 16;
  const width = countsAt + Math.max(...counts.map((text) => textWidth(text))) + 12;
  const top = 40;
  const bottom = top + rows.length * rowHeight;
  const x = scale(range, [left, left + plotWidth]);
  const clamp = (value: number) => Math.min(left + plotWidth, Math.max(left, x(value)));
  const body = [label(12, 22, title, { "font-weight": "bold", "font-size": 13 })];
  for (const tick of ticks(...range)) {
    body.push(line(x(tick), top, x(tick), bottom, { stroke: "#ddd" }));
    body.push(label(x(tick), bottom + 16, String(tick), { "text-anchor": "middle" }));
  }
  if (reference !== undefined) body.push(line(x(reference), top, x(reference), bottom, { "stroke-dasharray": "4 3" }));
  for (const [i, { value, low, high }] of rows.entries()) {
    const y = top + i * rowHeight + rowHeight / 2;
    body.push(label(left - 12, y + 4, names[i], { "text-anchor": "end" }));
    if (low !== undefined && high !== undefined) {
      body.push(line(clamp(low), y, clamp(high), y, { "stroke-width": 2 }));
      for (const end of [low, high]) body.push(line(clamp(end), y - 4, clamp(end), y + 4));
    }
    body.push(tag("circle", { cx: clamp(value), cy: y, r: 4.5, fill: "#0072B2", stroke: "#111" }));
    body.push(label(right, y + 4, values[i]), label(countsAt, y + 4, counts[i]));
  }
  body.push(line(left, bottom, left + plotWidth, bottom));
  body.push(label(left + plotWidth / 2, bottom + 34, axis, { "text-anchor": "middle" }));
  return picture(width, bottom + 46, title, body);
}
