/**
 * An image of a record as SVG: results as small multiples over a common time axis, medications and conditions as bars.
 * Labels have their own column, so that none covers another.
 */
import { isActive } from "../compute/active.ts";
import { nameOf, numberWords, unitWords, whenOf } from "../compute/words.ts";
import { type Concept, conceptsOf } from "../concepts/resolve.ts";
import { clockToday, isBefore, spanOf } from "../dates.ts";
import type { Fact } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { patientLine } from "../view/lines.ts";
import { fitText, textWidth, timeTicks } from "./scale.ts";

/** Size and maximum content of a drawn timeline. */
export interface TimelineOptions {
  today?: string;
  /** Pixels. Default 1200. */
  width?: number;
  /** Maximum number of result series, those with most results first. Default 16. */
  series?: number;
  /** Maximum number of rows for medications and for conditions. Default 12. */
  bars?: number;
}

const colours = {
  ink: "#1d2733",
  faint: "#5b6776",
  grid: "#dde3ea",
  band: "#e8f3ec",
  line: "#2463a8",
  outside: "#b3261e",
  medication: "#5a7fb5",
  condition: "#b58a5a",
  rule: "#c4ccd6",
};
const left = 300;
const right = 150;
const panel = 56;
const bar = 22;
const font = `font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"`;

