/**
 * Enough of UCUM (ucum.org, case-sensitive codes) to determine whether two units measure the same quantity and to
 * convert between them. A unit outside this table is "unknown", and never reported as wrong.
 */
import type { Coding } from "./fact.ts";

/** Exponents of mass, length, time, amount, temperature, arbitrary units, and osmoles. */
type Dimension = readonly [
  mass: number,
  length: number,
  time: number,
  amount: number,
  temperature: number,
  arbitrary: number,
  charge: number,
];

interface Measure {
  factor: number;
  dimension: Dimension;
  /** Celsius and Fahrenheit: kelvin = value x factor + offset. */
  offset?: number;
}

const none: Dimension = [0, 0, 0, 0, 0, 0, 0];

const dim = (...d: number[]): Dimension => [0, 1, 2, 3, 4, 5, 6].map((i) => d[i] ?? 0) as unknown as Dimension;

const pressure = dim(1, -1, -2);

/** Atoms; those marked metric take prefixes. Mass in grams, length in metres, time in seconds. */
const atoms: Readonly<Record<string, { measure: Measure; metric?: boolean }>> = {
  g: { measure: { factor: 1, dimension: dim(1) }, metric: true },
  m: { measure: { factor: 1, dimension: dim(0, 1) }, metric: true },
  L: { measure: { factor: 1e-3, dimension: dim(0, 3) }, metric: true },
  l: { measure: { factor: 1e-3, dimension: dim(0, 3) }, metric: true },
  s: { measure: { factor: 1, dimension: dim(0, 0, 1) }, metric: true },
  min: { measure: { factor: 60, dimension: dim(0, 0, 1) } },
  h: { measure: { factor: 3600, dimension: dim(0, 0, 1) } },
  d: { measure: { factor: 86400, dimension: dim(0, 0, 1) } },
  wk: { measure: { factor: 604800, dimension: dim(0, 0, 1) } },
  mo: { measure: { factor: 2629800, dimension: dim(0, 0, 1) } },
  a: { measure: { factor: 31557600, dimension: dim(0, 0, 1) } },
  mol: { measure: { factor: 1, dimension: dim(0, 0, 0, 1) }, metric: true },
  eq: { measure: { factor: 1, dimension: dim(0, 0, 0, 1) }, metric: true },
  osm: { measure: { factor: 1, dimension: dim(0, 0, 0, 0, 0, 0, 1) }, metric: true },
  kat: { measure: { factor: 1, dimension: dim(0, 0, -1, 1) }, metric: true },
  U: { measure: { factor: 1e-6 / 60, dimension: dim(0, 0, -1, 1) }, metric: true },
  "[iU]": { measure: { factor: 1, dimension: dim(0, 0, 0, 0, 0, 1) }, metric: true },
  "[IU]": { measure: { factor: 1, dimension: dim(0, 0, 0, 0, 0, 1) }, metric: true },
  K: { measure: { factor: 1, dimension: dim(0, 0, 0, 0, 1) }, metric: true },
  Cel: { measure: { factor: 1, dimension: dim(0, 0, 0, 0, 1), offset: 273.15 }, metric: false },
  "[degF]": { measure: { factor: 5 / 9, dimension: dim(0, 0, 0, 0, 1), offset: 459.67 * (5 / 9) } },
  Pa: { measure: { factor: 1000, dimension: pressure }, metric: true },
  bar: { measure: { factor: 1e8, dimension: pressure }, metric: true },
  "m[Hg]": { measure: { factor: 133322387.415, dimension: pressure }, metric: true },
  "m[H2O]": { measure: { factor: 9806650, dimension: pressure }, metric: true },
  J: { measure: { factor: 1000, dimension: dim(1, 2, -2) }, metric: true },
  cal: { measure: { factor: 4184, dimension: dim(1, 2, -2) }, metric: true },
  Hz: { measure: { factor: 1, dimension: dim(0, 0, -1) }, metric: true },
  "%": { measure: { factor: 0.01, dimension: none } },
  "[ppm]": { measure: { factor: 1e-6, dimension: none } },
  "10*": { measure: { factor: 10, dimension: none } },
  "10^": { measure: { factor: 10, dimension: none } },
  "[in_i]": { measure: { factor: 0.0254, dimension: dim(0, 1) } },
  "[ft_i]": { measure: { factor: 0.3048, dimension: dim(0, 1) } },
  "[lb_av]": { measure: { factor: 453.59237, dimension: dim(1) } },
  "[oz_av]": { measure: { factor: 28.349523125, dimension: dim(1) } },
  "[pH]": { measure: { factor: 1, dimension: none } },
};

