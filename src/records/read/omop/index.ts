/** Tables of the OMOP Common Data Model 5.x as CSV: person, visits, conditions, drugs, measurements, observations, procedures, notes. */
import { PolyclinicError } from "../../../base/errors.ts";
import { clockToday, spanOf } from "../../dates.ts";
import type { Coding, Fact, PartialDate } from "../../fact.ts";
import { type Belongings, finishRecord } from "../../finish.ts";
import { ucumOf } from "../../printed-units.ts";
import { type Dropped, noPatient, type ReadOptions, type RecordPatient, type RecordSet } from "../../record.ts";
import { hasDecimalCommas, type Row, readCsv } from "./csv.ts";
import type { SomeRows } from "./large.ts";
import { operators, standard, systems, tables } from "./tables.ts";

/**
 * Reads tables by name (`measurement` or `measurement.csv`, in any case). `concept` gives names to concept ids; without it the source
 * values name things, and what has neither is listed as dropped.
 * @throws `records/not-omop` when no table is one of the model's, `records/csv` for tables that cannot be read.
 */
export function readOmop(files: Readonly<Record<string, string | SomeRows>>, options: ReadOptions = {}): RecordSet {
  const named = new Map(
    Object.entries(files).map(([name, text]) => [
      name
        .replace(/^.*[\\/]/, "")
        .replace(/\.(csv|tsv)$/i, "")
        .toLowerCase(),
      text,
    ]),
  );
  if (![...named.keys()].some((name) => name === "person" || Object.hasOwn(tables, name)))
    throw new PolyclinicError("records/not-omop", "no table of the OMOP common data model was found", {
      where: options.name,
      expected: `person, ${Object.keys(tables).join(", ")}`,
      found: [...named.keys()].join(", ") || "no files",
    });
  const concepts = new Map<string, Coding>();
  for (const row of readCsv(named.get("concept") ?? "", "concept")) {
    const display = row.get("concept_name");
    const id = idOf(row, "concept_id");
    if (display === undefined || id === undefined) continue;
    const vocabulary = row.get("vocabulary_id");
    const coding: Coding = { display };
    if (vocabulary !== undefined) coding.system = systems[vocabulary] ?? `urn:omop:${vocabulary}`;
    if (row.get("concept_code") !== undefined) coding.code = row.get("concept_code");
    concepts.set(id, coding);
  }
  const conceptOf = (id: string | undefined): Coding | undefined =>
    id === undefined || id === "0"
      ? undefined
      : (concepts.get(id) ?? (Object.hasOwn(standard, id) ? { display: standard[id] } : undefined));

  const people = new Map<string, { patient: RecordPatient; belongings: Belongings }>();
  const person = (id: string): { patient: RecordPatient; belongings: Belongings } => {
    const known = people.get(id);
    if (known !== undefined) return known;
    const made: { patient: RecordPatient; belongings: Belongings } = {
      patient: { id },
      belongings: { facts: [], texts: [], dropped: [] },
    };
    people.set(id, made);
    return made;
  };
  const strays: Dropped[] = [];
  const described = new Set<string>();
  for (const row of readCsv(named.get("person") ?? "", "person", ["person_id"])) {
    const id = idOf(row, "person_id");
    if (id === undefined) continue;
    described.add(id);
    const { patient } = person(id);
    const birth = birthDate(row);
    if (birth !== undefined) patient.birthDate = birth;
    const sex = conceptOf(idOf(row, "gender_concept_id"))?.display ?? row.get("gender_source_value");
    if (sex !== undefined) patient.sex = sex.toLowerCase();
  }
  for (const row of readCsv(named.get("death") ?? "", "death", ["person_id"])) {
    const date = dateOf(row, ["death_datetime", "death_date"]);
    const id = idOf(row, "person_id");
    if (id !== undefined) person(id).patient.deceased = date ?? true;
  }
  const providers = new Map<string, string>();
  for (const row of readCsv(named.get("provider") ?? "", "provider")) {
    const id = idOf(row, "provider_id");
    const name = row.get("provider_name");
    if (id !== undefined && name !== undefined) providers.set(id, name);
  }

  for (const [name, table] of Object.entries(tables)) {
    const source = named.get(name) ?? "";
    const decimalCommas = hasDecimalCommas(source);
    const byId = new Map<string, Fact>();
    for (const row of readCsv(source, name, ["person_id"])) {
      const what = `${name}/${idOf(row, table.id) ?? `line ${row.line}`}`;
      const owner = idOf(row, "person_id");
      if (owner === undefined) {
        strays.push({ what, reason: noOwner, caution: true });
        continue;
      }
      const { belongings } = person(owner);
      const duplicate = byId.get(what);
      if (duplicate !== undefined) {
        belongings.dropped.push({ what: `${what} on line ${row.line}`, reason: "its id stands before", caution: true });
        caution(duplicate, `another row has its id (line ${row.line})`);
        continue;
      }
      const fact: Fact = { id: what, kind: table.kind, source: { resource: what } };
      const concept = conceptOf(idOf(row, table.concept));
      const source = row.get(table.source);
      if (concept !== undefined) {
        fact.code = concept;
        if (source !== undefined && source !== concept.display && source !== concept.code)
          fact.translations = [{ display: source }];
      } else if (source !== undefined) fact.code = { display: source };
      else {
        belongings.dropped.push({
          what,
          reason: `cannot be identified: concept ${idOf(row, table.concept) ?? "missing"} has no name in ${named.has("concept") ? "concept.csv" : "concept.csv, which is missing,"} and there is no source value`,
          caution: true,
        });
        continue;
      }
      const start = dateOf(row, table.start, fact);
      const end = table.end === undefined ? undefined : dateOf(row, table.end, fact);
      if (row.missing > 0) caution(fact, `its row (line ${row.line}) ends ${row.missing} cells before the header`);
      if (start !== undefined) fact.start = start;
      if (end !== undefined) fact.end = end;
      const visit = idOf(row, "visit_occurrence_id");
      if (visit !== undefined && table.kind !== "encounter") fact.encounter = `visit_occurrence/${visit}`;
      const by = providers.get(idOf(row, "provider_id") ?? "");
      if (by !== undefined) fact.by = by;
      if (table.kind === "observation") readValue(fact, row, conceptOf, decimalCommas);
      if (table.kind === "medication" && row.get("sig") !== undefined) fact.dosage = row.get("sig");
      if (table.kind === "medication" && row.get("stop_reason") !== undefined)
        fact.detail = [`stopped: ${row.get("stop_reason")}`];
      byId.set(what, fact);
      belongings.facts.push(fact);
    }
  }
  for (const row of readCsv(named.get("note") ?? "", "note", ["person_id"])) {
    const id = `note/${idOf(row, "note_id") ?? `line ${row.line}`}`;
    const owner = idOf(row, "person_id");
    const text = row.get("note_text");
    if (owner === undefined || text === undefined) {
      strays.push({
        what: id,
        reason: owner === undefined ? noOwner : "has no text",
        ...(owner === undefined && { caution: true as const }),
      });
      continue;
    }
    const { belongings } = person(owner);
    const title = row.get("note_title") ?? "Note";
    const date = dateOf(row, ["note_datetime", "note_date"]);
    belongings.texts.push({ id, title, text, ...(date === undefined ? {} : { date }) });
    belongings.facts.push({
      id,
      kind: "note",
      code: { display: title },
      ...(date === undefined ? {} : { start: date }),
      source: { note: id, from: 0, to: text.length },
    });
  }
  for (const name of named.keys())
    if (!Object.hasOwn(tables, name) && !["person", "death", "concept", "provider", "note"].includes(name))
      strays.push({ what: name, reason: "Polyclinic reads no facts from this table" });
  const today = options.today ?? clockToday();
  return {
    format: "omop",
    dropped: strays,
    records: [...people.values()].map(({ patient, belongings }) =>
      finishRecord(
        "omop",
        patient,
        belongings,
        strays,
        today,
        described.has(patient.id) ? [] : [`${noPatient}: person has no row with person_id ${patient.id}`],
      ),
    ),
  };
}

