/** Data types of CDA: codes, quantities, intervals, times, names. */

import { child, elements, textOf, type XmlElement } from "../../../bytes/xml.ts";
import { fromHl7Date } from "../../dates.ts";
import type { Coding, Fact, PartialDate } from "../../fact.ts";
import { ucumOf } from "../../printed-units.ts";
import { measureOf } from "../../units.ts";
import type { Narrative } from "./narrative.ts";

/** Object identifiers of the code systems, as FHIR names them. */
export const systems: Readonly<Record<string, string>> = {
  "2.16.840.1.113883.6.1": "http://loinc.org",
  "2.16.840.1.113883.6.96": "http://snomed.info/sct",
  "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
  "2.16.840.1.113883.12.292": "http://hl7.org/fhir/sid/cvx",
  "2.16.840.1.113883.6.59": "http://hl7.org/fhir/sid/cvx",
  "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
  "2.16.840.1.113883.6.103": "http://hl7.org/fhir/sid/icd-9-cm",
  "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
  "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
  "2.16.840.1.113883.4.9": "http://fdasis.nlm.nih.gov",
};

/** A narrative reference (`<reference value="#x"/>`) as text, with its span. */
export function referenced(element: XmlElement | undefined, narrative: Narrative) {
  const value = child(element, "reference")?.attributes.value;
  const span = value === undefined ? undefined : narrative.spans.get(value.replace(/^#/, ""));
  return span === undefined ? undefined : { ...span, text: narrative.text.slice(span.from, span.to).trim() };
}

/**
 * A coded element: its display, otherwise its original text, otherwise the narrative, otherwise a translation's
 * display.
 */
export function readCode(
  element: XmlElement | undefined,
  narrative: Narrative,
): { code: Coding; translations?: Coding[] } | undefined {
  if (element === undefined) return undefined;
  const translations = elements(element, "translation")
    .map(coding)
    .filter((each) => each !== undefined);
  const original = child(element, "originalText");
  const printed = textOf(original) || referenced(original, narrative)?.text;
  const own = element.attributes.code === undefined ? undefined : coding(element);
  const [head, rest] = own === undefined ? [translations[0], translations.slice(1)] : [own, translations];
  const display =
    element.attributes.displayName ||
    printed ||
    (own === undefined ? head?.display : undefined) ||
    translations[0]?.display ||
    own?.code;
  if (display === undefined || display === "") return undefined;
  const code: Coding = { ...head, display: display.replace(/\s+/g, " ").trim() };
  return rest.length > 0 ? { code, translations: rest } : { code };
}

function coding({ attributes }: XmlElement): Coding | undefined {
  const display = attributes.displayName || attributes.code;
  if (display === undefined || display === "") return undefined;
  const made: Coding = { display };
  const system = attributes.codeSystem && (systems[attributes.codeSystem] ?? `urn:oid:${attributes.codeSystem}`);
  if (system) made.system = system;
  if (attributes.code) made.code = attributes.code;
  return made;
}

/** effectiveTime as an instant or an interval; several (a drug's period and frequency) are combined. */
export function readTime(times: readonly XmlElement[]): { start?: PartialDate; end?: PartialDate } {
  const found: { start?: PartialDate; end?: PartialDate } = {};
  for (const time of times) {
    if (time.attributes.type === "PIVL_TS" || time.attributes.type === "EIVL_TS") continue;
    found.start ??=
      fromHl7Date(time.attributes.value) ??
      fromHl7Date(child(time, "low")?.attributes.value) ??
      fromHl7Date(child(time, "center")?.attributes.value);
    found.end ??= fromHl7Date(child(time, "high")?.attributes.value);
  }
  // An interval of one instant is that instant.
  if (found.end !== undefined && found.end === found.start) delete found.end;
  for (const field of ["start", "end"] as const) if (found[field] === undefined) delete found[field];
  return found;
}

/** Values in place of a date that are not dates. */
export const wrongTimes = (times: readonly XmlElement[]): string[] =>
  times
    .flatMap((time) => [time, ...["low", "center", "high"].map((name) => child(time, name))])
    .map((time) => time?.attributes.value?.trim() ?? "")
    .filter((text) => text !== "" && fromHl7Date(text) === undefined);

/** Stores a value element of any type in the fields of a fact. */
export function readValue(fact: Fact, value: XmlElement, narrative: Narrative): void {
  const { attributes } = value;
  switch (attributes.type) {
    case "PQ":
    case "INT":
    case "REAL":
    case "MO":
      if (number(attributes.value) !== undefined) {
        fact.value = number(attributes.value);
        fact.printedValue = attributes.value.trim();
      }
      setUnit(fact, attributes.unit);
      if (fact.value === undefined) readTranslation(fact, value);
      if (fact.value === undefined && attributes.value?.trim())
        fact.absent = `its value is not a number: ${attributes.value.trim()}`;
      break;
    case "IVL_PQ":
    case "IVL_INT":
    case "IVL_REAL":
      readInterval(fact, value);
      break;
    case "CD":
    case "CE":
    case "CO":
    case "CV":
    case "CS": {
      const read = readCode(value, narrative);
      if (read !== undefined) {
        fact.value = read.code.display;
        fact.valueCode = read.code;
      }
      break;
    }
    case "BL":
      if (attributes.value !== undefined) fact.value = attributes.value === "true";
      break;
    case "TS":
      fact.value = fromHl7Date(attributes.value) ?? attributes.value;
      break;
    case "RTO_PQ_PQ":
    case "RTO": {
      const part = (name: string) =>
        [child(value, name)?.attributes.value, child(value, name)?.attributes.unit].filter(Boolean).join(" ");
      if (part("numerator")) fact.value = `${part("numerator")} / ${part("denominator")}`;
      break;
    }
    default: {
      const words =
        textOf(value) ||
        referenced(value, narrative)?.text ||
        attributes.displayName ||
        attributes.value ||
        attributes.code;
      if (words) setText(fact, words, attributes.unit);
    }
  }
  if (fact.value === undefined && attributes.nullFlavor !== undefined) {
    // A value outside the code system may still be printed: originalText or a translation.
    const read = readCode(value, narrative);
    if (read !== undefined) {
      fact.value = read.code.display;
      fact.valueCode = read.code;
    } else {
      const words = textOf(value) || referenced(value, narrative)?.text;
      if (words) setText(fact, words, undefined);
      else fact.absent = nullFlavors[attributes.nullFlavor] ?? attributes.nullFlavor;
    }
  }
}

/** A quantity whose unit is not UCUM is in a translation, its unit as original text. */
function readTranslation(fact: Fact, value: XmlElement): void {
  const translation = child(value, "translation");
  if (number(translation?.attributes.value) === undefined) return;
  fact.value = number(translation?.attributes.value);
  fact.printedValue = translation!.attributes.value.trim();
  setUnit(fact, textOf(child(translation, "originalText")) || translation!.attributes.unit);
}

/** A number sent as text is a number; anything else stays text. */
function setText(fact: Fact, words: string, unit: string | undefined): void {
  const match = /^(<=|>=|<|>)?\s*([+-]?\d+(?:\.\d+)?)$/.exec(words);
  if (match === null) fact.value = words;
  else {
    fact.value = Number(match[2]);
    fact.printedValue = match[2];
    if (match[1] !== undefined) fact.comparator = match[1] as Fact["comparator"];
  }
  setUnit(fact, unit);
}

export function setUnit(fact: Fact, unit: string | undefined): void {
  const printed = unit?.trim();
  if (printed === undefined || printed === "" || printed === "1") return;
  fact.printedUnit = printed;
  const ucum = ucumOf(printed);
  if (ucum !== undefined && measureOf(ucum) !== undefined) fact.unit = ucum;
}

function readInterval(fact: Fact, value: XmlElement): void {
  const low = child(value, "low");
  const high = child(value, "high");
  const lowest = number(low?.attributes.value);
  const highest = number(high?.attributes.value);
  setUnit(fact, low?.attributes.unit ?? high?.attributes.unit);
  const closed = (bound: XmlElement | undefined) => bound?.attributes.inclusive !== "false";
  if (lowest !== undefined && highest === undefined) {
    fact.value = lowest;
    fact.printedValue = low!.attributes.value;
    fact.comparator = closed(low) ? ">=" : ">";
  } else if (highest !== undefined && (lowest === undefined || lowest === 0)) {
    fact.value = highest;
    fact.printedValue = high!.attributes.value;
    fact.comparator = closed(high) ? "<=" : "<";
  } else if (lowest !== undefined && highest !== undefined)
    fact.value = `${low!.attributes.value} to ${high!.attributes.value}`;
}

/** referenceRange elements: one normal range as numbers, anything else as printed. */
export function readRanges(fact: Fact, ranges: readonly XmlElement[], narrative: Narrative): void {
  const read = ranges.map((range) => {
    const observed = child(range, "observationRange");
    const value = child(observed, "value");
    const kind = child(observed, "interpretationCode")?.attributes.code;
    const words = textOf(child(observed, "text")) || referenced(child(observed, "text"), narrative)?.text;
    const low = number(child(value, "low")?.attributes.value);
    const high = number(child(value, "high")?.attributes.value);
    const unit = child(value, "low")?.attributes.unit ?? child(value, "high")?.attributes.unit;
    return {
      low,
      high,
      unit,
      kind,
      words:
        words ||
        (value?.attributes.type === "ST" || value?.attributes.displayName
          ? textOf(value) || value?.attributes.displayName
          : undefined),
    };
  });
  const numeric = read.filter(
    ({ low, high, kind }) => (low ?? high) !== undefined && (kind === undefined || kind === "N"),
  );
  if (
    numeric.length === 1 &&
    (numeric[0].unit === undefined || numeric[0].unit === fact.printedUnit || fact.printedUnit === undefined)
  ) {
    if (numeric[0].low !== undefined) fact.low = numeric[0].low;
    if (numeric[0].high !== undefined) fact.high = numeric[0].high;
    if (numeric[0].words) fact.printedRange = numeric[0].words;
    return;
  }
  const printed = read
    .map(
      ({ low, high, unit, kind, words }) =>
        words ??
        ((low ?? high) === undefined
          ? undefined
          : `${kind ? `${kind}: ` : ""}${low ?? ""} to ${high ?? ""} ${unit ?? ""}`.trim()),
    )
    .filter((each) => each !== undefined);
  if (printed.length > 0) fact.printedRange = printed.join("; ");
}

const nullFlavors: Readonly<Record<string, string>> = {
  UNK: "unknown",
  NI: "no information",
  NA: "not applicable",
  NASK: "not asked",
  ASKU: "asked, unknown",
  NAV: "temporarily unavailable",
  MSK: "masked",
  OTH: "other",
  PINF: "above all limits",
  NINF: "below all limits",
};

export function number(words: string | undefined): number | undefined {
  return words !== undefined && /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(words)
    ? Number(words)
    : undefined;
}

/** A person's or organisation's name as printed. */
export function readName(name: XmlElement | undefined): string | undefined {
  if (name === undefined) return undefined;
  const parts = ["prefix", "given", "family", "suffix"]
    .flatMap((part) => elements(name, part).map(textOf))
    .filter(Boolean);
  return (parts.length > 0 ? parts.join(" ") : textOf(name)) || undefined;
}
