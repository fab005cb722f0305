/** The contact sheet: exactly the images the model gets, in reading order with their labels, and the words around them. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createCanvas, GlobalFonts, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import type { Image } from "../../imaging/types.ts";
import type { Layout } from "../../task/layout.ts";

export interface SheetWords {
  readonly title: string;
  /** Prompt text before and after the images. */
  readonly before?: string;
  readonly after: string;
}

const font = "PolyclinicSheet";
const margin = 16;
const gap = 8;
const caption = 18;
const maxWidth = 1800;

/**
 * @param names of the study's parts, said beside each image where there are several.
 * @returns a PNG. Images are shown smaller than the model gets them when there are many; each keeps its aspect and order.
 */
export function contactSheet({ images, saw }: Layout, names: readonly string[], words: SheetWords): Buffer {
  registerFont();
  const count = images.length;
  const tile = Math.min(
    images[0]?.image.width ?? 0,
    count <= 2 ? 720 : count <= 6 ? 448 : count <= 24 ? 288 : count <= 150 ? 168 : 96,
  );
  const columns = Math.max(1, Math.min(count, Math.floor((maxWidth - 2 * margin + gap) / (tile + gap))));
  const rows = Math.ceil(count / columns);
  const width = Math.max(760, 2 * margin + columns * (tile + gap) - gap);

  const measure = createCanvas(1, 1).getContext("2d");
  const head = wrap(measure, words.title, 18, width - 2 * margin);
  const before = wrap(measure, words.before ?? "", 14, width - 2 * margin);
  const after = wrap(
    measure,
    [words.after, ...saw.leftOut.map((line) => `Not shown: ${line}`)].join("\n"),
    14,
    width - 2 * margin,
  );
  const top = margin + head.length * 24 + before.length * 19 + gap;
  const height = top + rows * (tile + caption + gap) + after.length * 19 + margin;

  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = "#17191c";
  context.fillRect(0, 0, width, height);
  write(context, head, margin, margin, 18, "#ffffff");
  write(context, before, margin, margin + head.length * 24, 14, "#9fc7ff");
  images.forEach(({ image, label, part, index }, i) => {
    const x = margin + (i % columns) * (tile + gap);
    const y = top + Math.floor(i / columns) * (tile + caption + gap);
    drawImage(context, image, x, y, tile);
    const name = names.length === 1 ? "" : names[part];
    const place = [name, index === undefined ? "" : `#${index}`].filter(Boolean).join(" ");
    const text = [label, place].filter(Boolean).join("  ");
    write(context, [shortened(context, text, 12, tile)], x, y + tile + 2, 12, "#d8d8d8");
  });
  write(context, after, margin, height - margin - after.length * 19, 14, "#9fc7ff");
  return canvas.toBuffer("image/png");
}

function drawImage(context: SKRSContext2D, image: Image, x: number, y: number, tile: number): void {
  const { width, height, data, channels } = image;
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 0, o = 0; o < rgba.length; i += channels, o += 4) {
    rgba[o] = data[i];
    rgba[o + 1] = data[channels === 1 ? i : i + 1];
    rgba[o + 2] = data[channels === 1 ? i : i + 2];
    rgba[o + 3] = 255;
  }
  const whole = createCanvas(width, height);
  whole.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, x, y, tile, tile);
}

/** The sheet must have letters on machines without fonts: pdfjs-dist, a dependency, carries Liberation Sans (SIL Open Font License). */
function registerFont(): void {
  if (GlobalFonts.has(font)) return;
  const folder = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
  GlobalFonts.registerFromPath(join(folder, "standard_fonts", "LiberationSans-Regular.ttf"), font);
}

function write(
  context: SKRSContext2D,
  lines: readonly string[],
  x: number,
  y: number,
  size: number,
  color: string,
): void {
  context.font = `${size}px ${font}`;
  context.fillStyle = color;
  context.textBaseline = "top";
  for (const [i, line] of lines.entries()) context.fillText(line, x, y + i * Math.round(size * 1.36));
}

/** One line, cut where it would run into the next image's. */
function shortened(context: SKRSContext2D, text: string, size: number, width: number): string {
  context.font = `${size}px ${font}`;
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

function wrap(context: SKRSContext2D, text: string, size: number, width: number): string[] {
  context.font = `${size}px ${font}`;
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    if (paragraph === "" && text === "") continue;
    let line = "";
    for (const word of paragraph.split(" ")) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (line !== "" && context.measureText(longer).width > width) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    lines.push(line);
  }
  return lines;
}
