/** An ECG in the standard printed layout: 25 mm/s, 10 mm/mV, on millimetre paper; twelve leads in three rows of four and lead II below. */
import { PolyclinicError } from "../base/errors.ts";
import type { Channel, Recording } from "./types.ts";

/** Section, size and title of a drawn ECG. */
export interface PaperOptions {
  /** Start in seconds from the beginning of the recording. */
  start?: number;
  /** Pixels per millimetre. */
  scale?: number;
  title?: string;
}

const [millimetresPerSecond, millimetresPerMillivolt] = [25, 10];
const columns = [
  ["I", "II", "III"],
  ["aVR", "aVL", "aVF"],
  ["V1", "V2", "V3"],
  ["V4", "V5", "V6"],
];
const columnSeconds = 2.5;
const rowMillimetres = 30;
const [left, top] = [8, 12];

/**
 * @returns an SVG document. Recordings without the twelve leads are drawn one channel per row.
 * @throws PolyclinicError `signals/paper` when the recording ends before `start`.
 */
export function ecgPaper(recording: Recording, { start = 0, scale = 4, title }: PaperOptions = {}): string {
  const first = Math.round(start * recording.rate);
  if (first >= recording.length || recording.channels.length === 0)
    throw new PolyclinicError("signals/paper", "there are no samples to draw", {
      where: recording.where,
      expected: `a start time below ${(recording.length / recording.rate).toFixed(1)} s, the length of the recording`,
      found: `${start} s`,
    });
  const byName = new Map(recording.channels.map((channel) => [channel.name, channel]));
  const standard = columns.flat().every((lead) => byName.has(lead));
  const seconds = columnSeconds * columns.length;
  const strips: { channel: Channel; row: number; from: number; to: number }[] = [];
  if (standard) {
    columns.forEach((leads, column) => {
      leads.forEach((lead, row) => {
        strips.push({
          channel: byName.get(lead)!,
          row,
          from: column * columnSeconds,
          to: (column + 1) * columnSeconds,
        });
      });
    });
    strips.push({ channel: byName.get("II")!, row: 3, from: 0, to: seconds });
  } else
    recording.channels.forEach((channel, row) => {
      strips.push({ channel, row, from: 0, to: seconds });
    });
  const rows = Math.max(...strips.map((strip) => strip.row)) + 1;
  const [width, height] = [2 * left + seconds * millimetresPerSecond, top + rows * rowMillimetres + 10];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width * scale}" height="${height * scale}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#fffaf8"/>`,
    grid(width, height),
  ];
  for (const { channel, row, from, to } of strips) {
    const middle = top + (row + 0.5) * rowMillimetres;
    const x = left + from * millimetresPerSecond;
    parts.push(
      `<path d="${trace(channel, recording.rate, first, from, to, x, middle)}" fill="none" stroke="#111" stroke-width="0.3" stroke-linejoin="round"/>`,
      `<text x="${x + 1}" y="${middle - 10}" font-size="3.4" fill="#111">${escaped(channel.name)}${channel.unit === "mV" ? "" : ` (${escaped(channel.unit || "no unit")}, not millivolt)`}</text>`,
    );
    if (from > 0)
      parts.push(`<line x1="${x}" y1="${middle - 6}" x2="${x}" y2="${middle - 2}" stroke="#111" stroke-width="0.25"/>`);
  }
  const calibration = top + (rows - 0.5) * rowMillimetres;
  parts.push(
    `<path d="M1.5 ${calibration}h1v-${millimetresPerMillivolt}h4v${millimetresPerMillivolt}h1" fill="none" stroke="#111" stroke-width="0.3"/>`,
    `<text x="${left}" y="7" font-size="4" fill="#111">${escaped(title ?? "")}</text>`,
    `<text x="${left}" y="${height - 3}" font-size="3.2" fill="#111">${millimetresPerSecond} mm/s   ${millimetresPerMillivolt} mm/mV   ${recording.rate} samples/s   from ${start} s   not for clinical use</text>`,
  );
  recording.cautions.slice(0, 2).forEach((caution, i) => {
    parts.push(
      `<text x="${width - left}" y="${5 + 4 * i}" font-size="3.2" text-anchor="end" fill="#b3261e">${escaped(caution)}</text>`,
    );
  });
  return `${parts.join("\n")}\n</svg>\n`;
}

function grid(width: number, height: number): string {
  const lines = (step: number) => {
    let path = "";
    for (let x = 0; x <= width; x += step) path += `M${x} 0V${height}`;
    for (let y = 0; y <= height; y += step) path += `M0 ${y}H${width}`;
    return path;
  };
  return `<path d="${lines(1)}" stroke="#f3c9c0" stroke-width="0.08"/><path d="${lines(5)}" stroke="#e59a8b" stroke-width="0.18"/>`;
}

function trace(
  channel: Channel,
  rate: number,
  first: number,
  from: number,
  to: number,
  x: number,
  middle: number,
): string {
  const [begin, end] = [
    first + Math.round(from * rate),
    Math.min(channel.samples.length, first + Math.round(to * rate)),
  ];
  let path = "";
  let pen = false;
  for (let i = begin; i < end; i++) {
    const value = channel.samples[i];
    if (Number.isNaN(value)) {
      // Missing samples interrupt the line.
      pen = false;
      continue;
    }
    const px = x + ((i - begin) / rate) * millimetresPerSecond;
    // Not clipped to the row: tall waves overlap the next row, as on paper, instead of looking flat.
    const py = middle - value * millimetresPerMillivolt;
    path += `${pen ? "L" : "M"}${px.toFixed(2)} ${py.toFixed(2)}`;
    pen = true;
  }
  return path;
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]!);
}
