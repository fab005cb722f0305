/**
 * Parses SMILES text to a raw graph, after the OpenSMILES specification (opensmiles.org, 2016): atoms as written,
 * before hydrogens are counted, aromatic rings resolved, or anything is checked that needs more than the text.
 * `read.ts` does the rest.
 *
 * Over 300 lines because the parser is one pass over the text whose state (branches, open ring bonds, the pending bond)
 * all cases share.
 */
import { numberOf } from "../elements.ts";
import { checkAtoms, maxNeighbours, maxWrittenAtoms, tooLarge } from "../limits.ts";
import { smilesError } from "./errors.ts";

export interface RawAtom {
  element: number;
  isotope: number;
  charge: number;
  /** Hydrogens in brackets; undefined outside brackets, where they follow from the valence. */
  hydrogens: number | undefined;
  aromatic: boolean;
  atomClass: number;
  /** `@` or `@@`; `other` for the non-tetrahedral classes, which are read and noted. */
  chirality: undefined | "@" | "@@" | "other";
  position: number;
  /** Unpaired electrons declared by a file; in SMILES brackets imply them. */
  unpaired?: number;
  /** Neighbours in the order of the text; -1 is the bracket's hydrogen. */
  order: number[];
}

export interface RawBond {
  a: number;
  b: number;
  /** 0: not written (or only as a direction), so single, or aromatic between two aromatic atoms. 5 is `:`. */
  order: 0 | 1 | 2 | 3 | 4 | 5;
  /** `/` or `\` as written walking from `a` to `b`. */
  direction: "" | "/" | "\\";
  position: number;
}

export interface RawMolecule {
  text: string;
  /** The location of an atom or bond in messages: `character 7` of a SMILES, `atom 3` of a mol block. */
  place: (position: number) => string;
  atoms: RawAtom[];
  bonds: RawBond[];
  /** Number of doubled backslashes, as in files whose text was escaped once too often. */
  escaped: number;
  /** Sides of double bonds known from coordinates, by atoms; SMILES has directions instead. */
  sides?: { a: number; b: number; left: number; right: number; together: boolean }[];
}

const organic = new Set(["B", "C", "N", "O", "P", "S", "F", "Cl", "Br", "I", "*", "b", "c", "n", "o", "p", "s"]);
const aromaticInBrackets = new Set(["b", "c", "n", "o", "p", "s", "se", "as", "te", "si"]);
const bondOrder: Readonly<Record<string, RawBond["order"]>> = {
  "-": 1,
  "/": 0,
  "\\": 0,
  "=": 2,
  "#": 3,
  $: 4,
  ":": 5,
};

interface Opening {
  atom: number;
  order: RawBond["order"];
  direction: RawBond["direction"];
  position: number;
  /** Index of the partner in the atom's neighbour order. */
  place: number;
}

