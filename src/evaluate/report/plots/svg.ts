/**
 * Small charts as SVG, without a library: dark marks on white, distinguished by shape, dash and hatching as well as by
 * colour (Okabe and Ito's palette), so that they are readable in greyscale and with colour blindness. Text has its own
 * rows and never overlaps marks.
 */
export const palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444"] as const;
export const dashes = ["", "6 3", "2 3", "8 3 2 3"] as const;
export const greys = ["#111111", "#555555", "#888888", "#bbbbbb", "#e2e2e2"] as const;

export const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

/**
 * Upper estimate of a text's width in pixels: there is no font to measure with, so the widths of DejaVu Sans are used,
 * the widest common fallback.
 */
export function textWidth(text: string, size = 12): number {
  let ems = 0;
  for (const letter of text)
    ems += /[iljI.,:;|!'()[\]ftr \u2026]/.test(letter)
      ? 0.42
      : /[mwMW@%]/.test(letter)
        ? 1
        : /[A-Z]/.test(letter)
          ? 0.74
          : 0.65;
  return Math.ceil(ems * size);
}

/** Width of a picture's title: bold, 13 pixels. */
export const titleWidth = (text: string): number => Math.ceil(textWidth(text, 13) * 1.12) + 24;

/** Truncates in the middle, because similar names usually differ at their ends. */
export function shortened(text: string, most = 44): string {
  const letters = [...text];
  if (letters.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${letters.slice(0, head).join("").trimEnd()}\u2026${letters
    .slice(letters.length - (most - 1 - head))
    .join("")
    .trimStart()}`;
}

const round = (value: number) => Math.round(value * 100) / 100;

type Attributes = Readonly<Record<string, string | number | undefined>>;

export function tag(name: string, attributes: Attributes, content = ""): string {
  const attributeText = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? round(value) : escaped(value as string)}"`)
    .join("");
  return content === "" ? `<${name}${attributeText}/>` : `<${name}${attributeText}>${content}</${name}>`;
}

export const line = (x1: number, y1: number, x2: number, y2: number, more: Attributes = {}) =>
  tag("line", { x1, y1, x2, y2, stroke: "#222", "stroke-width": 1, ...more });

export function label(x: number, y: number, text: string, more: Attributes = {}): string {
  return tag(
    "text",
    { x, y, "font-size": 12, "font-family": "Helvetica, Arial, sans-serif", fill: "#111", ...more },
    escaped(text),
  );
}

/** A complete SVG; its title is also its accessible name. */
export function picture(least: number, height: number, title: string, body: readonly string[]): string {
  const width = Math.max(least, titleWidth(title));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" width="${Math.ceil(width)}" height="${Math.ceil(height)}" role="img" aria-label="${escaped(title)}">` +
    `<title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/>${body.join("")}</svg>`
  );
}

/** A linear scale from data to pixels. */
export const scale = (from: readonly [number, number], to: readonly [number, number]) => (value: number) =>
  to[0] + ((value - from[0]) / (from[1] - from[0])) * (to[1] - to[0]);

/** Four to six rounded steps. */
export function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? power * 10;
  const first = Math.ceil(low / step - 1e-9) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, i) =>
    Number((first + i * step).toPrecision(12)),
  );
}
