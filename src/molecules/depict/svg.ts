/** A molecule as an SVG image: skeletal formula with coloured hetero atoms, wedges for stereocentres. */
import { symbols } from "../elements.ts";
import { maxDrawnAtoms, tooLarge } from "../limits.ts";
import type { Molecule } from "../molecule.ts";
import { add, angleOf, centroid, distance, type Point, polar, side, subtract } from "./geometry.ts";
import { layOut } from "./layout.ts";
import { type Wedge, wedgesFor } from "./wedges.ts";

/** Size and annotations of a drawn structure. */
export interface DepictionOptions {
  /** Pixels; the drawing is scaled to fit, bonds at most 40 pixels long. */
  width?: number;
  height?: number;
  /** Caption under the drawing. */
  caption?: string;
  /** Atoms to highlight. */
  highlight?: readonly number[];
}

const colours: Readonly<Record<number, string>> = {
  7: "#2347d9",
  8: "#d3201f",
  9: "#1f8a3a",
  15: "#c46a00",
  16: "#a08000",
  17: "#1f8a3a",
  35: "#8a3b1f",
  53: "#6a1f8a",
};
const ink = "#1a1a1a";
const maxBondLength = 40;
const margin = 18;

/**
 * @returns a complete SVG document with a white background.
 * @throws PolyclinicError `molecules/too-large` above `maxDrawnAtoms`.
 */
export function depict(
  molecule: Molecule,
  { width = 300, height = 220, caption, highlight = [] }: DepictionOptions = {},
): string {
  if (molecule.atoms.length > maxDrawnAtoms)
    throw tooLarge(
      "a molecule has too many atoms to be drawn",
      "drawing",
      `at most ${maxDrawnAtoms} atoms`,
      String(molecule.atoms.length),
    );
  const points = layOut(molecule);
  const wedges = wedgesFor(molecule, points);
  const captionHeight = caption === undefined ? 0 : 20;
  const xs = points.map((p) => p.x);
  const ys = points.map((p) => p.y);
  const [spanX, spanY] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
  const scale = Math.min(
    maxBondLength,
    (width - 2 * margin) / Math.max(spanX, 0.5),
    (height - captionHeight - 2 * margin) / Math.max(spanY, 0.5),
  );
  const middle = { x: (Math.max(...xs) + Math.min(...xs)) / 2, y: (Math.max(...ys) + Math.min(...ys)) / 2 };
  const at = points.map((p) => ({
    x: width / 2 + (p.x - middle.x) * scale,
    y: (height - captionHeight) / 2 - (p.y - middle.y) * scale,
  }));
  const font = Math.max(7, Math.min(15, scale * 0.42));
  const labels = molecule.atoms.map((_, atom) => labelOf(molecule, atom, at));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...highlight.map(
      (atom) =>
        `<circle cx="${round(at[atom].x)}" cy="${round(at[atom].y)}" r="${round(scale * 0.35)}" fill="#ffe08a"/>`,
    ),
    ...molecule.bonds.map((_, bond) => drawBond(molecule, bond, at, labels, wedges, scale, font)),
    ...molecule.atoms.map((atom, i) => drawLabel(labels[i], at[i], colours[atom.element] ?? ink, font)),
  ];
  if (caption !== undefined)
    parts.push(
      `<text x="${width / 2}" y="${height - 7}" font-size="12" text-anchor="middle" fill="${ink}">${escaped(caption)}</text>`,
    );
  return `${parts.filter((part) => part !== "").join("\n")}\n</svg>\n`;
}

interface Label {
  symbol: string;
  hydrogens: number;
  charge: string;
  isotope: string;
  /** Hydrogens precede the symbol when the bonds come from the right. */
  left: boolean;
}

function labelOf(molecule: Molecule, index: number, at: readonly Point[]): Label | undefined {
  const atom = molecule.atoms[index];
  const neighbours = molecule.neighbours[index];
  const bare =
    atom.element === 6 && atom.charge === 0 && atom.isotope === 0 && atom.radicals === 0 && neighbours.length > 0;
  if (bare) {
    // An unlabelled carbon between two double bonds (allene) would be invisible in a straight line.
    const straight = neighbours.length === 2 && neighbours.every((n) => molecule.bonds[n.bond].order === 2);
    if (!straight) return undefined;
  }
  const sign = atom.charge > 0 ? "+" : "−";
  const size = Math.abs(atom.charge);
  const lean = neighbours.reduce((sum, n) => sum + at[n.atom].x - at[index].x, 0);
  return {
    symbol: symbols[atom.element],
    hydrogens: atom.hydrogens,
    charge: (size === 0 ? "" : size === 1 ? sign : `${size}${sign}`) + "•".repeat(Math.min(3, atom.radicals)),
    isotope: atom.isotope === 0 ? "" : String(atom.isotope),
    left: atom.hydrogens > 0 && lean > 0.5,
  };
}