const noOwner = "names no patient: it has no person_id";

/** An id; tables that went through floating-point numbers write `7.0`. */
const idOf = (row: Row, column: string) => row.get(column)?.replace(/^(\d+)\.0+$/, "$1");

function caution(fact: Fact, words: string): void {
  fact.cautions = [...(fact.cautions ?? []), words];
}

function readValue(
  fact: Fact,
  row: Row,
  conceptOf: (id: string | undefined) => Coding | undefined,
  decimalCommas: boolean,
): void {
  const numberOf = (column: string) => {
    const cell = row.get(column);
    const canonical = decimalCommas ? cell?.replace(",", ".") : cell;
    if (canonical === undefined || Number.isFinite(Number(canonical)))
      return canonical === undefined ? undefined : Number(canonical);
    caution(fact, `its ${column} is not a number: ${cell}`);
    return undefined;
  };
  const number = numberOf("value_as_number");
  const coded = conceptOf(idOf(row, "value_as_concept_id"));
  const words = row.get("value_as_string") ?? row.get("value_source_value");
  if (number !== undefined) {
    fact.value = number;
    fact.printedValue = row.get("value_as_number")!;
    const comparator = operators[idOf(row, "operator_concept_id") ?? ""];
    if (comparator !== undefined) fact.comparator = comparator;
  } else if (coded !== undefined) {
    fact.value = coded.display;
    fact.valueCode = coded;
  } else if (words !== undefined) fact.value = words;
  else
    fact.absent =
      row.get("value_as_number") === undefined
        ? "the source gives no value"
        : `its value is not a number: ${row.get("value_as_number")}`;
  const unit = conceptOf(idOf(row, "unit_concept_id"));
  const source = row.get("unit_source_value");
  const printed = source ?? unit?.code ?? unit?.display;
  if (printed !== undefined) fact.printedUnit = printed;
  const coding = unit?.system === "http://unitsofmeasure.org" ? unit.code : undefined;
  const own = source === undefined ? undefined : ucumOf(source);
  // Nothing says which of two units the number is in.
  if (coding !== undefined && own !== undefined && coding !== own)
    caution(fact, `it states two units, ${source} and ${coding}`);
  else {
    const ucum = coding ?? own ?? (printed === undefined ? undefined : ucumOf(printed));
    if (ucum !== undefined) fact.unit = ucum;
  }
  const [low, high] = [numberOf("range_low"), numberOf("range_high")];
  if (low !== undefined) fact.low = low;
  if (high !== undefined) fact.high = high;
}

