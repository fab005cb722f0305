/** Line plots in the unit square or another range: ROC with its band, risk and coverage, calibration, top-k. */
import { dashes, label, line, palette, picture, scale, shortened, tag, textWidth, ticks } from "./svg.ts";

export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly marks?: boolean;
  /** Intervals of y: at the points, drawn as bars; or at the given x, drawn as an area. */
  readonly band?: { readonly x?: readonly number[]; readonly low: readonly number[]; readonly high: readonly number[] };
}

export interface CurveOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  /** Default: rounded steps. */
  readonly xTicks?: readonly number[];
  readonly diagonal?: boolean;
  /** Sides of the square, pixels. Default 300. */
  readonly side?: number;
  /** Position of the legend: `right` (default), or `below` for panels side by side. */
  readonly legend?: "right" | "below";
}

export function curvePlot(
  curves: readonly Curve[],
  {
    title,
    x: xName,
    y: yName,
    xRange = [0, 1],
    xTicks = ticks(...xRange),
    yRange = [0, 1],
    diagonal,
    side = 300,
    legend = "right",
  }: CurveOptions,
): string {
  const [left, top] = [64, 40];
  const x = scale(xRange, [left, left + side]);
  const y = scale(yRange, [top + side, top]);
  const body = [label(12, 22, title, { "font-weight": "bold", "font-size": 13 })];
  for (const tick of xTicks) {
    body.push(line(x(tick), top, x(tick), top + side, { stroke: "#e4e4e4" }));
    body.push(label(x(tick), top + side + 16, String(tick), { "text-anchor": "middle" }));
  }
  for (const tick of ticks(...yRange)) {
    body.push(line(left, y(tick), left + side, y(tick), { stroke: "#e4e4e4" }));
    body.push(label(left - 8, y(tick) + 4, String(tick), { "text-anchor": "end" }));
  }
  body.push(tag("rect", { x: left, y: top, width: side, height: side, fill: "none", stroke: "#222" }));
  if (diagonal)
    body.push(
      line(x(xRange[0]), y(yRange[0]), x(xRange[1]), y(yRange[1]), { stroke: "#999", "stroke-dasharray": "4 3" }),
    );
  for (const [i, { points, marks, band }] of curves.entries()) {
    const colour = palette[i % palette.length];
    const places = band?.x ?? points.map(([px]) => px);
    if (band !== undefined && places.length > 1) {
      const over = places.map((px, at) => `${x(px).toFixed(1)},${y(band.high[at]).toFixed(1)}`);
      const under = places.map((px, at) => `${x(px).toFixed(1)},${y(band.low[at]).toFixed(1)}`).reverse();
      body.push(tag("polygon", { points: [...over, ...under].join(" "), fill: colour, "fill-opacity": 0.15 }));
    }
    const path = points.map(([px, py], at) => {
      const [cx, cy] = [x(px).toFixed(1), y(py).toFixed(1)];
      return `${at === 0 ? "M" : "L"}${cx} ${cy}`;
    });
    body.push(
      tag("path", {
        d: path.join(""),
        fill: "none",
        stroke: colour,
        "stroke-width": 2,
        "stroke-dasharray": dashes[i % dashes.length] || undefined,
      }),
    );
    if (marks)
      for (const [at, [px, py]] of points.entries()) {
        if (band !== undefined && band.x === undefined)
          body.push(line(x(px), y(band.low[at]), x(px), y(band.high[at]), { stroke: colour }));
        body.push(tag("circle", { cx: x(px), cy: y(py), r: 3.5, fill: "#fff", stroke: colour, "stroke-width": 2 }));
      }
  }
  body.push(label(left + side / 2, top + side + 36, xName, { "text-anchor": "middle" }));
  body.push(
    label(16, top + side / 2, yName, { "text-anchor": "middle", transform: `rotate(-90 16 ${top + side / 2})` }),
  );
  const names = curves.map(({ name }) => shortened(name, 44));
  const below = legend === "below";
  const legendAt = below ? 12 : left + side + 20;
  const legendTop = below ? top + side + 56 : top + 12;
  for (const [i, name] of names.entries()) {
    const at = legendTop + i * 22;
    body.push(
      line(legendAt, at, legendAt + 28, at, {
        stroke: palette[i % palette.length],
        "stroke-width": 2,
        "stroke-dasharray": dashes[i % dashes.length] || undefined,
      }),
    );
    body.push(label(legendAt + 36, at + 4, name));
  }
  const named = legendAt + 36 + Math.max(40, ...names.map((name) => textWidth(name))) + 12;
  return picture(
    Math.max(named, left + side + 24),
    Math.max(top + side + 48, legendTop + names.length * 22),
    title,
    body,
  );
}