function drawLabel(label: Label | undefined, at: Point, colour: string, font: number): string {
  if (label === undefined) return "";
  const small = font * 0.72;
  const sub = (text: string) =>
    text === ""
      ? ""
      : `<tspan font-size="${round(small)}" dy="${round(font * 0.25)}">${text}</tspan><tspan dy="${round(-font * 0.25)}">\u200b</tspan>`;
  const sup = (text: string) =>
    text === ""
      ? ""
      : `<tspan font-size="${round(small)}" dy="${round(-font * 0.35)}">${text}</tspan><tspan dy="${round(font * 0.35)}">\u200b</tspan>`;
  const hydrogens = label.hydrogens === 0 ? "" : `H${label.hydrogens > 1 ? sub(String(label.hydrogens)) : ""}`;
  const half = font * 0.36 * label.symbol.length;
  const y = round(at.y + font * 0.36);
  return label.left
    ? `<text x="${round(at.x + half)}" y="${y}" font-size="${round(font)}" text-anchor="end" fill="${colour}">${sup(label.isotope)}${hydrogens}${label.symbol}</text>${
        label.charge === ""
          ? ""
          : `<text x="${round(at.x + half)}" y="${round(at.y - font * 0.1)}" font-size="${round(small)}" fill="${colour}">${label.charge}</text>`
      }`
    : `<text x="${round(at.x - half - (label.isotope === "" ? 0 : small * 0.55 * label.isotope.length))}" y="${y}" font-size="${round(font)}" fill="${colour}">${sup(label.isotope)}${label.symbol}${hydrogens}${sup(label.charge)}</text>`;
}

function drawBond(
  molecule: Molecule,
  index: number,
  at: readonly Point[],
  labels: readonly (Label | undefined)[],
  wedges: readonly Wedge[],
  scale: number,
  font: number,
): string {
  const { a, b, order, inRing } = molecule.bonds[index];
  const wedge = wedges.find((w) => w.bond === index);
  const [from, to] = wedge?.from === b ? [b, a] : [a, b];
  const gap = (atom: number) =>
    labels[atom] === undefined ? 0 : font * (0.55 + (labels[atom].symbol.length - 1) * 0.15);
  const angle = angleOf(at[from], at[to]);
  const start = polar(at[from], angle, gap(from));
  const end = polar(at[to], angle + Math.PI, gap(to));
  if (distance(at[from], at[to]) <= gap(from) + gap(to)) return "";
  const offset = scale * 0.09;
  const across = polar({ x: 0, y: 0 }, angle + Math.PI / 2, offset);
  if (wedge !== undefined) return wedge.up ? solidWedge(start, end, across) : hashedWedge(start, end, across);
  const line = (p: Point, q: Point, dash = "") =>
    `<line x1="${round(p.x)}" y1="${round(p.y)}" x2="${round(q.x)}" y2="${round(q.y)}" stroke="${ink}" stroke-width="1.4" stroke-linecap="round"${dash}/>`;
  if (order === 0) return line(start, end, ' stroke-dasharray="3 3"');
  if (order === 1) return line(start, end);
  if (order >= 3)
    return [0, 1, -1, ...(order === 4 ? [2] : [])]
      .map((k) => line(add(start, across, k * 1.1), add(end, across, k * 1.1)))
      .join("");
  const toward = inRing ? ringSide(molecule, index, at) : chainSide(molecule, index, at);
  if (toward === 0)
    return (
      line(add(start, across, 0.7), add(end, across, 0.7)) + line(add(start, across, -0.7), add(end, across, -0.7))
    );
  // The second line is on the inside, shortened at unlabelled ends.
  const along = subtract(end, start);
  const trim = (atom: number) => (labels[atom] === undefined ? 0.12 : 0.02);
  const inner = [add(start, along, trim(from)), add(end, along, -trim(to))].map((p) => add(p, across, 1.7 * toward));
  return line(start, end) + line(inner[0], inner[1]);
}

/** Direction towards the centre of a bond's smallest ring, aromatic rings first: +1 or -1 along `across`. */
function ringSide(molecule: Molecule, index: number, at: readonly Point[]): number {
  const { a, b } = molecule.bonds[index];
  const rings = molecule.rings.filter((ring) => ring.bonds.includes(index));
  const weight = (ring: (typeof rings)[number]) =>
    ring.atoms.length - (ring.bonds.every((bond) => molecule.bonds[bond].aromatic) ? 0.5 : 0);
  const ring = rings.reduce((best, other) => (weight(other) < weight(best) ? other : best));
  return Math.sign(side(at[a], at[b], centroid(ring.atoms.map((atom) => at[atom])))) || 1;
}

/** Symmetric at the end of a chain and between equal neighbours; otherwise towards the side with neighbours. */
function chainSide(molecule: Molecule, index: number, at: readonly Point[]): number {
  const { a, b } = molecule.bonds[index];
  if (molecule.neighbours[a].length === 1 || molecule.neighbours[b].length === 1) return 0;
  let lean = 0;
  for (const [end, other] of [
    [a, b],
    [b, a],
  ])
    for (const n of molecule.neighbours[end]) if (n.atom !== other) lean += Math.sign(side(at[a], at[b], at[n.atom]));
  return Math.sign(lean);
}

function solidWedge(start: Point, end: Point, across: Point): string {
  const [p, q] = [add(end, across, 1.3), add(end, across, -1.3)];
  return `<polygon points="${[start, p, q].map((c) => `${round(c.x)},${round(c.y)}`).join(" ")}" fill="${ink}"/>`;
}

function hashedWedge(start: Point, end: Point, across: Point): string {
  const along = subtract(end, start);
  const steps = Math.max(4, Math.round(distance(start, end) / 4));
  return Array.from({ length: steps }, (_, i) => {
    const t = (i + 1) / steps;
    const centre = add(start, along, t);
    const [p, q] = [add(centre, across, 1.3 * t), add(centre, across, -1.3 * t)];
    return `<line x1="${round(p.x)}" y1="${round(p.y)}" x2="${round(q.x)}" y2="${round(q.y)}" stroke="${ink}" stroke-width="1.2"/>`;
  }).join("");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char]!);
}
