/** The text of a PDF page with boxes in page pixels. */

/** The fields of PDF.js's text items that are used. Declared here, because its own types need the DOM library. */
interface TextItem {
  readonly str: string;
  readonly fontName: string;
  /** Six numbers, from text space to the page. */
  readonly transform: readonly number[];
  readonly width: number;
}

/** The result of PDF.js's `getTextContent`: items, including marks that are not text, and the fonts by name. */
export interface TextContent {
  readonly items: readonly (TextItem | { readonly type: string })[];
  readonly styles: Readonly<Record<string, { readonly ascent: number; readonly descent: number }>>;
}

/** A run of text and the box around it, in pixels from the page's top left. */
export interface PositionedText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Direction of the baseline in degrees clockwise, 0 to 359; 180 for upside-down text. */
  readonly angle: number;
}

type Matrix = readonly number[];

/**
 * Places each run: its transform maps text space (baseline at the origin, font size 1) to the page, the viewport's maps that to pixels.
 * Runs of blanks are dropped.
 */
export function textLayer(content: TextContent, viewport: Matrix): PositionedText[] {
  const runs: PositionedText[] = [];
  for (const item of content.items) {
    if (!("str" in item) || item.str.trim() === "") continue;
    const { ascent, descent } = content.styles[item.fontName] ?? {};
    // PDF.js returns NaN for the metrics of monospaced standard fonts.
    const rise = Number.isFinite(ascent) ? ascent : 0.8;
    runs.push({ text: item.str, ...box(item, viewport, rise, Number.isFinite(descent) ? descent : rise - 1) });
  }
  return runs;
}

function box(item: TextItem, viewport: Matrix, ascent: number, descent: number) {
  const [a, b, c, d, e, f] = multiply(viewport, item.transform as Matrix);
  const size = Math.hypot(item.transform[0], item.transform[1]) || 1;
  // `width` is already on the page's scale; in text space it is that over the font size.
  const along = item.width / size;
  const corners = [
    [0, descent],
    [along, descent],
    [0, ascent],
    [along, ascent],
  ].map(([x, y]) => [a * x + c * y + e, b * x + d * y + f]);
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const angle = (Math.round((Math.atan2(b, a) * 180) / Math.PI) + 360) % 360;
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y, angle };
}

/** The product: `n` first, then `m`, both as `[a, b, c, d, e, f]`. */
function multiply(m: Matrix, n: Matrix): Matrix {
  return [
    m[0] * n[0] + m[2] * n[1],
    m[1] * n[0] + m[3] * n[1],
    m[0] * n[2] + m[2] * n[3],
    m[1] * n[2] + m[3] * n[3],
    m[0] * n[4] + m[2] * n[5] + m[4],
    m[1] * n[4] + m[3] * n[5] + m[5],
  ];
}
