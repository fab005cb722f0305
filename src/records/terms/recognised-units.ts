/**
 * Corrects units misrecognised by OCR. In most fonts `l`, `/`, `I`, `1` and `|` are strokes that merge (`mmol/l`
 * becomes `mmol/`, `pmoll`, `g//`), and a superscript can become any small mark (`10⁹/L` becomes `10%/L`, `10°L`). A
 * correction is made only if a single unit of the test looks like that and gives a value that occurs in people;
 * everything else is kept as recognised.
 */
import type { LabTest } from "./lab-codes.ts";
import { codeOfUnit, inUnitOf } from "./lab-names.ts";
import { readUnits } from "./units.ts";

const tops = "g mg µg ng pg G T mol mmol µmol nmol pmol U IU kU kIU mU mIU µU µIU mEq l ml fl".split(" ");
const bottoms = "l L dl dL ml mL µl µL mol mmol".split(" ");
const prints = () =>
  [...tops.flatMap((top) => bottoms.map((bottom) => `${top}/${bottom}`)), "fl", "%"].filter(
    (print) => readUnits(print).length > 0,
  );

/** Equal for texts that differ only in thin strokes. */
const outline = (text: string) =>
  text
    .replace(/\s+/g, "")
    .replace(/[μu]/g, "µ")
    .replace(/[lI1|/!\\]+/g, "*")
    // A stroke between letters may be lost altogether: `mgdL`.
    .replace(/(?<=[a-zA-Z])\*(?=[dmµL])/g, "");

let byOutline: Map<string, string[]> | undefined;

/** Printed units with this outline. Built on first use: most commands load this module and read no page. */
function printsOf(text: string): readonly string[] {
  if (byOutline === undefined) {
    byOutline = new Map();
    for (const print of prints()) byOutline.set(outline(print), [...(byOutline.get(outline(print)) ?? []), print]);
  }
  return byOutline.get(outline(text)) ?? [];
}

/** A lone percent sign in small print. */
const percent = /^(?:[o°0告]|[o0][/lI1|%][o0]?|9[%6]|%%|%[o0])$/;
/** `10`, up to two marks in place of the exponent, `/L`. */
const power = /^[x×*]?10(?<mark>[^\dA-Za-z/\s]{0,2})(?<digit>2?)\/?(?<litre>[lL])$/;

export interface UnitEvidence {
  /** The test of the row, if its name is known. */
  readonly test?: LabTest;
  /** The value, if it is a number and no bound. */
  readonly value?: number;
  /** Unambiguous units of other rows of the document. */
  readonly elsewhere: ReadonlySet<string>;
}

/** The unit that a recognised text stands for, as printed; undefined if it is none, or ambiguous. */
export function unitLike(recognised: string, { test, value, elsewhere }: UnitEvidence): string | undefined {
  const text = recognised.replace(/\s+/g, "");
  const all = probableUnits(text);
  const ofTest = test && all.some((print) => codeOfUnit(test, print) !== undefined) ? test : undefined;
  // For a test without such a code, or an unknown one, the page must contain the unit, or show that its litres are a
  // small l.
  const litres = [...elsewhere].some((unit) => unit.endsWith("/l"));
  const candidates = all.filter((print) =>
    ofTest === undefined ? elsewhere.has(print) || (litres && print.endsWith("/l")) : fits(ofTest, print, value),
  );
  const different = new Map(candidates.map((print) => [ucumOf(ofTest, print), print]));
  return different.size === 1 ? candidates[0] : undefined;
}

function probableUnits(text: string): readonly string[] {
  const raised = power.exec(text)?.groups;
  if (raised !== undefined) {
    const exponents = raised.digit === "2" ? ["12"] : raised.mark?.length === 1 ? ["9"] : ["9", "12"];
    return exponents.map((exponent) => `10^${exponent}/${raised.litre}`);
  }
  if (percent.test(text)) return ["%"];
  // The last two strokes may be recognised as one letter: `TA`, `mIUn`, and `V` for `l/l`.
  const ends = /^V[lI1|]?$/.test(text)
    ? ["/"]
    : /[a-zA-Z][AnVN]$/.test(text)
      ? [text, `${text.slice(0, -1)}/`]
      : [text];
  return ends.flatMap(printsOf);
}

const ucumOf = (test: LabTest | undefined, print: string) =>
  (test && codeOfUnit(test, print)?.loinc) + readUnits(print)[0].ucum;

function fits(test: LabTest, print: string, value: number | undefined): boolean {
  const code = codeOfUnit(test, print);
  if (code === undefined) return false;
  const size = value === undefined ? undefined : inUnitOf(code, value, print);
  return size === undefined || (size >= code.low && size <= code.high);
}