const prefixes: Readonly<Record<string, number>> = {
  k: 1e3,
  h: 1e2,
  da: 10,
  d: 0.1,
  c: 0.01,
  m: 1e-3,
  u: 1e-6,
  n: 1e-9,
  p: 1e-12,
  f: 1e-15,
  M: 1e6,
  G: 1e9,
};

const parsed = new Map<string, Measure | undefined>();

/** The factor and dimension of a UCUM code; undefined when it is not in this table. */
export function measureOf(ucum: string): Measure | undefined {
  if (!parsed.has(ucum)) parsed.set(ucum, parse(ucum));
  return parsed.get(ucum);
}

function parse(ucum: string): Measure | undefined {
  // Annotations count as 1: {score}, /{HPF}.
  const code = ucum.replace(/\{[^}]*\}/g, "1").replace(/([A-Za-z\]%*])1(?![0-9*^])/g, "$1");
  if (code === "" || code === "1") return { factor: 1, dimension: none };
  let result: Measure = { factor: 1, dimension: none };
  let sign = 1;
  const parts = code.split(/([./])/).filter((part) => part !== "");
  for (const part of parts) {
    if (part === "." || part === "/") {
      sign = part === "/" ? -1 : 1;
      continue;
    }
    const measure = component(part);
    if (measure === undefined) return undefined;
    if (measure.offset !== undefined) return parts.length === 1 ? measure : undefined;
    result = {
      factor: result.factor * measure.factor ** sign,
      dimension: result.dimension.map((d, i) => d + sign * measure.dimension[i]) as unknown as Dimension,
    };
    sign = 1;
  }
  return result;
}

function component(part: string): Measure | undefined {
  if (/^\d+$/.test(part)) return { factor: Number(part), dimension: none };
  const power = /^(10\*|10\^)([+-]?\d+)$/.exec(part);
  if (power !== null) return { factor: 10 ** Number(power[2]), dimension: none };
  const match = /^(.*?)([+-]?\d+)?$/.exec(part)!;
  const base = atom(match[1]);
  const exponent = match[2] === undefined ? 1 : Number(match[2]);
  if (base === undefined || exponent === 1) return base;
  return {
    factor: base.factor ** exponent,
    dimension: base.dimension.map((d) => d * exponent) as unknown as Dimension,
  };
}

function atom(symbol: string): Measure | undefined {
  if (Object.hasOwn(atoms, symbol)) return atoms[symbol].measure;
  for (const length of [2, 1]) {
    const prefix = symbol.slice(0, length);
    const rest = symbol.slice(length);
    if (Object.hasOwn(prefixes, prefix) && Object.hasOwn(atoms, rest) && atoms[rest].metric) {
      const { factor, dimension } = atoms[rest].measure;
      return { factor: factor * prefixes[prefix], dimension };
    }
  }
  return undefined;
}

const sameDimension = (a: Measure, b: Measure) => a.dimension.every((d, i) => d === b.dimension[i]);

/** A value in another unit of the same quantity; undefined when either unit is unknown or they measure different things. */
export function convert(value: number, from: string, to: string): number | undefined {
  if (from === to) return value;
  const a = measureOf(from);
  const b = measureOf(to);
  if (a === undefined || b === undefined || !sameDimension(a, b)) return undefined;
  return (value * a.factor + (a.offset ?? 0) - (b.offset ?? 0)) / b.factor;
}

/** The dimension a LOINC long name states in brackets. */
const properties: Readonly<Record<string, readonly string[]>> = {
  "mass/volume": ["g/L"],
  "moles/volume": ["mol/L"],
  "#/volume": ["/L", "10*3/uL"],
  "entitic volume": ["L"],
  "entitic mass": ["g"],
  "volume fraction": ["%"],
  "mass fraction": ["%"],
  "moles/mass": ["mol/g"],
  "enzymatic activity/volume": ["U/L", "[iU]/L"],
  "mass/time": ["g/d"],
  time: ["s"],
};

/**
 * A message if the unit cannot belong to the test, according to the property in the test's LOINC name
 * (`[Mass/volume]`). Undefined if it fits, or if this cannot be determined.
 */
export function fitsUcum(code: Coding | undefined, unit: string): string | undefined {
  const property = /\[([^\]]+)\]/.exec(code?.display ?? "")?.[1].toLowerCase();
  if (property === undefined || !Object.hasOwn(properties, property)) return undefined;
  const measure = measureOf(unit);
  if (measure === undefined) return undefined;
  const expected = properties[property];
  if (expected.some((each) => sameDimension(measure, measureOf(each)!))) return undefined;
  // Synthea and older interfaces print red cell distribution "volumes" as percentages; a ratio is reported all the
  // same.
  return `the unit ${unit} is not a unit of ${property}, as ${code!.display} requires`;
}
