/** The learning curve of a run as one SVG: smoothed training loss and the validation metrics over steps. */
import { writeWhole } from "../../base/files.ts";
import type { LogRecord, StepRecord, ValidationRecord } from "./log.ts";

const width = 860;
const height = 320;
const margin = { left: 56, right: 190, top: 28, bottom: 40 };
const colours = ["#0b6e4f", "#c8553d", "#3d5a80", "#8f5bbd", "#9a8c00", "#4f772d", "#b0578d"];

/** The learning curve as an SVG document. */
export function curveSvg(title: string, records: readonly LogRecord[]): string {
  const steps = records.filter((record): record is StepRecord => "loss" in record);
  const validations = records.filter((record): record is ValidationRecord => "validation" in record);
  const last = Math.max(1, ...records.map(({ step }) => step));
  const smooth = smoothed(steps);
  const losses = smooth.map(([, loss]) => loss);
  const lossTop = Math.max(1e-9, ...losses);
  const names = [...new Set(validations.flatMap(({ validation }) => Object.keys(validation)))];
  const x = (step: number) => margin.left + (step / last) * (width - margin.left - margin.right);
  const y = (share: number) => height - margin.bottom - share * (height - margin.top - margin.bottom);
  const lines = [
    line(
      smooth.map(([step, loss]) => [x(step), y(loss / lossTop)]),
      "#222",
      1.2,
    ),
  ];
  const keys = [`<text x="${width - margin.right + 12}" y="${margin.top + 4}">loss (0 to ${number(lossTop)})</text>`];
  names.forEach((name, i) => {
    const points = validations.filter(({ validation }) => name in validation);
    // A metric above 1 (an error in millimetres, a loss) is drawn as a fraction of its maximum.
    const top = Math.max(1, ...points.map(({ validation }) => validation[name]));
    const colour = colours[i % colours.length];
    lines.push(
      line(
        points.map(({ step, validation }) => [x(step), y(validation[name] / top)]),
        colour,
        1.8,
      ),
    );
    const value = points.at(-1)?.validation[name] ?? Number.NaN;
    keys.push(
      `<text x="${width - margin.right + 12}" y="${margin.top + 22 + 18 * i}" fill="${colour}">${escapeXml(name)} ${number(value)}` +
        `${top > 1 ? ` (0 to ${number(top)})` : ""}</text>`,
    );
  });
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(share)}" y2="${y(share)}" stroke="#ddd"/>` +
      `<text x="${margin.left - 8}" y="${y(share) + 4}" text-anchor="end">${share}</text>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${x(share * last)}" y="${height - margin.bottom + 18}" text-anchor="middle">${Math.round(share * last)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<rect width="${width}" height="${height}" fill="white"/>
<text x="${margin.left}" y="16" font-size="13">${escapeXml(title)}</text>
${[...grid, ...ticks, ...lines, ...keys].join("\n")}
<text x="${margin.left}" y="${height - 6}">step</text>
</svg>
`;
}

/** Writes the learning curve to a file, atomically, replacing an existing one. */
export async function writeCurve(path: string, title: string, records: readonly LogRecord[]): Promise<void> {
  await writeWhole(path, curveSvg(title, records), { overwrite: true });
}

/** An exponential average over about 2 % of the run, because the loss of single batches is noisy. */
function smoothed(steps: readonly StepRecord[]): [number, number][] {
  const keep = 1 - 1 / Math.max(1, steps.length / 50);
  let mean = steps[0]?.loss ?? 0;
  return steps.map(({ step, loss }) => {
    mean = keep * mean + (1 - keep) * loss;
    return [step, mean];
  });
}

function line(points: readonly (readonly [number, number])[], colour: string, thickness: number): string {
  const path = points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ");
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${thickness}"/>`;
}

const number = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
const escapeXml = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
