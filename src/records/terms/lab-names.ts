/** Maps a printed test name, with its unit and section, to a LOINC code with a confidence. */
import { type LabCode, type LabTest, labTests } from "./lab-codes.ts";
import { readUnit, readUnits, type Unit } from "./units.ts";

/** The FHIR system URI of LOINC. */
export const loincSystem = "http://loinc.org";

/** The test that a printed name denotes. */
export interface MatchedTest {
  readonly test: LabTest;
  /** 1 for a name printed as in the table; less for a name with one or two misrecognised letters. */
  readonly confidence: number;
  /** The name in the table, where the printed one differs from it by a letter or two: to be reviewed. */
  readonly correctedName?: string;
}

/** A matched test whose LOINC code is determined by unit and specimen. */
export interface CodedTest extends MatchedTest {
  readonly code: LabCode;
}

/** The printed context that determines which LOINC code of a test applies. */
export interface LabContext {
  /** The unit as printed, if any. */
  readonly unit?: string;
  /** The title of the section: `Urinalysis` makes `Protein` a test of urine. */
  readonly section?: string;
  /** The specimen, if the report prints it. */
  readonly specimen?: string;
}

/** Names are compared without case, blanks and punctuation: OCR often loses blanks. */
export const nameKey = (name: string) =>
  name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/ß/g, "ss")
    .replace(/[^a-z0-9+%/]/g, "");

const byKey = new Map<string, LabTest[]>();
for (const test of labTests)
  for (const name of [test.name, ...test.also]) {
    const key = nameKey(name);
    const list = byKey.get(key) ?? byKey.set(key, []).get(key)!;
    if (!list.includes(test)) list.push(test);
  }

/** The test with a printed name, optionally with a note in brackets, a specimen before it or an asterisk after it. */
export function findTest(printed: string, context: LabContext = {}): MatchedTest | undefined {
  const inUrine = /\burin/i.test(`${context.section ?? ""} ${context.specimen ?? ""} ${printed}`);
  const fits = (test: LabTest) => (test.system === "Urine") === inUrine;
  for (const [name, confidence] of variants(printed)) {
    const tests = byKey.get(nameKey(name)) ?? [];
    // Blood and serum share names with urine; a urine test is assumed only in a urine section, and no other test is.
    const test = tests.find(fits) ?? (inUrine ? undefined : tests.length === 1 ? onlyUrine(tests[0]) : undefined);
    if (test !== undefined) return { test, confidence };
  }
  const corrected = misspelt(nameKey(printed), fits, context.unit);
  return corrected && { test: corrected.test, confidence: 0.6, correctedName: corrected.name };
}

/**
 * The one test whose name differs by a letter or two (recognition of images, typing). Digits and short words must be as printed: they tell tests
 * apart (`B1` and `B12`, `alpha-1` and `alpha-2`, `T` and `I`). A short name needs a unit of the test beside it.
 */
function misspelt(
  key: string,
  fits: (test: LabTest) => boolean,
  unit?: string,
): { test: LabTest; name: string } | undefined {
  if (key.length < 5) return undefined;
  // A digit inside a word may be a letter that recognition misread: `Hemog1obin`.
  const digits = new Set([digitsOf(key), digitsOf(key.replace(/(?<=[a-z]{2})[015](?=[a-z]{2})/g, ""))]);
  const found = new Map<LabTest, string>();
  for (const { key: other, name, test, words } of spellings) {
    if (other.length < 6 || Math.abs(other.length - key.length) > 2 || !fits(test)) continue;
    const most = key.length >= 12 ? 2 : 1;
    if (distance(other, key) > most || !digits.has(digitsOf(other))) continue;
    let same = 0;
    while (same < key.length && key[same] === other[same]) same++;
    let end = 0;
    while (end < Math.min(key.length, other.length) - same && key.at(-1 - end) === other.at(-1 - end)) end++;
    // The words of the known name that the difference touches.
    const touched = words.filter(({ from, to }) => from <= Math.max(same, other.length - end - 1) && to > same);
    if (touched.length === 0 || touched.some(({ from, to }) => to - from < 5)) continue;
    if (key.length < 7 && (unit === undefined || codeOfUnit(test, unit) === undefined)) continue;
    found.set(test, name);
  }
  const [only, ...more] = [...found];
  return only === undefined || more.length > 0 ? undefined : { test: only[0], name: only[1] };
}

const digitsOf = (key: string) => key.replace(/[^0-9+%]/g, "");

interface Spelling {
  key: string;
  name: string;
  test: LabTest;
  /** The words of the name, as places in its key. */
  words: readonly { from: number; to: number }[];
}

const spellings: readonly Spelling[] = labTests.flatMap((test) =>
  [test.name, ...test.also].map((name) => {
    let at = 0;
    const words = name.split(/[^\p{L}\d+%]+/u).flatMap((word) => {
      const from = at;
      at += nameKey(word).length;
      return at > from ? [{ from, to: at }] : [];
    });
    return { key: nameKey(name), name, test, words };
  }),
);

