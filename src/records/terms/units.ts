/**
 * Parses units as laboratories print them to UCUM (`K/mcL`, `thou/uL` and `10^9/L` are equal; `gm/dL` is `g/dL`).
 *
 * A UCUM library is not sufficient, because printed units are not UCUM: in UCUM, `K/uL` is kelvin per microlitre and
 * `gm/dL` is an error. Unknown units give no result, never a guess. UCUM is copyright Regenstrief Institute; see
 * `LICENSE-UCUM.md`.
 */

export interface Unit {
  /** Case-sensitive UCUM code. */
  readonly ucum: string;
  /** The measured quantity: two units of one kind can be converted by their factors. */
  readonly kind: string;
  /** Size of this unit in the base unit of its kind. */
  readonly factor: number;
}

/**
 * All interpretations of a printed unit, most usual first; empty if it is not understood. Only `G/L` has two: grams, or
 * in continental Europe giga (10*9) per litre.
 */
export function readUnits(printed: string): readonly Unit[] {
  const text = plain(printed);
  if (text === "") return [];
  const lower = text.toLowerCase();
  const fixed = fixedUnits[lower];
  if (fixed !== undefined) return [fixed];
  if (/^G\/[Ll]$/.test(text)) return [fraction("g", "L")!, count("9", "l")!].filter(Boolean);
  if (/^T\/[Ll]$/.test(text)) return [count("12", "l")!];
  const power = /^(?:x|\*)?10(?:\*\*|[*^e])?[-(]?(\d{1,2})\)?(?:cells?|wbc|rbc)?\/(l|ul|mcl|mm3|cmm|cumm|ml)$/.exec(
    lower,
  );
  if (power) return some(count(power[1], power[2]));
  const word =
    /^(?:x)?(k|thou|thous|thousand|th|1000|m|mill|mil|million|millions|lakhs?|cells?|)\/(ul|mcl|mm3|cmm|cumm)$/.exec(
      lower,
    );
  if (word) return some(count(powers[word[1]], word[2]));
  const [top, ...below] = text.split("/");
  return some(fraction(top, ...below));
}

/** The interpretation of a unit: the first one of the given kinds. */
export function readUnit(printed: string, kinds?: ReadonlySet<string>): Unit | undefined {
  const all = readUnits(printed);
  return (kinds && all.find(({ kind }) => kinds.has(kind))) ?? all[0];
}

/**
 * Whether a word can be part of a unit; used to separate columns, so it is stricter than `readUnits` about single
 * letters.
 */
export function looksLikeUnit(printed: string): boolean {
  if (/^[A-Z]$/.test(printed) || /^\d+([.,]\d+)?$/.test(printed)) return false;
  return readUnits(printed).length > 0;
}

const some = (unit: Unit | undefined) => (unit === undefined ? [] : [unit]);