/** @throws PolyclinicError `molecules/smiles` with the character, what was expected and what was found. */
export function parseSmiles(text: string): RawMolecule {
  const atoms: RawAtom[] = [];
  const bonds: RawBond[] = [];
  const branches: { atom: number; position: number }[] = [];
  const openings = new Map<number, Opening>();
  let previous = -1;
  let pending: RawBond["order"] = 0;
  let direction: RawBond["direction"] = "";
  let pendingAt = -1;
  let at = 0;
  let escaped = 0;

  const fail = (
    summary: string,
    position: number,
    details: { expected?: string; found?: string; hint?: string } = {},
  ) => smilesError("molecules/smiles", summary, text, position, details);
  const foundAt = (position: number) => (position < text.length ? `'${text[position]}'` : "the end of the string");

  const addAtom = (atom: RawAtom) => {
    const index = atoms.length;
    if (previous >= 0) {
      bonds.push({
        a: previous,
        b: index,
        order: pending,
        direction,
        position: pendingAt < 0 ? atom.position : pendingAt,
      });
      atoms[previous].order.push(index);
      checkNeighbours(atoms[previous], atom.position);
      atom.order.unshift(previous);
    } else if (pendingAt >= 0)
      throw fail("a bond has no atom before it", pendingAt, { expected: "an atom before the symbol" });
    atoms.push(atom);
    checkAtoms(atoms.length, `SMILES character ${atom.position + 1}`, maxWrittenAtoms);
    previous = index;
    pending = 0;
    direction = "";
    pendingAt = -1;
  };

  const checkNeighbours = (atom: RawAtom, position: number) => {
    if (atom.order.length > maxNeighbours)
      throw tooLarge(
        "an atom has too many neighbours",
        `SMILES character ${position + 1}`,
        `at most ${maxNeighbours}`,
        `${atom.order.length} or more`,
      );
  };

  const closeRing = (number: number, position: number) => {
    if (previous < 0) throw fail("a ring closure has no atom before it", position);
    const open = openings.get(number);
    if (open === undefined) {
      openings.set(number, {
        atom: previous,
        order: pending,
        direction,
        position,
        place: atoms[previous].order.length,
      });
      atoms[previous].order.push(-2);
      checkNeighbours(atoms[previous], position);
    } else {
      openings.delete(number);
      if (open.atom === previous) throw fail(`ring closure ${number} joins an atom to itself`, position);
      if (atoms[previous].order.includes(open.atom))
        throw fail(`ring closure ${number} repeats an existing bond`, position, {
          found: `a second bond between the atoms at characters ${atoms[open.atom].position + 1} and ${atoms[previous].position + 1}`,
        });
      if (open.order !== 0 && pending !== 0 && open.order !== pending)
        throw fail(`the two ends of ring closure ${number} have different bond types`, position, {
          expected: `the bond type at character ${open.position + 1}, or none`,
        });
      atoms[open.atom].order[open.place] = previous;
      atoms[previous].order.push(open.atom);
      // The direction belongs to the end where it was written; it is stored as seen from the opening atom.
      const turned = direction === "" ? "" : direction === "/" ? "\\" : "/";
      bonds.push({
        a: open.atom,
        b: previous,
        order: open.order || pending,
        direction: open.direction || turned,
        position: open.position,
      });
    }
    pending = 0;
    direction = "";
    pendingAt = -1;
  };

  if (text.length === 0) throw fail("is empty", 0, { expected: "a SMILES string" });
  while (at < text.length) {
    const char = text[at];
    if (char === "[") {
      const { atom, next } = parseBracket(text, at);
      addAtom(atom);
      at = next;
    } else if (char in bondOrder) {
      if (pendingAt >= 0)
        throw fail("two bond symbols follow each other", at, {
          expected: "an atom or a ring closure",
          found: foundAt(at),
        });
      if (previous < 0) throw fail("a bond has no atom before it", at, { expected: "an atom before the symbol" });
      pending = bondOrder[char];
      if (char === "/" || char === "\\") direction = char;
      pendingAt = at++;
      if (char === "\\" && text[at] === "\\") {
        escaped++;
        at++;
      }
      if (char === "-" && text[at] === ">")
        throw fail("arrows (dative bonds) are not supported", at, {
          hint: "Write a single bond with charges, or no bond to the metal.",
        });
    } else if (char === "(") {
      if (previous < 0) throw fail("a branch has no atom before it", at, { expected: "an atom before the symbol" });
      if (pendingAt >= 0)
        throw fail("a bond symbol precedes a branch", pendingAt, {
          expected: "the bond symbol inside the parentheses",
        });
      if (text[at + 1] === ")") throw fail("an empty branch", at, { expected: "an atom or a bond", found: "')'" });
      branches.push({ atom: previous, position: at++ });
    } else if (char === ")") {
      const branch = branches.pop();
      if (branch === undefined) throw fail("a closing parenthesis has no opening parenthesis", at);
      if (pendingAt >= 0) throw fail("a bond has no atom after it", pendingAt, { expected: "an atom", found: "')'" });
      previous = branch.atom;
      at++;
    } else if (char === ".") {
      if (pendingAt >= 0) throw fail("a bond has no atom after it", pendingAt, { expected: "an atom", found: "'.'" });
      if (previous < 0) throw fail("a dot has no atom before it", at);
      if (branches.length > 0)
        throw fail("a dot is inside a branch", at, {
          expected: "')' first",
          hint: "Move the other molecule to the end of the SMILES string.",
        });
      previous = -1;
      at++;
      if (at === text.length) throw fail("a dot has no atom after it", at - 1);
    } else if (char >= "0" && char <= "9") closeRing(Number(char), at++);
    else if (char === "%") {
      const match = /^%(?:(\d\d)|\((\d{1,5})\))/.exec(text.slice(at, at + 9));
      if (match === null)
        throw fail("a ring closure has no valid number", at, { expected: "% and two digits", found: foundAt(at + 1) });
      closeRing(Number(match[1] ?? match[2]), at);
      at += match[0].length;
    } else {
      const two = text.slice(at, at + 2);
      const symbol = two === "Cl" || two === "Br" ? two : char;
      if (!organic.has(symbol)) throw fail("is not a valid atom symbol", at, unknownSymbol(text, at));
      const upper = symbol[0].toUpperCase() + symbol.slice(1);
      addAtom({
        element: numberOf.get(upper)!,
        isotope: 0,
        charge: 0,
        hydrogens: symbol === "*" ? 0 : undefined,
        aromatic: symbol !== "*" && symbol[0] !== upper[0],
        atomClass: 0,
        chirality: undefined,
        position: at,
        order: [],
      });
      at += symbol.length;
    }
  }
  if (pendingAt >= 0)
    throw fail("a bond has no atom after it", pendingAt, { expected: "an atom", found: "the end of the string" });
  if (branches.length > 0)
    throw fail("a parenthesis is not closed", branches.at(-1)!.position, {
      expected: "')'",
      found: "the end of the string",
    });
  for (const [number, { position }] of openings)
    throw fail(`ring closure ${number} is not closed`, position, {
      expected: `a second ring closure ${number}`,
      found: "the end of the string",
    });
  return { text, place: (position) => `character ${position + 1}`, atoms, bonds, escaped };
}

