/** A result as one image: boxes on the source images, key slices of volumes, the answer, the model, and the notice. */
import { type Canvas, createCanvas, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import { drawable } from "../base/printable.ts";
import type { Image } from "../imaging/types.ts";
import type { Study } from "../study/types.ts";
import type { TaskResult } from "../task/result.ts";
import { describeResult } from "./describe.ts";
import { font, lineHeight, type Words, wrap, writeWords } from "./lettering.ts";
import { type Panel, panelsOf } from "./panels.ts";
import { statementsOf } from "./statements.ts";

/** Colours that colour-blind readers can distinguish on grey and on stained tissue (Okabe and Ito 2008, without black and blue). */
const boxColors = ["#F0E442", "#56B4E9", "#E69F00", "#CC79A7", "#009E73", "#D55E00"];

const margin = 20;
const gap = 12;
const captionSize = 13;

/** @returns a PNG. The same result and study give the same bytes on the same machine. */
export async function toOverlay(result: TaskResult, study: Study): Promise<Uint8Array> {
  const panels = await panelsOf(result, study);
  const side = panels.length <= 1 ? 900 : panels.length === 2 ? 640 : panels.length <= 6 ? 420 : 300;
  const columns = Math.max(1, Math.min(panels.length, side >= 640 ? 2 : side >= 420 ? 3 : 4));
  const sizes = panels.map((panel) => fitted(panel, side));
  const rows = Array.from({ length: Math.ceil(panels.length / columns) }, (_, row) =>
    Math.max(...sizes.slice(row * columns, (row + 1) * columns).map(({ height }) => height)),
  );
  const columnWidth = Math.max(0, ...sizes.map(({ width }) => width));
  const width = Math.max(720, 2 * margin + columns * columnWidth + (columns - 1) * gap);
  const words = wordsOf(result, width - 2 * margin);
  const captionHeight = lineHeight(captionSize) + 4;
  const panelsHeight = rows.reduce((sum, height) => sum + height + captionHeight + gap, 0);
  const wordsHeight = words.reduce((sum, { lines, size }) => sum + lines.length * lineHeight(size) + 6, 0);

  const canvas = createCanvas(width, margin + panelsHeight + wordsHeight + margin);
  const context = canvas.getContext("2d");
  context.fillStyle = "#15171a";
  context.fillRect(0, 0, canvas.width, canvas.height);
  const colors = colorsOf(panels);
  let y = margin;
  rows.forEach((height, row) => {
    for (let column = 0; column < columns; column++) {
      const i = row * columns + column;
      if (i >= panels.length) break;
      const x = margin + column * (columnWidth + gap);
      drawPanel(context, panels[i], x, y, sizes[i], colors);
      const caption = wrap(panels[i].caption, captionSize, columnWidth)[0];
      writeWords(context, { lines: [caption], size: captionSize, color: "#b9c0c8" }, x, y + height + 4);
    }
    y += height + captionHeight + gap;
  });
  for (const one of words) y = writeWords(context, one, margin, y) + 6;
  return new Uint8Array(await canvas.encode("png"));
}

/** Maximum number of characters of a paragraph; the other exports contain the whole answer. */
const shownCharacters = 4000;

const shortened = (text: string) =>
  text.length <= shownCharacters
    ? text
    : `${text.slice(0, shownCharacters)}… (${text.length - shownCharacters} more characters are not drawn)`;

function wordsOf(result: TaskResult, width: number): Words[] {
  const { notice, cautions, model, saw, parse, rawText } = describeResult(result);
  const { summary, findings, impression } = statementsOf(result);
  // The summary holds only the impression, so add the findings.
  const body = impression === undefined ? [] : findings.map(({ text }) => `- ${text}`);
  const words = (text: string, size: number, color: string, weight?: "bold"): Words => ({
    lines: wrap(shortened(text), size, width, weight),
    size,
    color,
    weight,
  });
  return [
    // Cautions come before the answer, so that they are read first.
    ...(cautions.length > 0 ? [words(cautions.join("\n"), 14, "#ffb454", "bold")] : []),
    words(summary, 19, "#ffffff", "bold"),
    ...(body.length > 0 ? [words(body.join("\n"), 15, "#e4e7ea")] : []),
    ...(rawText ? [words(`The model wrote: ${rawText.slice(0, 600)}`, 14, "#e4e7ea")] : []),
    words(notice, 14, "#ffb454", "bold"),
    words([model, ...saw, parse].join("\n"), 12, "#98a1ab"),
  ];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The largest size that fits a square of `side` pixels at the physical aspect ratio. */
function fitted({ image, aspect }: Panel, side: number): Size {
  const scale = Math.min(side / image.width, side / (image.height * aspect));
  return { width: Math.round(image.width * scale), height: Math.round(image.height * aspect * scale) };
}

function colorsOf(panels: readonly Panel[]): Map<string, string> {
  const labels = [...new Set(panels.flatMap(({ boxes }) => boxes.map(({ label }) => label)))];
  return new Map(labels.map((label, i) => [label, boxColors[i % boxColors.length]]));
}

function drawPanel(
  context: SKRSContext2D,
  { image, boxes }: Panel,
  x: number,
  y: number,
  { width, height }: Size,
  colors: ReadonlyMap<string, string>,
): void {
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(canvasOf(image), x, y, width, height);
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  const [sx, sy] = [width / image.width, height / image.height];
  for (const { label, box } of boxes) {
    const color = colors.get(label)!;
    const [left, top] = [x + box.x0 * sx, y + box.y0 * sy];
    const [boxWidth, boxHeight] = [(box.x1 - box.x0) * sx, (box.y1 - box.y0) * sy];
    context.lineWidth = 5;
    context.strokeStyle = "rgba(0, 0, 0, 0.65)";
    context.strokeRect(left, top, boxWidth, boxHeight);
    context.lineWidth = 2.5;
    context.strokeStyle = color;
    context.strokeRect(left, top, boxWidth, boxHeight);
    tag(context, drawable(label.slice(0, shownLabel)), left, top, color, { left: x, top: y, right: x + width });
  }
  context.restore();
}

/** Maximum number of characters of a label beside its box. */
const shownLabel = 120;

/** The label above its box, or inside it if it does not fit above. */
function tag(
  context: SKRSContext2D,
  label: string,
  left: number,
  top: number,
  color: string,
  panel: { left: number; top: number; right: number },
): void {
  const size = 15;
  context.font = font(size, "bold");
  const width = context.measureText(label).width + 10;
  const height = lineHeight(size) + 2;
  const x = Math.max(panel.left, Math.min(left - 1, panel.right - width));
  const y = top - height >= panel.top ? top - height : top;
  context.fillStyle = color;
  context.fillRect(x, y, width, height);
  writeWords(context, { lines: [label], size, weight: "bold", color: "#101214" }, x + 5, y + 3);
}

function canvasOf({ width, height, channels, data }: Image): Canvas {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 0, o = 0; o < rgba.length; i += channels, o += 4) {
    rgba[o] = data[i];
    rgba[o + 1] = channels === 1 ? data[i] : data[i + 1];
    rgba[o + 2] = channels === 1 ? data[i] : data[i + 2];
    rgba[o + 3] = channels === 4 ? data[i + 3] : 255;
  }
  const canvas = createCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}
