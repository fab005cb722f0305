/**
 * The contact sheet: exactly the images that the model gets, in reading order with their labels, and the text around
 * them.
 */
import { createCanvas, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import { drawable } from "../../base/printable.ts";
import { resizeToSquare } from "../../imaging/resize/index.ts";
import type { Image } from "../../imaging/types.ts";
import type { PromptText } from "../../prompts/index.ts";
import type { Layout } from "../../task/layout.ts";
import { seenInWords } from "../../task/result.ts";
import { font, lineHeight, wrap, writeWords } from "../lettering.ts";

const titleSize = 18;
const wordsSize = 14;
const captionSize = 12;
const margin = 16;
const gap = 8;
const caption = 18;
const maxWidth = 1800;

/** Maximum number of characters shown per text. */
const shownCharacters = 600;

/**
 * @returns a PNG. If there are many images they are drawn smaller than the model's input; aspect ratio and order are
 * kept.
 */
export function contactSheet(layout: Layout, prompt: PromptText): Buffer {
  const { images, items, saw, study } = layout;
  const names = study.parts.map((part) => part.label);
  const words = { ...prompt, title: titleOf(layout, names) };
  const texts = items.flatMap((item) => (item.kind === "text" ? [shortText(item.text)] : []));
  const count = images.length;
  const tile = Math.min(
    images[0]?.image.width ?? 0,
    count <= 2 ? 720 : count <= 6 ? 448 : count <= 24 ? 288 : count <= 150 ? 168 : 96,
  );
  const columns = Math.max(1, Math.min(count, Math.floor((maxWidth - 2 * margin + gap) / (tile + gap))));
  const rows = Math.ceil(count / columns);
  const width = Math.max(760, 2 * margin + columns * (tile + gap) - gap);

  const wordsWidth = width - 2 * margin;
  const below = [...texts, words.after, ...saw.leftOut.map((line) => `Not shown: ${line}`)].join("\n");
  const head = { lines: wrap(words.title, titleSize, wordsWidth), size: titleSize, color: "#ffffff" };
  const before = {
    lines: words.before === undefined ? [] : wrap(words.before, wordsSize, wordsWidth),
    size: wordsSize,
    color: "#9fc7ff",
  };
  const after = { lines: wrap(below, wordsSize, wordsWidth), size: wordsSize, color: "#9fc7ff" };
  const heightOf = ({ lines, size }: { lines: readonly string[]; size: number }) => lines.length * lineHeight(size);
  const top = margin + heightOf(head) + heightOf(before) + gap;
  const height = top + rows * (tile + caption + gap) + heightOf(after) + margin;

  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = "#17191c";
  context.fillRect(0, 0, width, height);
  writeWords(context, before, margin, writeWords(context, head, margin, margin));
  images.forEach(({ image, label, part, index }, i) => {
    const x = margin + (i % columns) * (tile + gap);
    const y = top + Math.floor(i / columns) * (tile + caption + gap);
    drawImage(context, image, x, y, tile);
    const name = names.length === 1 ? "" : names[part];
    const place = [name, index === undefined ? "" : `#${index}`].filter(Boolean).join(" ");
    const text = drawable([label, place].filter(Boolean).join("  ")).slice(0, shownCharacters);
    const line = shortened(context, text, captionSize, tile);
    writeWords(context, { lines: [line], size: captionSize, color: "#d8d8d8" }, x, y + tile + 2);
  });
  writeWords(context, after, margin, height - margin - heightOf(after));
  return canvas.toBuffer("image/png");
}

function titleOf({ images, saw }: Layout, names: readonly string[]): string {
  const shown = names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
  const [first] = images;
  const size = first === undefined ? seenInWords(saw) : `${images.length} x ${first.image.width} pixels`;
  return `${shown} (${saw.recipe}: ${size})`;
}

const shortText = (text: string) =>
  text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}… (${text.length} characters)`;

/** Reduced before drawing: a canvas keeps images that it scales in full size until the sheet is written. */
function drawImage(context: SKRSContext2D, image: Image, x: number, y: number, tile: number): void {
  const { data } = resizeToSquare(image, tile);
  const pixels = new ImageData(tile, tile);
  for (let i = 0, o = 0; i < data.length; i += 3, o += 4) {
    pixels.data.set(data.subarray(i, i + 3), o);
    pixels.data[o + 3] = 255;
  }
  context.putImageData(pixels, x, y);
}

/** One line, truncated before it overlaps the next image's. */
function shortened(context: SKRSContext2D, text: string, size: number, width: number): string {
  context.font = font(size);
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}
