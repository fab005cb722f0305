/** Renders lines on A4 pages; every page carries the notice. */
import { createCanvas, PDFDocument } from "@napi-rs/canvas";
import type { Line } from "./report-text.ts";

const [width, height, margin] = [595, 842, 56];
const fonts = "Helvetica, 'Liberation Sans', 'DejaVu Sans', Arial, sans-serif";
const styles = {
  title: { font: `600 18px ${fonts}`, step: 26, colour: "#142026" },
  heading: { font: `600 11px ${fonts}`, step: 18, colour: "#46545b" },
  body: { font: `400 11px ${fonts}`, step: 16, colour: "#142026" },
  small: { font: `400 8px ${fonts}`, step: 11, colour: "#46545b" },
  notice: { font: `600 9px ${fonts}`, step: 12, colour: "#a72a1d" },
} as const;

/** @returns a PDF file. */
export function reportPdf(lines: readonly Line[]): Uint8Array {
  const measure = createCanvas(1, 1).getContext("2d");
  const document = new PDFDocument({ title: "Report", creator: "Polyclinic" });
  const notice = lines.find(({ style }) => style === "notice")?.text ?? "";
  let page = document.beginPage(width, height);
  let y = margin;
  let number = 1;
  const foot = () => {
    page.font = styles.small.font;
    page.fillStyle = styles.notice.colour;
    page.fillText(`${notice.split(".")[0]}. Not a medical device.`, margin, height - 30);
    page.fillStyle = styles.small.colour;
    page.fillText(String(number), width - margin, height - 30);
  };
  for (const { text, style } of lines) {
    const { font, step, colour } = styles[style];
    measure.font = font;
    for (const line of wrapped(text, (words) => measure.measureText(words).width)) {
      if (y + step > height - margin) {
        foot();
        document.endPage();
        page = document.beginPage(width, height);
        number++;
        y = margin;
      }
      y += step;
      page.font = font;
      page.fillStyle = colour;
      page.fillText(line, margin, y);
    }
  }
  foot();
  document.endPage();
  return new Uint8Array(document.close());
}

function wrapped(text: string, widthOf: (words: string) => number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > width - 2 * margin) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
