/** The position of a score among others: percentiles, and an image of the distribution. */
import { PolyclinicError } from "../../base/errors.ts";

/**
 * Percentile ranks, 0 to 100: the percentage of the reference below a value, ties counted half.
 *
 * @param reference scores to compare with. Default: `values` themselves. NaN is left out, and NaN values have NaN ranks.
 * @throws PolyclinicError `genomes/percentiles` when the reference has no score.
 */
export function percentileRanks(values: readonly number[], reference: readonly number[] = values): number[] {
  const sorted = reference.filter((value) => !Number.isNaN(value)).sort((x, y) => x - y);
  if (sorted.length === 0)
    throw new PolyclinicError("genomes/percentiles", "the reference population contains no scores", {
      expected: "at least one sample with a score",
    });
  return values.map((value) =>
    Number.isNaN(value) ? Number.NaN : (50 * (below(sorted, value) + belowOrEqual(sorted, value))) / sorted.length,
  );
}

function below(sorted: readonly number[], value: number): number {
  return bound(sorted, (other) => other < value);
}

function belowOrEqual(sorted: readonly number[], value: number): number {
  return bound(sorted, (other) => other <= value);
}

function bound(sorted: readonly number[], test: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(sorted[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Text and size (pixels) of a drawn score distribution. */
export interface DistributionOptions {
  title: string;
  /** People marked by a line with their percentile. */
  marked?: readonly { label: string; value: number }[];
  width?: number;
  height?: number;
}

const bins = 40;

/** A histogram as an SVG document: the cohort in grey, marked people as lines. */
export function distributionSvg(
  values: readonly number[],
  { title, marked = [], width = 640, height = 320 }: DistributionOptions,
): string {
  const known = values.filter((value) => !Number.isNaN(value));
  const ranks = percentileRanks(
    marked.map(({ value }) => value),
    known,
  );
  const all = [...known, ...marked.map(({ value }) => value)];
  const low = Math.min(...all);
  const span = Math.max(...all) - low || 1;
  const counts = new Array<number>(bins).fill(0);
  for (const value of known) counts[Math.min(bins - 1, Math.floor(((value - low) / span) * bins))]++;
  const most = Math.max(...counts);
  const [left, top, bottom] = [16, 44 + 16 * marked.length, height - 34];
  const inner = width - 2 * left;
  const x = (value: number) => left + ((value - low) / span) * inner;
  const parts = counts.map((count, i) => {
    const tall = (count / most) * (bottom - top);
    return `<rect x="${fixed(left + (i * inner) / bins)}" y="${fixed(bottom - tall)}" width="${fixed(inner / bins - 1)}" height="${fixed(tall)}" fill="#9aa7b5"/>`;
  });
  marked.forEach(({ label, value }, i) => {
    const y = 40 + 16 * i;
    const atEnd = x(value) > width / 2;
    parts.push(
      `<line x1="${fixed(x(value))}" y1="${y}" x2="${fixed(x(value))}" y2="${bottom}" stroke="#b3261e" stroke-width="1.5"/>`,
      `<text x="${fixed(x(value) + (atEnd ? -6 : 6))}" y="${y + 10}" font-size="12" text-anchor="${atEnd ? "end" : "start"}" fill="#b3261e">${escaped(label)}: ${ordinal(ranks[i])} percentile</text>`,
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif">
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="${left}" y="24" font-size="15" fill="#1a1a1a">${escaped(title)}</text>
${parts.join("\n")}
<line x1="${left}" y1="${bottom}" x2="${width - left}" y2="${bottom}" stroke="#1a1a1a"/>
<text x="${left}" y="${bottom + 16}" font-size="11" fill="#444">${low.toPrecision(4)}</text>
<text x="${width - left}" y="${bottom + 16}" font-size="11" text-anchor="end" fill="#444">${(low + span).toPrecision(4)}</text>
<text x="${width / 2}" y="${bottom + 28}" font-size="11" text-anchor="middle" fill="#444">score of ${known.length} people; a rank in this cohort, not a risk</text>
</svg>
`;
}

function ordinal(rank: number): string {
  const whole = Math.round(rank);
  const tens = whole % 100;
  const ending = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][whole % 10] ?? "th");
  return `${whole}${ending}`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]!);
}
