/** One OBX segment to a fact: its code, value, unit, reference range and status. */
import { fromHl7Date } from "../../dates.ts";
import type { Coding, Fact } from "../../fact.ts";
import { readRange } from "../../labs/numbers.ts";
import { ucumOf } from "../../printed-units.ts";
import { fitsUcum } from "../../units.ts";
import { component, repetitions, resolveEscapes, type Segment, type Separators } from "./message.ts";

const systems: Readonly<Record<string, string>> = {
  LN: "http://loinc.org",
  SCT: "http://snomed.info/sct",
  SNM: "http://snomed.info/sct",
  I9: "http://hl7.org/fhir/sid/icd-9-cm",
  I9CDX: "http://hl7.org/fhir/sid/icd-9-cm",
  I10: "http://hl7.org/fhir/sid/icd-10-cm",
  I10C: "http://hl7.org/fhir/sid/icd-10-cm",
};

export function setDate(fact: Fact, text: string): void {
  const date = fromHl7Date(text);
  if (date !== undefined) fact.start = date;
  else if (text !== "") fact.cautions = [...(fact.cautions ?? []), `its date is not a date: ${text}`];
}

export function readCode(field: string, separators: Separators): { code: Coding; translations?: Coding[] } | undefined {
  const coding = (at: number): Coding | undefined => {
    const [code, display, system] = [at, at + 1, at + 2].map((n) => component(field, n, separators));
    if (code === "" && display === "") return undefined;
    const made: Coding = { display: display || code };
    if (code !== "") made.code = code;
    if (systems[system] !== undefined) made.system = systems[system];
    else if (system !== "") made.system = `urn:hl7v2:${system}`;
    return made;
  };
  const [first, second] = [coding(1), coding(4)];
  const code = first ?? second;
  if (code === undefined) return undefined;
  return first !== undefined && second !== undefined ? { code, translations: [second] } : { code };
}

export function readResult(segment: Segment, separators: Separators, id: string): Fact {
  const get = (n: number, part = 1) => component(segment.field(n), part, separators);
  const fact: Fact = { id, kind: "observation", category: ["laboratory"], source: { resource: id } };
  Object.assign(fact, readCode(segment.field(3), separators));
  setDate(fact, get(14));
  const status = get(11);
  if (resultStatus[status] !== undefined) fact.status = resultStatus[status];
  if (status === "P" || status === "R" || status === "S")
    fact.cautions = [...(fact.cautions ?? []), `the result is ${resultStatus[status]}, not final`];
  readValue(fact, get(2), segment.field(5), separators);
  const unit = get(6) || get(6, 4);
  if (unit !== "") {
    fact.printedUnit = unit;
    const ucum = ucumOf(unit);
    if (ucum !== undefined) fact.unit = ucum;
  }
  const printed = resolveEscapes(segment.field(7), separators).replaceAll(separators.component, " ").trim();
  // OBX-7 of numbers: `lower-upper`, `> lower`, `< upper` (HL7 v2, chapter 7).
  const range = readRange(printed, ".");
  if (range !== undefined && !((range.low ?? -Infinity) > (range.high ?? Infinity))) {
    if (range.low !== undefined) fact.low = range.low;
    if (range.high !== undefined) fact.high = range.high;
    if (range.low === undefined || range.high === undefined) fact.printedRange = printed;
  } else if (printed !== "") {
    fact.printedRange = printed;
    if (range !== undefined)
      fact.cautions = [
        ...(fact.cautions ?? []),
        `the lower limit of its reference range is not below the upper limit (${printed}); the range is ignored`,
      ];
  }
  const flag = get(8);
  if (flag !== "") fact.flag = flag;
  const by = get(23);
  if (by !== "") fact.by = by;
  if (fact.value === undefined)
    fact.absent =
      status === "X" ? "the result cannot be obtained" : status === "I" ? "pending" : "the source gives no value";
  if (typeof fact.value === "number" && fact.unit !== undefined) {
    const misfit = fitsUcum(fact.code, fact.unit);
    if (misfit !== undefined) fact.cautions = [...(fact.cautions ?? []), misfit];
  }
  return fact;
}

function readValue(fact: Fact, type: string, field: string, separators: Separators): void {
  if (field.trim() === "" || field.trim() === '""') return;
  const all = repetitions(field, separators).map((each) => resolveEscapes(each, separators).trim());
  switch (type) {
    case "SN": {
      const [comparator, first, separator, second] = [1, 2, 3, 4].map((n) => component(field, n, separators));
      if (second !== "") fact.value = `${comparator}${first}${separator || " "}${second}`;
      else setNumber(fact, `${comparator}${first}`);
      return;
    }
    case "NM":
      setNumber(fact, all[0]);
      return;
    case "CE":
    case "CWE":
    case "CNE":
    case "CF": {
      const read = repetitions(field, separators)
        .map((each) => readCode(each, separators)?.code ?? undefined)
        .filter((each) => each !== undefined);
      if (read.length === 0) return;
      fact.value = read.map(({ display }) => display).join("; ");
      if (read.length === 1) fact.valueCode = read[0];
      return;
    }
    case "DT":
    case "TS":
    case "DTM":
      fact.value = fromHl7Date(all[0]) ?? all[0];
      return;
    case "ED":
    case "RP":
      fact.absent = `a value of type ${type} (an attachment) is not supported`;
      return;
    default:
      if (/^(<=|>=|<|>)?\s*-?\d+(\.\d+)?$/.test(all.join("\n"))) setNumber(fact, all[0]);
      else fact.value = all.join("\n");
  }
}

function setNumber(fact: Fact, text: string): void {
  const match = /^(<=|>=|<|>)?\s*([+-]?\d+(?:\.\d+)?)$/.exec(text);
  if (match === null) {
    fact.value = text;
    return;
  }
  fact.value = Number(match[2]);
  fact.printedValue = match[2];
  if (match[1] !== undefined) fact.comparator = match[1] as Fact["comparator"];
}

const resultStatus: Readonly<Record<string, string>> = {
  F: "final",
  C: "corrected",
  P: "preliminary",
  R: "not verified",
  S: "partial",
  I: "pending",
  X: "unobtainable",
  U: "final",
  B: "appended",
};
