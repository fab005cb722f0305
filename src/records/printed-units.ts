/** Converts printed units to UCUM codes. */
import { readUnits } from "./terms/units.ts";
import { measureOf } from "./units.ts";

/** Whether two printed or UCUM units are the same in everything but spelling. */
export function sameUnit(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return plainUnit(a) === plainUnit(b);
}

/** Normalises a typed unit: case, spaces, the micro sign and `mc` for micro, `x10^3` for `10*3`. */
function plainUnit(unit: string): string {
  const plain = unit
    .replace(/[\u00b5\u03bc]/g, "u")
    .replace(/\s+/g, "")
    .replace(/\u00b0/g, "deg")
    .replace(/[\u00b2]/g, "2")
    .replace(/[\u00b3]/g, "3")
    .toLowerCase()
    .replace(/^x(?=10)/, "")
    .replace(/^10\+(?=\d)/, "10*")
    .replace(/\*\*|\^/g, "*")
    .replace(/^mc(?=g|l|mol)/, "u")
    .replace(/^gm(?=\/|$)/, "g")
    .replace(/\/cc$/, "/ml")
    .replace(/\/cmm$|\/mm3$/, "/ul")
    .replace(/^\{|\}$/g, "")
    .replace(/\{[^}]*\}/g, "");
  return Object.hasOwn(spellings, plain) ? spellings[plain] : plain;
}

const spellings: Readonly<Record<string, string>> = {
  percent: "%",
  "%oftotal": "%",
  mmhg: "mm[hg]",
  cel: "degc",
  celsius: "degc",
  c: "degc",
  "[degf]": "degf",
  fahrenheit: "degf",
  f: "degf",
  "iu/l": "[iu]/l",
  "iu/ml": "[iu]/ml",
  "uiu/ml": "u[iu]/ml",
  "miu/l": "m[iu]/l",
  "miu/ml": "m[iu]/ml",
  "k/ul": "10*3/ul",
  "thou/ul": "10*3/ul",
  "thousand/ul": "10*3/ul",
  "thous/mcl": "10*3/ul",
  "thous/ul": "10*3/ul",
  "k/mcl": "10*3/ul",
  "m/mcl": "10*6/ul",
  "10*3/mcl": "10*3/ul",
  "10*6/mcl": "10*6/ul",
  "m/ul": "10*6/ul",
  "mil/ul": "10*6/ul",
  "million/ul": "10*6/ul",
  "10*9/l": "10*9/l",
  "meq/l": "meq/l",
  bpm: "/min",
  "beats/min": "/min",
  "breaths/min": "/min",
  kgs: "kg",
  lbs: "[lb_av]",
  lb: "[lb_av]",
  inches: "[in_i]",
  in: "[in_i]",
  days: "d",
  day: "d",
  hours: "h",
  years: "a",
  "ml/min/1.73m2": "ml/min/1.73.m2",
  "ml/min/1.73m*2": "ml/min/1.73.m2",
  "ml/min/": "ml/min/1.73.m2",
};

/** Units of measurements outside the laboratory, by normalised spelling; laboratory units are in `terms/`. */
const printed: Readonly<Record<string, string>> = {
  "[iu]/l": "[iU]/L",
  "[iu]/ml": "[iU]/mL",
  "m[iu]/l": "m[iU]/L",
  "m[iu]/ml": "m[iU]/mL",
  "u[iu]/ml": "u[iU]/mL",
  "mm[hg]": "mm[Hg]",
  "/min": "/min",
  degc: "Cel",
  degf: "[degF]",
  cm: "cm",
  m: "m",
  mm: "mm",
  "[lb_av]": "[lb_av]",
  "[in_i]": "[in_i]",
  "kg/m2": "kg/m2",
  "kg/m*2": "kg/m2",
  "ml/min/1.73.m2": "mL/min/{1.73_m2}",
  d: "d",
  h: "h",
  a: "a",
};

/**
 * The UCUM code of a printed unit, if this table, `terms/` or UCUM itself contains it; undefined otherwise, never a
 * guess.
 */
export function ucumOf(unit: string): string | undefined {
  const plain = plainUnit(unit);
  if (Object.hasOwn(printed, plain)) return printed[plain];
  const readings = readUnits(unit);
  if (readings.length > 0) return readings.length === 1 ? readings[0].ucum : undefined;
  // Kelvin and Celsius inside larger units are misread abbreviations (K for thousand, C for a count).
  if (/(^|[./])K([./]|$)/.test(unit) && unit !== "K") return undefined;
  return measureOf(unit) === undefined ? undefined : unit;
}