/** The first of the columns that has a date; a datetime at midnight counts as a date, because exports pad it so. */
function dateOf(row: Row, columns: readonly string[], fact?: Fact): PartialDate | undefined {
  let wrong: string | undefined;
  for (const column of columns) {
    const cell = row.get(column);
    if (cell === undefined) continue;
    const iso = cell
      .replace(" ", "T")
      .replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3")
      .replace(/T00:00(?::00(?:\.0+)?)?$/, "");
    if (spanOf(iso) !== undefined) return iso;
    wrong ??= `its ${column} is not a date of the form 2026-03-01: ${cell}`;
  }
  if (fact !== undefined && wrong !== undefined) caution(fact, wrong);
  return undefined;
}

function birthDate(row: Row): PartialDate | undefined {
  const full = dateOf(row, ["birth_datetime"]);
  if (full !== undefined) return full.slice(0, 10);
  const [year, month, day] = ["year_of_birth", "month_of_birth", "day_of_birth"].map((each) => row.get(each));
  if (year === undefined) return undefined;
  const parts = [year.padStart(4, "0")];
  if (month !== undefined) parts.push(month.padStart(2, "0"));
  if (month !== undefined && day !== undefined) parts.push(day.padStart(2, "0"));
  const date = parts.join("-");
  return spanOf(date) === undefined ? undefined : date;
}
