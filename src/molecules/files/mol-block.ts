/** Mol blocks, V2000 and V3000 (BIOVIA CTfile formats, 2020): atoms, bonds, charges, isotopes, radicals; stereo from the drawing. */
import { PolyclinicError } from "../../base/errors.ts";
import { numberOf } from "../elements.ts";
import { maxWrittenAtoms } from "../limits.ts";
import type { Molecule, Note } from "../molecule.ts";
import { completeMolecule } from "../smiles/complete.ts";
import type { RawAtom, RawBond, RawMolecule } from "../smiles/parse.ts";
import { type Drawing, stereoFromDrawing } from "./drawing-stereo.ts";

/**
 * @param lines of one mol block: three of header, the counts line, atoms, bonds, properties.
 * @param where file and record, for errors.
 * @param firstLine line number of `lines[0]` in the file, from 1.
 * @throws PolyclinicError `molecules/mol-block` naming the line, and what was expected and found; also the errors of `completeMolecule`.
 */
export function readMolBlock(lines: readonly string[], where: string, firstLine = 1): Molecule {
  const fail = (index: number, summary: string, expected: string) =>
    new PolyclinicError("molecules/mol-block", summary, {
      where: `${where}, line ${firstLine + index}`,
      expected,
      found: index < lines.length ? `"${lines[index].slice(0, 60)}"` : "the end of the record",
    });
  const counts = lines[3];
  if (counts === undefined || !/V[23]000/.test(counts))
    throw fail(3, "is not a valid counts line", "the numbers of atoms and bonds, and V2000 or V3000");
  const drawing = counts.includes("V3000") ? readV3000(lines, fail) : readV2000(lines, fail);
  if (drawing.atoms.length === 0) throw fail(3, "contains no atoms", "at least one atom");
  const notes: Note[] = [];
  const raw: RawMolecule = {
    text: "",
    place: (position) => `${where}, atom ${position + 1}`,
    escaped: 0,
    atoms: drawing.atoms.map((atom, position): RawAtom => ({ ...atom, position, order: [] })),
    bonds: drawing.bonds.map(({ a, b, order }): RawBond => ({ a, b, order, direction: "", position: a })),
  };
  for (const { a, b, order } of raw.bonds) {
    raw.atoms[a].order.push(b);
    raw.atoms[b].order.push(a);
    if (order === 5) raw.atoms[a].aromatic = raw.atoms[b].aromatic = true;
  }
  stereoFromDrawing(raw, drawing);
  try {
    const molecule = completeMolecule(raw, notes);
    molecule.source = lines.join("\n");
    for (const atom of molecule.atoms) atom.position = -1;
    return molecule;
  } catch (error) {
    if (!PolyclinicError.is(error) || error.where?.startsWith(where)) throw error;
    throw new PolyclinicError(error.code, error.summary, {
      where: `${where}, ${error.where ?? ""}`,
      expected: error.expected,
      found: error.found,
    });
  }
}

type Fail = (index: number, summary: string, expected: string) => PolyclinicError;
type Entry = Omit<Drawing["atoms"][number], never>;

function emptyAtom(element: number, x: number, y: number, z: number): Entry {
  return {
    element,
    isotope: 0,
    charge: 0,
    hydrogens: undefined,
    aromatic: false,
    atomClass: 0,
    chirality: undefined,
    x,
    y,
    z,
    unpaired: 0,
  };
}

function elementOf(symbol: string, index: number, fail: Fail): { element: number; isotope: number } {
  if (symbol === "D" || symbol === "T") return { element: 1, isotope: symbol === "D" ? 2 : 3 };
  if (["A", "Q", "*", "R", "R#", "X", "L"].includes(symbol)) return { element: 0, isotope: 0 };
  const element = numberOf.get(symbol);
  if (element === undefined) throw fail(index, `"${symbol}" is not an element`, "an element symbol");
  return { element, isotope: 0 };
}

function bondOrderOf(type: number, index: number, fail: Fail): RawBond["order"] {
  if (type >= 1 && type <= 3) return type as 1 | 2 | 3;
  if (type === 4) return 5;
  throw fail(index, `bond type ${type} is not supported`, "1 to 4 (5 to 8 are query bonds)");
}

const oldCharges = [0, 3, 2, 1, 0, -1, -2, -3];

