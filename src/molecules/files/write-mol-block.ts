/** Writes a mol block (V2000) with the drawing's coordinates and wedges, for programs that do not read SMILES. */
import { PolyclinicError } from "../../base/errors.ts";
import { layOut } from "../depict/layout.ts";
import { wedgesFor } from "../depict/wedges.ts";
import { symbols } from "../elements.ts";
import type { Molecule } from "../molecule.ts";
import { inSmallRing } from "../smiles/stereo.ts";

/** Bond length of the drawing, ångström. */
const bondLength = 1.5;

/** @throws PolyclinicError `molecules/mol-block` above the 999 atoms or bonds the format can number. */
export function writeMolBlock(molecule: Molecule, name = ""): string {
  const { atoms, bonds } = molecule;
  if (atoms.length > 999 || bonds.length > 999)
    throw new PolyclinicError("molecules/mol-block", "is too large for a V2000 mol block", {
      where: name || "molecule",
      expected: "at most 999 atoms and 999 bonds",
      found: `${atoms.length} atoms and ${bonds.length} bonds`,
    });
  const points = layOut(molecule);
  const wedges = new Map(wedgesFor(molecule, points).map((wedge) => [wedge.bond, wedge]));
  const cell = (value: number, width: number) => String(value).padStart(width);
  const lines = [
    name.replace(/\s+/g, " "),
    "  Polyclinic          2D",
    "",
    `${cell(atoms.length, 3)}${cell(bonds.length, 3)}  0  0  1  0  0  0  0  0999 V2000`,
  ];
  atoms.forEach((atom, i) => {
    const coordinates = [points[i].x * bondLength, points[i].y * bondLength, 0]
      .map((value) => value.toFixed(4).padStart(10))
      .join("");
    lines.push(
      `${coordinates} ${symbols[atom.element].padEnd(3)} 0  0  0  0  0  0  0  0  0${cell(atom.atomClass, 3)}  0  0`,
    );
  });
  bonds.forEach((bond, i) => {
    const wedge = wedges.get(i);
    const [a, b] = wedge !== undefined && wedge.from === bond.b ? [bond.b, bond.a] : [bond.a, bond.b];
    // A crossed double bond marks an unknown configuration, which the coordinates would otherwise define.
    const open = bond.order === 2 && !inSmallRing(molecule, i) && bond.stereo === undefined;
    const stereo = wedge === undefined ? (open ? 3 : 0) : wedge.up ? 1 : 6;
    lines.push(`${cell(a + 1, 3)}${cell(b + 1, 3)}${cell(bond.order, 3)}${cell(stereo, 3)}`);
  });
  const property = (kind: string, values: [number, number][]) => {
    for (let at = 0; at < values.length; at += 8) {
      const some = values.slice(at, at + 8);
      lines.push(
        `M  ${kind}${cell(some.length, 3)}${some.map(([atom, value]) => cell(atom + 1, 4) + cell(value, 4)).join("")}`,
      );
    }
  };
  const which = (value: (atom: (typeof atoms)[number]) => number) =>
    atoms.flatMap((atom, i): [number, number][] => (value(atom) === 0 ? [] : [[i, value(atom)]]));
  property(
    "CHG",
    which((atom) => atom.charge),
  );
  property(
    "ISO",
    which((atom) => atom.isotope),
  );
  property(
    "RAD",
    which((atom) => (atom.radicals === 1 ? 2 : atom.radicals === 2 ? 3 : 0)),
  );
  lines.push("M  END");
  return `${lines.join("\n")}\n`;
}