/** `Specific gravity` and the like are printed without a section and belong to urine alone. */
const onlyUrine = (test: LabTest) =>
  test.system === "Urine" && !/^(color|colour|appearance|protein|glucose|sugar|ph|ketones|nitrite)$/i.test(test.name)
    ? test
    : undefined;

/** The name itself, then without a bracket at its end, then each half of `CRP (C-reactive protein)`, then without a specimen. */
function variants(printed: string): (readonly [name: string, confidence: number])[] {
  const name = printed.replace(/[*†‡#:]+\s*$/, "").trim();
  const list: (readonly [string, number])[] = [[name, 1]];
  const bracket = /^(.*?)\s*[[(]([^()[\]]+)[\])]\s*$/.exec(name);
  if (bracket) list.push([bracket[1], 0.95], [bracket[2], 0.9]);
  const specimen =
    /^(.*?)[,\s]+(?:serum|plasma|blood|urine|edta|in serum|in plasma|in blood|s\/p|level|i\.s\.|i\.p\.)$/i.exec(name);
  if (specimen) list.push([specimen[1], 0.95]);
  const front = /^(?:serum|plasma|blood|s\.|p\.|b\.|urine|s-|p-|b-)\s*(.+)$/i.exec(name);
  if (front) list.push([front[1], 0.95]);
  return list;
}

/** The code for the unit printed. Undefined when the name is not known or the unit fits none of its codes: no code is guessed. */
export function codeTest(printed: string, context: LabContext = {}): CodedTest | undefined {
  const match = findTest(printed, context);
  if (match === undefined) return undefined;
  const { test, confidence } = match;
  const printedUnit = context.unit?.trim() ?? "";
  if (printedUnit === "") {
    const without = test.codes.find(({ unit }) => unit === "");
    if (without) return { ...match, code: without };
    // Without a unit, the code is certain only if all units give the same.
    const [first, ...rest] = test.codes;
    return rest.every(({ loinc }) => loinc === first.loinc)
      ? { test, code: first, confidence: confidence * 0.7 }
      : undefined;
  }
  const code = codeOfUnit(test, printedUnit);
  return code && { test, code, confidence };
}

/** The code of a test whose unit is of the kind of the printed one. */
export function codeOfUnit({ codes }: LabTest, printedUnit: string): LabCode | undefined {
  const units = readUnits(printedUnit);
  return codes.find(({ unit }) => units.some((one) => one.kind === kindOf(unit)));
}

/** Kinds of unit a test is reported in. */
export const kindsOf = ({ codes }: LabTest): ReadonlySet<string> => new Set(codes.map(({ unit }) => kindOf(unit)));

/** A value in the printed unit, converted to the unit of a code. */
export function inUnitOf(code: LabCode, value: number, printedUnit: string): number | undefined {
  const to = exampleUnit(code.unit);
  const from = to && readUnit(printedUnit, new Set([to.kind]));
  return to && from && from.kind === to.kind ? (value * from.factor) / to.factor : undefined;
}

const kindOf = (ucum: string) => exampleUnit(ucum)?.kind ?? "ratio";

/** Codes have UCUM units, which the same reader accepts without brackets. */
function exampleUnit(ucum: string): Unit | undefined {
  return readUnit(
    ucum
      .replace(/\[IU\]/, "IU")
      .replace(/\{1\.73_m2\}/, "1.73m2")
      .replace(/\[pH\]/, "pH")
      .replace(/[{}]/g, ""),
  );
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1]));
    row = next;
  }
  return row[b.length];
}

/**
 * A name recognised by OCR, with I, l and 1 as in the table's name, since these look alike in most fonts: `Iron` and
 * `lron`. Undefined if no known name differs from it only by those characters.
 */
export function respell(recognised: string): string | undefined {
  const places = [...recognised].flatMap((letter, i) => (nameKey(letter).length === 1 ? [i] : []));
  const key = folded(nameKey(recognised));
  if (places.length !== key.length) return undefined;
  const known = [...byKey.keys()].find((one) => folded(one) === key);
  if (known === undefined || known === nameKey(recognised)) return undefined;
  const letters = [...recognised];
  for (const [k, i] of places.entries()) {
    if (!/[Il1]/.test(letters[i])) continue;
    const near = [letters[i - 1], letters[i + 1]];
    const capital = near.some((one) => /[A-Z]/.test(one ?? "")) || !/[A-Za-z]/.test(letters[i - 1] ?? "");
    if (known[k] === "i") letters[i] = capital ? "I" : "i";
    else if (known[k] === "1") letters[i] = "1";
    else if (letters[i] !== "l") letters[i] = capital ? "L" : "l";
  }
  return letters.join("");
}

const folded = (key: string) => key.replace(/[il1]/g, "l");