function unknownSymbol(text: string, at: number): { expected: string; found: string; hint?: string } {
  const expected = "B, C, N, O, P, S, F, Cl, Br, I, b, c, n, o, p, s, * or an atom in brackets";
  if (/\s/.test(text[at]))
    return { expected, found: "a space", hint: "Give only the SMILES string, without a name after it." };
  const symbol = [text.slice(at, at + 2), text[at]].find((s) => numberOf.has(s));
  return {
    expected,
    found: `'${symbol ?? text[at]}'`,
    hint: symbol === undefined ? undefined : `Write this element in brackets: [${symbol}].`,
  };
}

/** `[isotope? symbol chirality? hcount? charge? class?]` */
function parseBracket(text: string, start: number): { atom: RawAtom; next: number } {
  const fail = (summary: string, position: number, expected: string) =>
    smilesError("molecules/smiles", summary, text, position, {
      expected,
      found: position < text.length ? `'${text[position]}'` : "the end of the string",
    });
  let at = start + 1;
  const digits = (limit: number) => {
    const from = at;
    while (at < text.length && at - from < limit && text[at] >= "0" && text[at] <= "9") at++;
    return text.slice(from, at);
  };
  const isotope = Number(digits(3) || 0);
  const [two, one] = [text.slice(at, at + 2), text.slice(at, at + 1)];
  const symbol = [two, one].find((s) => s !== "" && (numberOf.has(s) || aromaticInBrackets.has(s)));
  if (symbol === undefined) throw fail("is not an element", at, "an element symbol in brackets");
  const aromatic = aromaticInBrackets.has(symbol);
  const element = numberOf.get(symbol[0].toUpperCase() + symbol.slice(1))!;
  at += symbol.length;

  let chirality: RawAtom["chirality"];
  if (text[at] === "@") {
    at++;
    if (text[at] === "@") {
      chirality = "@@";
      at++;
    } else {
      chirality = "@";
      const named = /^(TH|AL|SP|TB|OH)(\d{1,2})/.exec(text.slice(at, at + 4));
      if (named !== null) {
        at += named[0].length;
        chirality = named[1] !== "TH" ? "other" : named[2] === "1" ? "@" : "@@";
        const limit = { TH: 2, AL: 2, SP: 3, TB: 20, OH: 30 }[named[1]]!;
        if (Number(named[2]) < 1 || Number(named[2]) > limit)
          throw smilesError("molecules/smiles", "is not a valid stereo class number", text, at - named[0].length, {
            expected: `@${named[1]}1 to @${named[1]}${limit}`,
            found: `@${named[0]}`,
          });
      } else if (/[A-GI-Z]/.test(text[at] ?? ""))
        throw fail("is not a stereo class", at, "@, @@, @TH, @AL, @SP, @TB or @OH with its number");
    }
  }
  let hydrogens = 0;
  if (text[at] === "H") {
    at++;
    const count = digits(2);
    hydrogens = count === "" ? 1 : Number(count);
  }
  let charge = 0;
  if (text[at] === "+" || text[at] === "-") {
    const sign = text[at] === "+" ? 1 : -1;
    const signAt = at;
    while (text[at] === text[signAt]) at++;
    charge = at - signAt;
    const count = digits(2);
    if (count !== "") {
      if (charge > 1)
        throw fail("a charge has more than one number or sign", signAt, "one sign and a number, or signs alone");
      charge = Number(count);
    }
    if (charge > 15) throw fail("a charge is outside the valid range", signAt, "-15 to +15");
    charge *= sign;
  }
  let atomClass = 0;
  if (text[at] === ":") {
    at++;
    const number = digits(5);
    if (number === "") throw fail("an atom class is not a number", at, "a number after ':'");
    atomClass = Number(number);
  }
  if (text[at] !== "]") throw fail("a bracket atom is not closed", at, "']'");
  const order: number[] = hydrogens === 1 && chirality !== undefined ? [-1] : [];
  return {
    atom: { element, isotope, charge, hydrogens, aromatic, atomClass, chirality, position: start, order },
    next: at + 1,
  };
}