/** The repeated measurements, medications and conditions of a record over time, as an SVG document. */
export function timelineSvg(record: HealthRecord, options: TimelineOptions = {}): string {
  const today = options.today ?? clockToday();
  const width = options.width ?? 1200;
  const concepts = conceptsOf(record);
  const series = concepts
    .map((concept) => ({ concept, points: pointsOf(concept, today) }))
    .filter(({ points }) => points.length > 1)
    .sort((a, b) => Number(isLaboratory(b.concept)) - Number(isLaboratory(a.concept)))
    .slice(0, options.series ?? 16);
  const rows = (kind: "medication" | "condition") =>
    concepts
      .filter((concept) => concept.kind === kind)
      .map((concept) => ({ concept, spans: spansOf(concept, today) }))
      .filter(({ spans }) => spans.length > 0)
      .slice(0, options.bars ?? 12);
  const medications = rows("medication");
  const conditions = rows("condition");
  const instants = [
    ...series.flatMap(({ points }) => points.map(({ at }) => at)),
    ...[...medications, ...conditions].flatMap(({ spans }) => spans.flatMap(({ from, to }) => [from, to])),
  ];
  if (instants.length === 0) instants.push(spanOf(today)!.from - 86_400_000 * 365, spanOf(today)!.from);
  const first = Math.min(...instants);
  const last = Math.max(...instants, first + 86_400_000);
  const pad = (last - first) * 0.015;
  const x = (at: number) => left + ((at - first + pad) / (last - first + 2 * pad)) * (width - left - right);

  const out: string[] = [];
  let y = 0;
  const text = (words: string, at: number, line: number, size: number, fill = colours.ink, extra = "") =>
    out.push(
      `<text x="${r(at)}" y="${r(line)}" font-size="${size}" fill="${fill}" ${extra}>${escapeXml(words)}</text>`,
    );
  text(fitText(patientLine(record, today), 16, width - 40), 20, 30, 16, colours.ink, 'font-weight="bold"');
  y = 52;
  const top = y;
  const ticks = timeTicks(first, last, Math.max(2, Math.floor((width - left - right) / 80)));
  const heading = (words: string) => {
    text(words, 20, y + 18, 13, colours.faint, 'font-weight="bold"');
    y += 28;
  };
  if (series.length > 0) {
    heading("RESULTS");
    for (const { points } of series) {
      drawSeries(out, points, x, y, width, text);
      y += panel;
    }
  }
  for (const [words, group, colour] of [
    ["MEDICATIONS", medications, colours.medication],
    ["CONDITIONS", conditions, colours.condition],
  ] as const) {
    if (group.length === 0) continue;
    y += 6;
    heading(words);
    for (const { concept, spans } of group) {
      text(fitText(concept.display, 12, left - 40), 20, y + 15, 12);
      for (const { from, to, open, possible } of spans) {
        const wide = Math.max(3, x(to) - x(from));
        const fill = possible
          ? `fill="none" stroke="${colour}" stroke-dasharray="4 3"`
          : `fill="${colour}" fill-opacity="${open ? 0.95 : 0.6}"`;
        out.push(`<rect x="${r(x(from))}" y="${r(y + 5)}" width="${r(wide)}" height="12" rx="2" ${fill}/>`);
      }
      const open = spans.some((span) => span.open);
      const possible = spans.every((span) => span.possible);
      text(
        possible ? "possible" : open ? "active" : spans.length > 1 ? `${spans.length} times` : "ended",
        width - right + 14,
        y + 15,
        11,
        open ? colours.ink : colours.faint,
      );
      y += bar;
    }
  }
  if (series.length + medications.length + conditions.length === 0)
    text("The record contains no dated series, medication or condition.", 20, (y += 30), 13, colours.faint);
  y += 8;
  const grid: string[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const at of ticks.values) {
    grid.push(`<line x1="${r(x(at))}" y1="${top}" x2="${r(x(at))}" y2="${r(y)}" stroke="${colours.grid}"/>`);
    const words = ticks.words(at);
    const half = textWidth(words, 11) / 2;
    if (x(at) - half < free || x(at) + half > width - right + 20) continue;
    text(words, x(at), y + 16, 11, colours.faint, 'text-anchor="middle"');
    free = x(at) + half + 8;
  }
  const hidden = [
    more(concepts.filter((concept) => pointsOf(concept, today).length > 1).length - series.length, "series"),
    more(concepts.filter(({ kind }) => kind === "medication").length - medications.length, "medications"),
    more(concepts.filter(({ kind }) => kind === "condition").length - conditions.length, "conditions"),
  ].filter(Boolean);
  y += 34;
  if (hidden.length > 0) text(`Not shown: ${hidden.join(", ")}.`, 20, y, 11, colours.faint);
  y += 14;
  text("Research software, not for clinical use.", 20, y, 11, colours.faint);
  const height = Math.ceil(y + 14);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${font}><rect width="100%" height="100%" fill="#ffffff"/>${grid.join("")}${out.join("")}</svg>`;
}

/** Laboratory results precede vital signs and scores. */
const isLaboratory = ({ facts }: Concept) => facts.some(({ category }) => category?.some((each) => /^lab/i.test(each)));

interface Span {
  from: number;
  to: number;
  open: boolean;
  /** Stated as possible: a diagnosis that is suspected, a drug that may be taken. Drawn as an outline. */
  possible: boolean;
}

interface Point {
  at: number;
  value: number;
  fact: Fact;
}

function pointsOf(concept: Concept, today: string): Point[] {
  if (concept.kind !== "observation") return [];
  const numeric = concept.facts.filter(({ value, assertion }) => typeof value === "number" && assertion === undefined);
  const unit = numeric.length === 0 ? undefined : unitWords(numeric[numeric.length - 1]);
  return numeric
    .filter((fact) => unitWords(fact) === unit && whenOf(fact) !== undefined && !isBefore(today, whenOf(fact)!))
    .map((fact) => ({ at: spanOf(whenOf(fact)!)!.from, value: fact.value as number, fact }))
    .sort((a, b) => a.at - b.at);
}

function spansOf(concept: Concept, today: string): Span[] {
  const now = spanOf(today)!.to;
  return concept.facts.flatMap((fact) => {
    const when = whenOf(fact);
    const { assertion = "confirmed" } = fact;
    const possible = assertion === "possible";
    if (when === undefined || isBefore(today, when) || !(possible || assertion === "confirmed")) return [];
    const from = spanOf(when)!.from;
    const open = isActive(fact, today).active;
    const end = fact.end === undefined ? undefined : spanOf(fact.end)?.to;
    return [{ from, to: open ? Math.max(now, from) : (end ?? from), open, possible }];
  });
}

function drawSeries(
  out: string[],
  points: readonly Point[],
  x: (at: number) => number,
  y: number,
  width: number,
  text: (words: string, at: number, line: number, size: number, fill?: string, extra?: string) => void,
): void {
  const values = points.map(({ value }) => value);
  const { low, high } = points[points.length - 1].fact;
  const min = Math.min(...values);
  const max = Math.max(...values);
  const range = max - min || Math.abs(max) || 1;
  // A limit beyond all values is drawn if it is near them, so that results that are all abnormal do not look unjudged.
  const near = [low, high].filter(
    (limit) => limit !== undefined && limit > min - range * 1.5 && limit < max + range * 1.5,
  );
  const [least, most] = [Math.min(min, ...(near as number[])), Math.max(max, ...(near as number[]))];
  const span = Math.max(range, most - least);
  const [bottom, ceiling] = [least - span * 0.08, most + span * 0.08];
  const inner = panel - 16;
  const scale = (value: number) =>
    y + 6 + inner - ((Math.min(ceiling, Math.max(bottom, value)) - bottom) / (ceiling - bottom)) * inner;
  const edge = width - right;
  if (low !== undefined || high !== undefined) {
    const from = scale(high ?? ceiling);
    out.push(
      `<rect x="${left}" y="${r(from)}" width="${r(edge - left)}" height="${r(Math.max(0, scale(low ?? bottom) - from))}" fill="${colours.band}"/>`,
    );
  }
  out.push(
    `<line x1="20" y1="${r(y + panel - 3)}" x2="${width - 20}" y2="${r(y + panel - 3)}" stroke="${colours.rule}" stroke-width="0.5"/>`,
  );
  out.push(
    `<polyline fill="none" stroke="${colours.line}" stroke-width="1.5" points="${points.map(({ at, value }) => `${r(x(at))},${r(scale(value))}`).join(" ")}"/>`,
  );
  for (const { at, value, fact } of points) {
    const outside = (fact.low !== undefined && value < fact.low) || (fact.high !== undefined && value > fact.high);
    out.push(
      `<circle cx="${r(x(at))}" cy="${r(scale(value))}" r="2.6" fill="${outside ? colours.outside : colours.line}"/>`,
    );
  }
  const unit = unitWords(points[points.length - 1].fact);
  text(fitText(nameOf(points[points.length - 1].fact), 12, left - 40), 20, y + 20, 12);
  text(
    fitText(
      `${unit ?? ""}${unit ? ", " : ""}${points.length} results, ${numberWords(min)} to ${numberWords(max)}`,
      11,
      left - 40,
    ),
    20,
    y + 37,
    11,
    colours.faint,
  );
  const last = points[points.length - 1];
  text(lastWords(last, unit), edge + 14, y + 22, 13, colours.ink, 'font-weight="bold"');
  text(whenOf(last.fact)!.slice(0, 10), edge + 14, y + 38, 11, colours.faint);
}

/** The latest value with its unit if both fit; a number is never truncated. */
function lastWords({ value, fact }: Point, unit: string | undefined): string {
  const number = `${fact.comparator ?? ""}${numberWords(value, fact.printedValue)}`;
  const whole = `${number} ${unit?.replace(/[{}]/g, "").replace("mm[Hg]", "mmHg") ?? ""}`.trim();
  return textWidth(whole, 13) <= right - 26 ? whole : number;
}

const more = (count: number, words: string) =>
  count > 0 ? `${count} more ${count === 1 && words !== "series" ? words.replace(/s$/, "") : words}` : "";
const r = (value: number) => Math.round(value * 10) / 10;
/** Removes control characters, most of which XML cannot represent. */
const escapeXml = (words: string) =>
  [...words]
    .filter(
      (char) => char.length === 2 || ((char >= " " || char === "\t") && !/[\ud800-\udfff\ufffe\uffff]/.test(char)),
    )
    .map((char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char] ?? char)
    .join("");