/** Converts superscripts to digits and both micro signs to `u`; removes blanks and closing marks. */
function plain(printed: string): string {
  return (
    printed
      .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (digits) => `^${[...digits].map((one) => "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(one)).join("")}`)
      .replace(/m\^([23])/g, "m$1")
      .replace(/[µμ]/g, "u")
      // OCR's readings of a caret, the I of IU, and the l of mol in monospaced print.
      .replace(/mo1\//, "mol/")
      .replace(/(10)~(\d)/, "$1^$2")
      .replace(/^([umk]?)lU\//, "$1IU/")
      .replace(/[×✕]/g, "x")
      .replace(/[−–]/g, "-")
      .replace(/\s+/g, "")
      .replace(/^[[(]([^()[\]]*)[\])]$/, "$1")
      .replace(/[.,;:]$/, "")
  );
}

const powers: Readonly<Record<string, string>> = {
  k: "3",
  thou: "3",
  thous: "3",
  thousand: "3",
  th: "3",
  "1000": "3",
  m: "6",
  mil: "6",
  mill: "6",
  million: "6",
  millions: "6",
  lakh: "5",
  lakhs: "5",
  cell: "0",
  cells: "0",
  "": "0",
};

/** Cells in a volume, `10*power` of them. */
function count(power: string, volume: string): Unit | undefined {
  const exponent = Number(power);
  const [ucum, litres] = volume === "l" ? ["L", 1] : volume === "ml" ? ["mL", 1e-3] : ["uL", 1e-6];
  if (![0, 3, 4, 5, 6, 9, 10, 12].includes(exponent)) return undefined;
  const top = exponent === 0 ? "" : `10*${exponent}`;
  return { ucum: `${top}/${ucum}`, kind: "number/volume", factor: 10 ** exponent / litres };
}

interface Part {
  readonly ucum: string;
  readonly kind: string;
  readonly factor: number;
}

const prefixes: readonly (readonly [print: string, ucum: string, factor: number])[] = [
  ["", "", 1],
  ["mc", "u", 1e-6],
  ["u", "u", 1e-6],
  ["m", "m", 1e-3],
  ["n", "n", 1e-9],
  ["p", "p", 1e-12],
  ["f", "f", 1e-15],
  ["d", "d", 1e-1],
  ["c", "c", 1e-2],
  ["k", "k", 1e3],
];

/** Printed base (lower case), UCUM, kind, size. */
const bases: readonly (readonly [print: string, ucum: string, kind: string, factor: number])[] = [
  ...["g", "gm", "gms", "gram", "grams"].map((print) => [print, "g", "mass", 1] as const),
  ...["mol", "mole", "moles"].map((print) => [print, "mol", "substance", 1] as const),
  ...["l", "ltr", "litre", "liter"].map((print) => [print, "L", "volume", 1] as const),
  ...["u", "unit", "units"].map((print) => [print, "U", "activity", 1] as const),
  // International units of enzymes equal U; where the two differ (hormones), tests list only one of them.
  ["iu", "[IU]", "activity", 1],
  ["eq", "eq", "equivalents", 1],
  ["osm", "osm", "osmoles", 1],
  ["osmol", "osm", "osmoles", 1],
  ["kat", "kat", "katal", 1],
  ["pa", "Pa", "pressure", 1],
  ...["s", "sec", "secs", "second", "seconds"].map((print) => [print, "s", "time", 1] as const),
  ...["min", "mins", "minute", "minutes"].map((print) => [print, "min", "time", 60] as const),
  ...["h", "hr", "hrs", "hour", "1sthr", "1sthour"].map((print) => [print, "h", "time", 3600] as const),
  ...["24h", "24hr", "24hrs", "d", "day"].map((print) => [print, "d", "time", 86_400] as const),
];

function part(printed: string): Part | undefined {
  const lower = printed.toLowerCase();
  for (const [base, ucum, kind, factor] of bases) {
    if (!lower.endsWith(base)) continue;
    const prefix = prefixes.find(([print]) => print === lower.slice(0, lower.length - base.length));
    if (prefix === undefined) continue;
    if (kind === "time" && prefix[0] !== "") continue;
    return { ucum: `${prefix[1]}${ucum}`, kind, factor: prefix[2] * factor };
  }
  return undefined;
}

/** `top/below/...` of metric parts; a creatinine, fibrinogen-equivalent or similar note is kept as UCUM's annotation. */
function fraction(top: string, ...below: readonly string[]): Unit | undefined {
  const numerator = part(top);
  // A lone h or d is not a time here: times of results are in seconds or minutes.
  if (numerator === undefined || (below.length === 0 && numerator.factor >= 3600)) return undefined;
  let { ucum, kind, factor } = numerator;
  for (const printed of below) {
    const [, hundred, name, note] =
      /^(100)?([a-z]+?)(feu|ddu|creat|creatinine|cr|hb|stool|feces)?$/i.exec(printed) ?? [];
    const lower = printed.toLowerCase();
    const divisor = hundred && name?.toLowerCase() === "ml" ? part("dl") : (part(lower) ?? part(name ?? ""));
    if (divisor === undefined) return undefined;
    const annotation = part(lower) === undefined && note !== undefined ? notes[note.toLowerCase()] : "";
    ucum += `/${divisor.ucum}${annotation}`;
    // The note is part of the kind: per gram of creatinine, in fibrinogen equivalents.
    kind += `/${divisor.kind}${annotation}`;
    factor /= divisor.factor;
  }
  return { ucum, kind, factor };
}

const notes: Readonly<Record<string, string>> = {
  feu: "{FEU}",
  ddu: "{DDU}",
  creat: "{creat}",
  creatinine: "{creat}",
  cr: "{creat}",
  hb: "{Hb}",
  stool: "",
  feces: "",
};

const unit = (ucum: string, kind: string, factor = 1): Unit => ({ ucum, kind, factor });
const gfr = unit("mL/min/{1.73_m2}", "filtration");
const perField = (field: string) => unit(`/[${field}]`, `number/${field}`);

/** Units that are not products of metric parts, by lower-case print without blanks. */
const fixedUnits: Readonly<Record<string, Unit>> = {
  "%": unit("%", "fraction", 0.01),
  percent: unit("%", "fraction", 0.01),
  "l/l": unit("L/L", "fraction"),
  "g%": unit("g/dL", "mass/volume", 10),
  "gm%": unit("g/dL", "mass/volume", 10),
  "gms%": unit("g/dL", "mass/volume", 10),
  "mg%": unit("mg/dL", "mass/volume", 0.01),
  "mm/h": unit("mm/h", "length/time"),
  "mm/hr": unit("mm/h", "length/time"),
  "mm/hour": unit("mm/h", "length/time"),
  "mm/1sthr": unit("mm/h", "length/time"),
  "mm/1sthour": unit("mm/h", "length/time"),
  mmhg: unit("mm[Hg]", "pressure", 133.322),
  "ml/min": unit("mL/min", "volume/time", 1e-3 / 60),
  "ml/min/1.73": gfr,
  "ml/min/1.73m2": gfr,
  "ml/min/1.73sqm": gfr,
  "ml/min/1,73m2": gfr,
  "ml/min/1.73m": gfr,
  "ml/min/1.73mp2": gfr,
  ratio: unit("{ratio}", "ratio"),
  index: unit("{index}", "ratio"),
  inr: unit("{INR}", "ratio"),
  ph: unit("[pH]", "pH"),
  phunits: unit("[pH]", "pH"),
  "/hpf": perField("HPF"),
  "/lpf": perField("LPF"),
  "copies/ml": unit("{copies}/mL", "copies/volume"),
  "mosm/kg": unit("mosm/kg", "osmoles/mass"),
  "mosmol/kg": unit("mosm/kg", "osmoles/mass"),
  "mosm/kgh2o": unit("mosm/kg", "osmoles/mass"),
  "ml/h": unit("mL/h", "volume/time", 1e-3 / 3600),
};
