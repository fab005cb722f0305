/** Parses values and reference ranges as printed by laboratories. */

export type Comparator = "<" | "<=" | ">" | ">=";

/** The decimal mark of a document. */
export type DecimalMark = "." | ",";

export interface PrintedNumber {
  readonly value: number;
  readonly comparator?: Comparator;
  /** The digits as printed, without comparator: `7.10`. */
  readonly digits: string;
  /** Digits after the decimal mark. */
  readonly decimals: number;
  /** `1,234` in a document without an unambiguous decimal mark: thousands or thousandths. */
  readonly ambiguous?: boolean;
}

const shape =
  /^(<=|>=|=<|=>|<|>|≤|≥)?\s*([-+−]?\d{1,3}(?:[., ']\d{3})+(?:[.,]\d+)?|[-+−]?\d+(?:[.,·]\d+)?|[-+−]?[.,]\d+)$/;

/** @param mark the document's decimal mark; undefined while it is not known. */
export function readNumber(text: string, mark?: DecimalMark): PrintedNumber | undefined {
  const match = shape.exec(text.trim().replace(/^([<>≤≥])\s*=/, "$1="));
  if (match === null) return undefined;
  const [, sign, digits] = match;
  const plain = digits.replace(/−/g, "-").replace(/·/g, ".");
  const comparator = sign === undefined ? undefined : comparators[sign];
  const number = (canonical: string, ambiguous?: boolean): PrintedNumber => ({
    value: Number(canonical),
    ...(comparator && { comparator }),
    digits: plain,
    decimals: canonical.split(".")[1]?.length ?? 0,
    ...(ambiguous && { ambiguous }),
  });
  const marks = plain.replace(/[^.,]/g, "");
  if (/[ ']/.test(plain)) return number(plain.replace(/[ ']/g, "").replace(",", "."));
  if (marks === "") return number(plain);
  if (new Set(marks).size === 2) {
    const decimal = marks.at(-1)!;
    return number(plain.replaceAll(decimal === "." ? "," : ".", "").replace(decimal, "."));
  }
  if (marks.length > 1) return number(plain.replaceAll(marks[0], ""));
  const grouped = /^[-+]?[1-9]\d{0,2}[.,]\d{3}$/.test(plain);
  if (!grouped) return number(plain.replace(",", "."));
  const asThousands = plain.replace(marks, "");
  const asDecimals = plain.replace(marks, ".");
  if (mark === undefined) return number(marks === "," ? asThousands : asDecimals, true);
  return number(mark === marks ? asDecimals : asThousands);
}

const comparators: Readonly<Record<string, Comparator>> = {
  "<": "<",
  ">": ">",
  "<=": "<=",
  "=<": "<=",
  "≤": "<=",
  ">=": ">=",
  "=>": ">=",
  "≥": ">=",
};

/**
 * The decimal mark of most unambiguous numbers of a document: those with one or two, or four and more, digits after it.
 */
export function decimalMark(texts: Iterable<string>): DecimalMark | undefined {
  const seen = { ".": 0, ",": 0 };
  for (const text of texts)
    for (const [, mark] of text.matchAll(/(?<![\d.,])\d+([.,])(?:\d{1,2}|\d{4,})(?![\d.,])/g))
      seen[mark as DecimalMark]++;
  if (seen["."] === seen[","]) return undefined;
  return seen["."] > seen[","] ? "." : ",";
}

export interface PrintedRange {
  readonly low?: number;
  readonly high?: number;
  /** Maximum number of digits after the decimal mark of its bounds. */
  readonly decimals: number;
}

const between = /^[([]?\s*(\S+?)\s*(?:-|–|—|−|~|\.\.\.?|\bto\b|\bbis\b|\ba\b|\bà\b)\s*(\S+?)\s*[)\]]?$/i;
const below = /^[([]?\s*(?:up to|upto|bis|hasta|jusqu'à|less than|below|under|max\.?)\s*(\S+?)\s*[)\]]?$/i;
const above = /^[([]?\s*(?:from|ab|more than|greater than|above|over|min\.?)\s*(\S+?)\s*[)\]]?$/i;

/** A range of one or two numbers; undefined for words (`Negative`) and for ranges by sex or age, which stay as printed. */
export function readRange(text: string, mark?: DecimalMark): PrintedRange | undefined {
  const trimmed = text.trim().replace(/^(?:ref(?:erence)?\.?|normal|nv)\s*:?\s+/i, "");
  const two = between.exec(trimmed);
  if (two) {
    const [low, high] = [readNumber(two[1], mark), readNumber(two[2], mark)];
    if (low && high && !low.comparator && !high.comparator)
      return { low: low.value, high: high.value, decimals: Math.max(low.decimals, high.decimals) };
  }
  const upper = below.exec(trimmed);
  const high = upper && readNumber(upper[1], mark);
  if (high && !high.comparator) return { high: high.value, decimals: high.decimals };
  const lower = above.exec(trimmed);
  const low = lower && readNumber(lower[1], mark);
  if (low && !low.comparator) return { low: low.value, decimals: low.decimals };
  const one = readNumber(trimmed.replace(/^[([]\s*/, "").replace(/\s*[)\]]$/, ""), mark);
  if (one?.comparator?.startsWith("<")) return { high: one.value, decimals: one.decimals };
  if (one?.comparator?.startsWith(">")) return { low: one.value, decimals: one.decimals };
  return undefined;
}

/**
 * Abnormality flags of HL7 table 0078 that laboratory reports use: high, low, critically high, critically low,
 * abnormal, normal.
 */
export type Flag = "H" | "L" | "HH" | "LL" | "A" | "N";

/** The usual meaning of a printed flag; a lone asterisk only means abnormal. */
export function readFlag(text: string): Flag | undefined {
  return flags[
    text
      .trim()
      .replace(/^[([](.+)[)\]]$/, "$1")
      .toLowerCase()
  ];
}

const flags: Readonly<Record<string, Flag>> = {
  h: "H",
  high: "H",
  hi: "H",
  "h*": "H",
  "*h": "H",
  "↑": "H",
  "▲": "H",
  "+": "H",
  hoch: "H",
  hh: "HH",
  "h!": "HH",
  "↑↑": "HH",
  "++": "HH",
  "critical high": "HH",
  l: "L",
  low: "L",
  lo: "L",
  "l*": "L",
  "*l": "L",
  "↓": "L",
  "▼": "L",
  "-": "L",
  niedrig: "L",
  ll: "LL",
  "l!": "LL",
  "↓↓": "LL",
  "--": "LL",
  "critical low": "LL",
  "*": "A",
  "**": "A",
  "!": "A",
  "!!": "A",
  a: "A",
  aa: "A",
  abn: "A",
  abnormal: "A",
  critical: "A",
  n: "N",
  normal: "N",
};

/** Qualitative results. */
export const qualitative = new RegExp(
  `^(?:${[
    "negative|neg|positive|pos|non-?reactive|reactive|detected|not|nil|absent|present|trace|traces|clear|cloudy|hazy|turbid|yellow|straw|amber",
    "pale|colou?rless|normal|abnormal|borderline|equivocal|indeterminate|pending|haemolysed|hemolyzed|occasional|few|moderate|many|none|\\+{1,4}|[1-4]\\+",
    "1:\\d+|negativ|positiv|unauffällig|seen",
  ].join("|")})$`,
  "i",
);
