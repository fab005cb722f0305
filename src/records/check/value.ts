/** Checks a number that is stated as a value, with its unit, date and test. */
import { dayWords, nameOf, unitWords, valueWords, whenOf } from "../compute/words.ts";
import type { Concept } from "../concepts/resolve.ts";
import { within } from "../dates.ts";
import type { Fact } from "../fact.ts";
import { sameUnit, ucumOf } from "../printed-units.ts";
import type { HealthRecord } from "../record.ts";
import { convert } from "../units.ts";
import type { ClaimCheck } from "./check.ts";
import type { DateClaim, NumberClaim, Sentence } from "./read-claims.ts";

type Make = (
  kind: ClaimCheck["kind"],
  verdict: ClaimCheck["verdict"],
  facts: readonly Fact[],
  message?: string,
) => ClaimCheck;

export function checkValue(
  record: HealthRecord,
  sentence: Sentence,
  number: NumberClaim,
  near: readonly Concept[],
  all: readonly Fact[],
  made: Make,
): ClaimCheck {
  const facts = near.flatMap((concept) => concept.facts);
  const numeric = facts.filter(({ value }) => typeof value === "number");
  // Bounds that the question or a guideline gives, and reference ranges.
  if (
    /(?:above|below|over|under|greater than|less than|higher than|lower than|exceed\w*)\s*$/i.test(
      sentence.text.slice(0, number.from),
    )
  )
    return made("number", "supported", []);
  if (
    facts.some(({ low, high }) => low === number.value || high === number.value) &&
    /reference|range|normal/i.test(sentence.text)
  )
    return made("number", "supported", facts.slice(-1));
  const date = dateFor(sentence, number);
  const matching = numeric.filter((fact) => valueMatches(fact, number));
  if (matching.length > 0) {
    if (date === undefined) return made("number", "supported", matching);
    const dated = matching.filter(
      (fact) => whenOf(fact) !== undefined && within(whenOf(fact)!, { from: date.date, to: date.date }) !== "out",
    );
    if (dated.length > 0) return made("number", "supported", dated);
    const there = numeric.filter(
      (fact) => whenOf(fact) !== undefined && within(whenOf(fact)!, { from: date.date, to: date.date }) === "in",
    );
    return made(
      "date",
      "contradicted",
      [...matching, ...there],
      `the answer puts ${nameOf(matching[0])} ${number.words} on ${date.words}; the record has it on ${whenOf(matching[0]) ? dayWords(whenOf(matching[0])!) : "no date"}${there[0] ? ` and ${valueWords(there[0])} on ${date.words}` : ""}`,
    );
  }
  const byNumber = numeric.filter((fact) => equalAsPrinted(fact.value as number, number));
  if (byNumber.length > 0 && number.unit !== undefined)
    return made(
      "unit",
      "contradicted",
      byNumber,
      `the answer gives ${nameOf(byNumber[0])} in ${number.unit}; the record has ${valueWords(byNumber[0])}`,
    );
  // "No record of X 50 mg": the number belongs to the name that is not in the record.
  if (/^\s*no\b|\bno record\b|\bnothing in\b|\bdoes not (?:mention|name|state)\b|\bstates? no\b/i.test(sentence.text))
    return made("number", "supported", []);
  // The number may occur in text: a dose, a detail, a text result, a unit of the patient's.
  if (inTexts([...facts, ...all], number, record)) return made("number", "supported", facts.slice(0, 1));
  if (numeric.length > 0) {
    const there =
      date === undefined
        ? undefined
        : numeric.find(
            (fact) => whenOf(fact) !== undefined && within(whenOf(fact)!, { from: date.date, to: date.date }) === "in",
          );
    const shown = there ?? numeric[numeric.length - 1];
    return made(
      "number",
      "contradicted",
      [shown],
      `the answer states ${nameOf(shown)} ${number.words}; the record has ${valueWords(shown)}${whenOf(shown) ? ` on ${dayWords(whenOf(shown)!)}` : ""}`,
    );
  }
  return made(
    "number",
    "unsupported",
    [],
    `the answer states ${number.words}; the record has no such number for what the sentence names`,
  );
}

function valueMatches(fact: Fact, number: NumberClaim): boolean {
  if (typeof fact.value !== "number") return false;
  if (number.unit === undefined) return equalAsPrinted(fact.value, number);
  const own = unitWords(fact);
  if (sameUnit(own, number.unit) || sameUnit(fact.unit, number.unit)) return equalAsPrinted(fact.value, number);
  const from = fact.unit ?? (own === undefined ? undefined : ucumOf(own));
  const to = ucumOf(number.unit);
  const converted = from === undefined || to === undefined ? undefined : convert(fact.value, from, to);
  // Words that merely follow the number are not units.
  if (to === undefined && !/[/%\d]/.test(number.unit) && own !== undefined && number.unit.length > 6)
    return equalAsPrinted(fact.value, number);
  return converted !== undefined && equalAsPrinted(converted, number);
}

/** Equal after rounding to the printed digits; rounding by more than 5 % (1.4 to 1) counts as a different number. */
export function equalAsPrinted(value: number, { value: stated, decimals }: NumberClaim): boolean {
  return Math.abs(value - stated) <= Math.min(0.5 * 10 ** -decimals, Math.abs(value) * 0.05) + Math.abs(value) * 1e-9;
}

/** The date of a number: the next one after it before another number, otherwise the one before it. */
function dateFor({ dates, numbers, text }: Sentence, number: NumberClaim): DateClaim | undefined {
  const next = dates.find(({ from }) => from >= number.to);
  const nextNumber = numbers.find(({ from }) => from > number.from);
  if (
    next !== undefined &&
    (nextNumber === undefined || next.from < nextNumber.from) &&
    !/\bafter\b|\bbefore\b|\bsince\b|\bcompared\b/i.test(text.slice(number.to, next.from))
  )
    return next;
  const before = dates.filter(({ to }) => to <= number.from).pop();
  const lastNumber = numbers.filter(({ from }) => from < number.from).pop();
  if (before === undefined || (lastNumber !== undefined && lastNumber.from > before.to))
    return before !== undefined && lastNumber === undefined ? before : undefined;
  // A date that already belongs to the number before it.
  return lastNumber !== undefined && lastNumber.to <= before.from ? undefined : before;
}

function inTexts(facts: readonly Fact[], number: NumberClaim, { patient }: HealthRecord): boolean {
  const digits = String(number.value);
  const pattern = new RegExp(`(?<![\\d.])${digits.replace(".", "\\.")}(?![\\d.]*\\d)`);
  return (
    facts.some(({ dosage, detail, value, text, code, reason, printedRange }) =>
      [
        dosage,
        text,
        printedRange,
        code?.display,
        typeof value === "string" ? value : undefined,
        ...(detail ?? []),
        ...(reason ?? []),
      ].some((each) => each !== undefined && pattern.test(each)),
    ) || pattern.test(patient.id)
  );
}
