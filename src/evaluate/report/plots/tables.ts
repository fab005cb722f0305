/** Counts as images: a confusion matrix, stacked Likert bars, a histogram. */
import { greys, label, line, picture, scale, shortened, tag, textWidth, ticks } from "./svg.ts";

export interface Matrix {
  readonly labels: readonly string[];
  /** `[true][predicted]`, with a last column for unanswered items. */
  readonly counts: readonly (readonly number[])[];
  readonly unanswered: readonly number[];
}

export function confusionPlot({ labels, counts, unanswered }: Matrix, title: string): string {
  const names = labels.map((name) => shortened(name, 26));
  const cell = 56;
  const left = 40 + Math.max(...names.map((name) => textWidth(name))) + 12;
  const top = 70;
  const columns = [...names, "not parsed"];
  const largest = Math.max(1, ...counts.flat(), ...unanswered);
  // Long column names are slanted so that they do not overlap.
  const slant = Math.max(...columns.map((name) => textWidth(name))) > cell - 4;
  const head = slant ? Math.max(...columns.map((name) => textWidth(name))) * 0.72 + 16 : 24;
  const body = [
    label(12, 22, title, { "font-weight": "bold", "font-size": 13 }),
    label(left, 42, "answered", { fill: "#444" }),
  ];
  const y0 = top + head - 20;
  for (const [j, name] of columns.entries()) {
    const x = left + j * cell + cell / 2;
    body.push(
      label(x, y0 - 8, name, slant ? { transform: `rotate(-45 ${x} ${y0 - 8})` } : { "text-anchor": "middle" }),
    );
  }
  for (const [i, name] of names.entries()) {
    body.push(label(left - 10, y0 + i * cell + cell / 2 + 4, name, { "text-anchor": "end" }));
    for (const [j, count] of [...counts[i], unanswered[i]].entries()) {
      const shade = Math.round(255 - 175 * Math.sqrt(count / largest));
      const fill = `rgb(${shade},${shade},${Math.min(255, shade + 12)})`;
      body.push(
        tag("rect", {
          x: left + j * cell,
          y: y0 + i * cell,
          width: cell,
          height: cell,
          fill,
          stroke: "#aaa",
        }),
      );
      body.push(
        label(left + j * cell + cell / 2, y0 + i * cell + cell / 2 + 4, String(count), {
          "text-anchor": "middle",
          fill: shade < 130 ? "#fff" : "#111",
        }),
      );
    }
  }
  // Drawn after the cells, whose borders would cover half of it.
  for (let i = 0; i < names.length; i++)
    body.push(
      tag("rect", {
        x: left + i * cell,
        y: y0 + i * cell,
        width: cell,
        height: cell,
        fill: "none",
        stroke: "#111",
        "stroke-width": 2,
      }),
    );
  const bottom = y0 + names.length * cell;
  body.push(
    label(16, (y0 + bottom) / 2, "true", {
      "text-anchor": "middle",
      fill: "#444",
      transform: `rotate(-90 16 ${(y0 + bottom) / 2})`,
    }),
  );
  const reach = columns.map((name, j) => left + (j + 0.5) * cell + (slant ? textWidth(name) * 0.72 : cell / 2));
  return picture(Math.max(left + columns.length * cell, ...reach) + 12, bottom + 16, title, body);
}

export interface LikertRow {
  readonly name: string;
  /** By option, in the options' order. */
  readonly counts: readonly number[];
}

export function likertPlot(rows: readonly LikertRow[], options: readonly string[], title: string): string {
  const names = rows.map(({ name }) => shortened(name, 40));
  const left = 12 + Math.max(...names.map((name) => textWidth(name))) + 12;
  const width = 400;
  const legend: string[] = [];
  let [lx, ly] = [12, 44];
  for (const [i, option] of options.entries()) {
    const text = shortened(option, 48);
    const need = 22 + textWidth(text) + 14;
    if (lx + need > left + width + 60 && lx > 12) [lx, ly] = [12, ly + 20];
    legend.push(
      tag("rect", { x: lx, y: ly - 10, width: 14, height: 12, fill: shadeOf(i, options.length), stroke: "#111" }),
      label(lx + 20, ly, text),
    );
    lx += need;
  }
  const top = ly + 20;
  const body = [label(12, 22, title, { "font-weight": "bold", "font-size": 13 }), ...legend];
  for (const [i, { counts }] of rows.entries()) {
    const y = top + i * 28;
    const total = counts.reduce((a, b) => a + b, 0);
    body.push(label(left - 10, y + 15, names[i], { "text-anchor": "end" }));
    let x = left;
    for (const [j, count] of counts.entries()) {
      if (count === 0) continue;
      const wide = (count / total) * width;
      const fill = shadeOf(j, options.length);
      body.push(tag("rect", { x, y, width: wide, height: 20, fill, stroke: "#111", "stroke-width": 0.7 }));
      const text = `${Math.round((count / total) * 100)} %`;
      if (wide > textWidth(text) + 4)
        body.push(
          label(x + wide / 2, y + 14, text, {
            "text-anchor": "middle",
            fill: isDark(j, options.length) ? "#fff" : "#111",
            "font-size": 11,
          }),
        );
      x += wide;
    }
    body.push(label(left + width + 10, y + 15, `n ${total}`));
  }
  return picture(left + width + 70, top + rows.length * 28 + 10, title, body);
}

const place = (i: number, n: number) => Math.round((i / Math.max(1, n - 1)) * (greys.length - 1));
const shadeOf = (i: number, n: number) => greys[place(i, n)];
const isDark = (i: number, n: number) => place(i, n) < 2;

export function histogramPlot(values: readonly number[], title: string, axis: string): string {
  const bins = Array.from({ length: 10 }, () => 0);
  for (const value of values) bins[Math.min(9, Math.floor(value * 10))]++;
  const largest = Math.max(1, ...bins);
  const [left, top, width, height] = [56, 40, 360, 180];
  const y = scale([0, largest], [top + height, top]);
  const body = [label(12, 22, title, { "font-weight": "bold", "font-size": 13 })];
  for (const tick of ticks(0, largest).filter(Number.isInteger)) {
    body.push(
      line(left, y(tick), left + width, y(tick), { stroke: "#e4e4e4" }),
      label(left - 8, y(tick) + 4, String(tick), { "text-anchor": "end" }),
    );
  }
  for (const [i, count] of bins.entries())
    body.push(
      tag("rect", {
        x: left + i * (width / 10),
        y: y(count),
        width: width / 10,
        height: top + height - y(count),
        fill: "#56B4E9",
        stroke: "#111",
      }),
    );
  for (let i = 0; i <= 10; i += 2)
    body.push(label(left + i * (width / 10), top + height + 16, (i / 10).toFixed(1), { "text-anchor": "middle" }));
  body.push(
    line(left, top + height, left + width, top + height),
    label(left + width / 2, top + height + 36, axis, { "text-anchor": "middle" }),
  );
  return picture(left + width + 24, top + height + 48, title, body);
}
