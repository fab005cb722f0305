/**
 * Bounded numbers as terms, exactly: every text the term allows is a number within the bounds, and no rounding is
 * involved.
 */
import { digit } from "./json-terms.ts";
import type { Term, Terms } from "./term.ts";

/** Maximum number of decimals of a bounded number. */
export const decimals = 6;
const unit = 10n ** BigInt(decimals);

/** Integers from `low` to `high`, inclusive. */
export function integerRange(terms: Terms, low: bigint, high: bigint): Term {
  if (low > high) return terms.none;
  const choices: Term[] = [];
  if (low < 0n) {
    const magnitude = naturalRange(terms, high < 0n ? -high : 1n, -low);
    choices.push(terms.sequence(terms.text("-"), magnitude));
  }
  if (high >= 0n) choices.push(naturalRange(terms, low > 0n ? low : 0n, high));
  return terms.either(choices);
}

/** Requires 0 <= low; one alternative per number of digits, because JSON has no leading zeros. */
function naturalRange(terms: Terms, low: bigint, high: bigint): Term {
  const choices: Term[] = [];
  for (let length = String(low).length; length <= String(high).length; length++) {
    const smallest = length === 1 ? 0n : 10n ** BigInt(length - 1);
    const largest = 10n ** BigInt(length) - 1n;
    const [from, to] = [low > smallest ? low : smallest, high < largest ? high : largest];
    if (from <= to) choices.push(digitsBetween(terms, String(from), String(to)));
  }
  return terms.either(choices);
}

/** Digit strings of one length from `low` to `high`. */
function digitsBetween(terms: Terms, low: string, high: string): Term {
  if (low === "") return terms.end;
  const [l, h] = [Number(low[0]), Number(high[0])];
  const rest = low.length - 1;
  if (l === h) return terms.sequence(digit(terms, l, l), digitsBetween(terms, low.slice(1), high.slice(1)));
  const any = terms.repeat(digit(terms), rest, rest);
  return terms.either([
    terms.sequence(digit(terms, l, l), digitsBetween(terms, low.slice(1), "9".repeat(rest))),
    terms.sequence(digit(terms, l + 1, h - 1), any),
    terms.sequence(digit(terms, h, h), digitsBetween(terms, "0".repeat(rest), high.slice(1))),
  ]);
}

/** Numbers from `low` to `high` in millionths, inclusive, with at most six decimals and no exponent. */
export function decimalRange(terms: Terms, low: bigint, high: bigint): Term {
  if (low > high) return terms.none;
  const choices: Term[] = [];
  if (low < 0n) choices.push(terms.sequence(terms.text("-"), positiveDecimals(terms, high < 0n ? -high : 1n, -low)));
  if (high >= 0n) choices.push(positiveDecimals(terms, low > 0n ? low : 0n, high));
  return terms.either(choices);
}

/** 0 <= low <= high, in millionths. */
function positiveDecimals(terms: Terms, low: bigint, high: bigint): Term {
  const [wholeLow, wholeHigh] = [low / unit, high / unit];
  const [restLow, restHigh] = [String(low % unit).padStart(decimals, "0"), String(high % unit).padStart(decimals, "0")];
  const one = (whole: bigint, from: string, to: string) =>
    terms.sequence(naturalRange(terms, whole, whole), fractionBetween(terms, from, to));
  if (wholeLow === wholeHigh) return one(wholeLow, restLow, restHigh);
  const [none, all] = ["0".repeat(decimals), "9".repeat(decimals)];
  const between =
    wholeLow + 1n > wholeHigh - 1n
      ? terms.none
      : terms.sequence(naturalRange(terms, wholeLow + 1n, wholeHigh - 1n), fractionBetween(terms, none, all));
  return terms.either([one(wholeLow, restLow, all), between, one(wholeHigh, none, restHigh)]);
}

/** What may follow an integer: nothing, or a point and digits that, padded with zeros, lie between the two. */
function fractionBetween(terms: Terms, low: string, high: string): Term {
  const digits = someDigits(terms, low, high);
  const fraction = terms.sequence(terms.text("."), digits);
  return isZero(low) ? terms.optional(fraction) : fraction;
}

/** One digit or more. */
function someDigits(terms: Terms, low: string, high: string): Term {
  if (low === "") return terms.none;
  const [l, h] = [Number(low[0]), Number(high[0])];
  const rest = low.length - 1;
  const step = (from: number, to: number, lowRest: string, highRest: string) => {
    const more = someDigits(terms, lowRest, highRest);
    return terms.sequence(digit(terms, from, to), isZero(lowRest) ? terms.optional(more) : more);
  };
  if (l === h) return step(l, l, low.slice(1), high.slice(1));
  return terms.either([
    step(l, l, low.slice(1), "9".repeat(rest)),
    step(l + 1, h - 1, "0".repeat(rest), "9".repeat(rest)),
    step(h, h, "0".repeat(rest), high.slice(1)),
  ]);
}

const isZero = (digits: string) => /^0*$/.test(digits);
