/** The values of JSON (RFC 8259) as terms, in one layout: `, ` and `: ` as separators, no other white space. */
import type { Term, Terms } from "./term.ts";

/** Maximum number of digits before and after the decimal point: f64 represents 15 exactly. */
export const digitLimit = 15;

const code = (character: string) => character.charCodeAt(0);
const tail: [number, number] = [0x80, 0xbf];

/** One character of a string of any length: an unescaped character in well-formed UTF-8, or an escape. */
export function stringCharacter(terms: Terms): Term {
  const hex = terms.bytes([code("0"), code("9")], [code("A"), code("F")], [code("a"), code("f")]);
  const unicode = terms.all([terms.text("u"), hex, hex, hex, hex]);
  const fourBytes = [
    terms.all([terms.bytes([0xf0, 0xf0]), terms.bytes([0x90, 0xbf]), terms.bytes(tail), terms.bytes(tail)]),
    terms.all([terms.bytes([0xf1, 0xf3]), terms.bytes(tail), terms.bytes(tail), terms.bytes(tail)]),
    terms.all([terms.bytes([0xf4, 0xf4]), terms.bytes([0x80, 0x8f]), terms.bytes(tail), terms.bytes(tail)]),
  ];
  return terms.either([countedCharacter(terms), terms.sequence(terms.text("\\"), unicode), ...fourBytes]);
}

/**
 * One character of a string with bounded length: only characters that every validator counts as one (no surrogate
 * pairs).
 */
export function countedCharacter(terms: Terms): Term {
  const escaped = terms.bytes(...[...'"\\/bfnrt'].map((c): [number, number] => [code(c), code(c)]));
  return terms.either([
    terms.bytes([0x20, 0x21], [0x23, 0x5b], [0x5d, 0x7f]),
    terms.sequence(terms.text("\\"), escaped),
    terms.all([terms.bytes([0xc2, 0xdf]), terms.bytes(tail)]),
    terms.all([terms.bytes([0xe0, 0xe0]), terms.bytes([0xa0, 0xbf]), terms.bytes(tail)]),
    terms.all([terms.bytes([0xe1, 0xec], [0xee, 0xef]), terms.bytes(tail), terms.bytes(tail)]),
    terms.all([terms.bytes([0xed, 0xed]), terms.bytes([0x80, 0x9f]), terms.bytes(tail)]),
  ]);
}

export function stringTerm(terms: Terms, least = 0, most = Infinity): Term {
  const bounded = least > 0 || most < Infinity;
  const character = bounded ? countedCharacter(terms) : stringCharacter(terms);
  const quote = terms.text('"');
  return terms.sequence(quote, terms.group(terms.sequence(terms.repeat(character, least, most), quote)));
}

export function integerTerm(terms: Terms): Term {
  const digits = terms.sequence(terms.bytes([code("1"), code("9")]), terms.repeat(digit(terms), 0, digitLimit - 1));
  return terms.group(terms.either([terms.text("0"), terms.sequence(terms.optional(terms.text("-")), digits)]));
}

/** At most 15 digits on either side and a two-digit exponent, so always a finite number. */
export function numberTerm(terms: Terms): Term {
  const digits = terms.sequence(terms.bytes([code("1"), code("9")]), terms.repeat(digit(terms), 0, digitLimit - 1));
  const fraction = terms.sequence(terms.text("."), terms.repeat(digit(terms), 1, digitLimit));
  const sign = terms.optional(terms.bytes([code("+"), code("+")], [code("-"), code("-")]));
  const exponent = terms.all([
    terms.bytes([code("e"), code("e")], [code("E"), code("E")]),
    sign,
    terms.repeat(digit(terms), 1, 2),
  ]);
  return terms.group(
    terms.all([
      terms.optional(terms.text("-")),
      terms.either([terms.text("0"), digits]),
      terms.optional(fraction),
      terms.optional(exponent),
    ]),
  );
}

export function digit(terms: Terms, low = 0, high = 9): Term {
  return low > high ? terms.none : terms.bytes([48 + low, 48 + high]);
}

/** Items between brackets; each of `first` in its place, then `least` to `most` more of `item`. */
export function arrayTerm(terms: Terms, first: readonly Term[], item: Term, least: number, most: number): Term {
  const comma = terms.text(", ");
  const more = (n: number, m: number) => terms.repeat(terms.sequence(comma, item), n, m);
  let inside: Term;
  if (first.length > 0) {
    const fixed = terms.all(first.flatMap((term, i) => (i === 0 ? [term] : [comma, term])));
    inside = terms.sequence(fixed, more(least, most));
  } else {
    const some = most < 1 ? terms.none : terms.sequence(item, more(Math.max(0, least - 1), most - 1));
    inside = least === 0 ? terms.optional(some) : some;
  }
  return terms.all([terms.text("["), inside, terms.text("]")]);
}

/** A known value, in the same layout. */
export function literalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literalText).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, inner]) => `${JSON.stringify(key)}: ${literalText(inner)}`)
      .join(", ")}}`;
  }
  return JSON.stringify(value);
}
