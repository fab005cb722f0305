/** A page as a list of words and lines, and its PDF: version 1.4 with standard fonts, written by hand so that nothing but the layout varies. */

/** @type {Record<string, number>} */
const advance = {};
/** @type {[string, number][]} */
const widths = [
  ["abdeghnopqu0123456789_?#$L", 556],
  ["ckvsxyzJ", 500],
  ["ijl|'", 222],
  [" .,/:;!\\ftI[]", 278],
  ["r-()*", 333],
  ["mM", 833],
  ["w", 722],
  ["CDHNRU", 722],
  ["ABEKPSVXY&", 667],
  ["FTZ", 611],
  ["GOQ", 778],
  ["W", 944],
  ["<>=+~^", 584],
  ["%", 889],
  ["µ", 556],
  ["²³¹", 333],
  ["°", 400],
  ["×", 584],
  ["–", 556],
];
for (const [letters, width] of widths) for (const letter of letters) advance[letter] = width;

const winAnsi = {
  "–": 0x96,
  µ: 0xb5,
  "²": 0xb2,
  "³": 0xb3,
  "°": 0xb0,
  "×": 0xd7,
  ä: 0xe4,
  ö: 0xf6,
  ü: 0xfc,
  ß: 0xdf,
  Ä: 0xc4,
  Ö: 0xd6,
  Ü: 0xdc,
  é: 0xe9,
};

/** Width of a text: font F1 is Helvetica, F2 its bold, F3 Courier. */
export function widthOf(text, { font = "F1", size = 9 } = {}) {
  if (font === "F3") return text.length * 0.6 * size;
  return (
    ([...text].reduce((sum, letter) => sum + (advance[letter] ?? 556), 0) / 1000) * size * (font === "F2" ? 1.04 : 1)
  );
}

export class Page {
  constructor(width = 595, height = 842) {
    this.width = width;
    this.height = height;
    /** @type {{ x: number, y: number, text: string, font: string, size: number }[]} */
    this.texts = [];
    /** @type {{ x0: number, y0: number, x1: number, y1: number, width: number, grey: number }[]} */
    this.lines = [];
    this.gold = [];
  }

  /** Text whose baseline begins at `x` (or ends there, or is centred on it), `y` from the top. @returns its box. */
  text(x, y, text, { font = "F1", size = 9, align = "left" } = {}) {
    const width = widthOf(text, { font, size });
    const left = align === "right" ? x - width : align === "center" ? x - width / 2 : x;
    if (text !== "") this.texts.push({ x: left, y, text, font, size });
    return { x0: left, y0: y - 0.8 * size, x1: left + width, y1: y + 0.2 * size };
  }

  /** @param grey 0 black to 1 white: a wide grey line is a band behind text. */
  line(x0, y0, x1, y1, width = 0.6, grey = 0) {
    this.lines.push({ x0, y0, x1, y1, width, grey });
  }
}

/** The true fields of a row, at the place of its value. */
export const gold = (page, box, section, row, value = row.value) =>
  page.gold.push({ name: row.name, value, unit: row.unit, low: row.low, high: row.high, flag: row.flag, section, box });

export const madeUp = (page, text = "Made-up values for software tests. Not a real person, not for clinical use.") =>
  page.text(40, page.height - 26, text, { size: 7 });

/** @param {Page[]} pages @returns {Uint8Array} */
export function toPdf(pages) {
  const fonts = { F1: "Helvetica", F2: "Helvetica-Bold", F3: "Courier" };
  const objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""];
  const fontRefs = Object.entries(fonts).map(([name, base]) => {
    objects.push(`<< /Type /Font /Subtype /Type1 /BaseFont /${base} /Encoding /WinAnsiEncoding >>`);
    return `/${name} ${objects.length} 0 R`;
  });
  objects.push("<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>");
  fontRefs.push(`/FS ${objects.length} 0 R`);
  const kids = [];
  for (const page of pages) {
    const up = (y) => page.height - y;
    const ops = page.lines.map(
      ({ x0, y0, x1, y1, width, grey }) => `${grey} G ${width} w ${n(x0)} ${n(up(y0))} m ${n(x1)} ${n(up(y1))} l S`,
    );
    for (const { x, y, text, font, size } of page.texts) {
      const symbol = { "↑": "\\255", "↓": "\\257", "≥": "\\263", "≤": "\\243" }[text];
      ops.push(`BT /${symbol ? "FS" : font} ${size} Tf ${n(x)} ${n(up(y))} Td (${symbol ?? encode(text)}) Tj ET`);
    }
    const content = ops.join("\n");
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${page.width} ${page.height}] /Contents ${objects.length} 0 R /Resources << /Font << ${fontRefs.join(" ")} >> >> >>`,
    );
    kids.push(`${objects.length} 0 R`);
  }
  objects[1] = `<< /Type /Pages /Kids [${kids.join(" ")}] /Count ${kids.length} >>`;
  let pdf = "%PDF-1.4\n";
  const offsets = objects.map((object, i) => {
    const at = pdf.length;
    pdf += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const start = pdf.length;
  pdf += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("")}`;
  pdf += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Uint8Array.from(pdf, (letter) => letter.charCodeAt(0));
}

const n = (value) => Number(value.toFixed(2));
const encode = (text) =>
  [...text]
    .map((letter) => (winAnsi[letter] ? `\\${winAnsi[letter].toString(8)}` : letter.replace(/[\\()]/, "\\$&")))
    .join("");