function readV2000(lines: readonly string[], fail: Fail): Drawing {
  const atomCount = Number(lines[3].slice(0, 3));
  const bondCount = Number(lines[3].slice(3, 6));
  if (!Number.isInteger(atomCount) || !Number.isInteger(bondCount) || atomCount < 0 || bondCount < 0)
    throw fail(3, "is not a valid counts line", "two integers, each three characters wide");
  const drawing: Drawing = { atoms: [], bonds: [] };
  for (let i = 0; i < atomCount; i++) {
    const index = 4 + i;
    const line = lines[index];
    const [x, y, z] = [0, 10, 20].map((at) => Number(line?.slice(at, at + 10)));
    const symbol = line?.slice(30, 34).trim();
    if (line === undefined || ![x, y, z].every(Number.isFinite) || !symbol)
      throw fail(
        index,
        `is not a valid atom line (atom ${i + 1} of ${atomCount})`,
        "three coordinates, each ten characters wide, and an element symbol",
      );
    const { element, isotope } = elementOf(symbol, index, fail);
    const atom = emptyAtom(element, x, y, z);
    atom.isotope = isotope;
    const code = Number(line.slice(36, 39)) || 0;
    atom.charge = oldCharges[code] ?? 0;
    if (code === 4) atom.unpaired = 1;
    atom.atomClass = Number(line.slice(60, 63)) || 0;
    drawing.atoms.push(atom);
  }
  for (let i = 0; i < bondCount; i++) {
    const index = 4 + atomCount + i;
    const numbers = [0, 3, 6, 9].map((at) => Number(lines[index]?.slice(at, at + 3)));
    const [a, b, type, stereo] = numbers;
    if (!(a >= 1 && a <= atomCount && b >= 1 && b <= atomCount) || a === b || !Number.isInteger(type))
      throw fail(
        index,
        `is not a valid bond line (bond ${i + 1} of ${bondCount})`,
        `two different atom numbers from 1 to ${atomCount}, and a bond type`,
      );
    drawing.bonds.push({
      a: a - 1,
      b: b - 1,
      order: bondOrderOf(type, index, fail),
      wedge: stereo === 1 ? 1 : stereo === 6 ? -1 : 0,
      unknown: stereo === 3 || stereo === 4,
    });
  }
  let chargesReset = false;
  for (let index = 4 + atomCount + bondCount; ; index++) {
    const line = lines[index];
    if (line === undefined) throw fail(index, "ends without M  END", '"M  END"');
    if (line.startsWith("M  END")) return drawing;
    const kind = line.slice(3, 6);
    if (!line.startsWith("M  ") || !["CHG", "ISO", "RAD"].includes(kind)) continue;
    if (kind !== "ISO" && !chargesReset) {
      chargesReset = true;
      for (const atom of drawing.atoms) atom.charge = atom.unpaired = 0;
    }
    const values = line.slice(9).trim().split(/\s+/).map(Number);
    for (let i = 0; i + 1 < values.length; i += 2) {
      const atom = drawing.atoms[values[i] - 1];
      if (atom === undefined || !Number.isInteger(values[i + 1]))
        throw fail(index, `contains an atom number outside 1 to ${atomCount}`, "pairs of atom number and value");
      if (kind === "CHG") atom.charge = values[i + 1];
      else if (kind === "ISO") atom.isotope = values[i + 1];
      else atom.unpaired = [0, 2, 1, 2][values[i + 1]] ?? 0;
    }
  }
}

function readV3000(lines: readonly string[], fail: Fail): Drawing {
  const drawing: Drawing = { atoms: [], bonds: [] };
  const place = new Map<string, number>();
  let section = "";
  for (let index = 4; index < lines.length; index++) {
    if (lines[index].startsWith("M  END")) return drawing;
    let text = lines[index].startsWith("M  V30 ") ? lines[index].slice(7).trim() : "";
    const first = index;
    while (text.endsWith("-") && index + 1 < lines.length) text = text.slice(0, -1) + lines[++index].slice(7).trim();
    if (text.startsWith("BEGIN ") || text.startsWith("END ")) {
      section = text.startsWith("BEGIN ") ? text.slice(6) : "";
      continue;
    }
    const [number, ...fields] = text.split(/\s+/);
    const option = (name: string) =>
      Number(fields.find((field) => field.startsWith(`${name}=`))?.slice(name.length + 1) ?? 0);
    if (section === "ATOM") {
      const [symbol, x, y, z] = [fields[0], ...fields.slice(1, 4).map(Number)] as [string, number, number, number];
      if (symbol === undefined || ![x, y, z].every(Number.isFinite))
        throw fail(first, "is not a valid atom line", "an index, an element symbol and three coordinates");
      const { element, isotope } = elementOf(symbol, first, fail);
      const atom = emptyAtom(element, x, y, z);
      atom.isotope = option("MASS") || isotope;
      atom.charge = option("CHG");
      atom.unpaired = [0, 2, 1, 2][option("RAD")] ?? 0;
      atom.atomClass = Number(fields[4]) || 0;
      place.set(number, drawing.atoms.length);
      drawing.atoms.push(atom);
      if (drawing.atoms.length > maxWrittenAtoms)
        throw fail(first, "is one atom too many", `at most ${maxWrittenAtoms} atoms`);
    } else if (section === "BOND") {
      const [a, b] = [place.get(fields[1]), place.get(fields[2])];
      if (a === undefined || b === undefined || a === b)
        throw fail(first, "is not a valid bond line", "an index, a bond type and two different atoms of the block");
      const configuration = option("CFG");
      drawing.bonds.push({
        a,
        b,
        order: bondOrderOf(Number(fields[0]), first, fail),
        wedge: configuration === 1 ? 1 : configuration === 3 ? -1 : 0,
        unknown: configuration === 2,
      });
    }
  }
  throw fail(lines.length, "ends without M  END", '"M  END"');
}
