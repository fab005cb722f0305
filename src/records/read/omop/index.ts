/** Tables of the OMOP Common Data Model 5.x as CSV: person, visits, conditions, drugs, measurements, observations, procedures, notes. */
import { PolyclinicError } from "../../../base/errors.ts";
import { clockToday, spanOf } from "../../dates.ts";
import type { Coding, Fact, FactKind, PartialDate } from "../../fact.ts";
import { type Belongings, finishRecord } from "../../finish.ts";
import { ucumOf } from "../../printed-units.ts";
import type { ReadOptions, RecordPatient, RecordSet } from "../../record.ts";
import { type Row, readCsv } from "./csv.ts";

/** Names of vocabularies as FHIR writes them. */
const systems: Readonly<Record<string, string>> = {
  LOINC: "http://loinc.org",
  SNOMED: "http://snomed.info/sct",
  RxNorm: "http://www.nlm.nih.gov/research/umls/rxnorm",
  CVX: "http://hl7.org/fhir/sid/cvx",
  ICD10CM: "http://hl7.org/fhir/sid/icd-10-cm",
  ICD9CM: "http://hl7.org/fhir/sid/icd-9-cm",
  UCUM: "http://unitsofmeasure.org",
};

interface Table {
  kind: FactKind;
  id: string;
  concept: string;
  source: string;
  start: string[];
  end?: string[];
}

const tables: Readonly<Record<string, Table>> = {
  visit_occurrence: {
    kind: "encounter",
    id: "visit_occurrence_id",
    concept: "visit_concept_id",
    source: "visit_source_value",
    start: ["visit_start_datetime", "visit_start_date"],
    end: ["visit_end_datetime", "visit_end_date"],
  },
  condition_occurrence: {
    kind: "condition",
    id: "condition_occurrence_id",
    concept: "condition_concept_id",
    source: "condition_source_value",
    start: ["condition_start_datetime", "condition_start_date"],
    end: ["condition_end_datetime", "condition_end_date"],
  },
  drug_exposure: {
    kind: "medication",
    id: "drug_exposure_id",
    concept: "drug_concept_id",
    source: "drug_source_value",
    start: ["drug_exposure_start_datetime", "drug_exposure_start_date"],
    end: ["drug_exposure_end_datetime", "drug_exposure_end_date"],
  },
  procedure_occurrence: {
    kind: "procedure",
    id: "procedure_occurrence_id",
    concept: "procedure_concept_id",
    source: "procedure_source_value",
    start: ["procedure_datetime", "procedure_date"],
  },
  measurement: {
    kind: "observation",
    id: "measurement_id",
    concept: "measurement_concept_id",
    source: "measurement_source_value",
    start: ["measurement_datetime", "measurement_date"],
  },
  observation: {
    kind: "observation",
    id: "observation_id",
    concept: "observation_concept_id",
    source: "observation_source_value",
    start: ["observation_datetime", "observation_date"],
  },
  device_exposure: {
    kind: "device",
    id: "device_exposure_id",
    concept: "device_concept_id",
    source: "device_source_value",
    start: ["device_exposure_start_datetime", "device_exposure_start_date"],
    end: ["device_exposure_end_date"],
  },
};

/** Standard concepts every table uses, for exports that come without concept.csv. */
const standard: Readonly<Record<string, string>> = {
  8507: "male",
  8532: "female",
  9201: "Inpatient Visit",
  9202: "Outpatient Visit",
  9203: "Emergency Room Visit",
};
const operators: Readonly<Record<string, Fact["comparator"]>> = {
  4171756: "<",
  4172704: ">",
  4171754: "<=",
  4171755: ">=",
};

/**
 * Reads tables by name (`measurement` or `measurement.csv`, in any case). `concept` gives names to concept ids; without it the source
 * values name things, and what has neither is listed as dropped.
 * @throws `records/not-omop` when no table is one of the model's, `records/csv` for tables that cannot be read.
 */
export function readOmop(files: Readonly<Record<string, string>>, options: ReadOptions = {}): RecordSet {
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
    const id = row.get("concept_id");
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
  const strays: { what: string; reason: string }[] = [];
  for (const row of readCsv(named.get("person") ?? "", "person")) {
    const id = row.get("person_id");
    if (id === undefined) continue;
    const { patient } = person(id);
    const born = birthDate(row);
    if (born !== undefined) patient.birthDate = born;
    const sex = conceptOf(row.get("gender_concept_id"))?.display ?? row.get("gender_source_value");
    if (sex !== undefined) patient.sex = sex.toLowerCase();
  }
  for (const row of readCsv(named.get("death") ?? "", "death")) {
    const date = dateOf(row, ["death_datetime", "death_date"]);
    const id = row.get("person_id");
    if (id !== undefined) person(id).patient.deceased = date ?? true;
  }
  const providers = new Map<string, string>();
  for (const row of readCsv(named.get("provider") ?? "", "provider"))
    if (row.get("provider_id") && row.get("provider_name"))
      providers.set(row.get("provider_id")!, row.get("provider_name")!);

  for (const [name, table] of Object.entries(tables)) {
    for (const row of readCsv(named.get(name) ?? "", name)) {
      const what = `${name}/${row.get(table.id) ?? `line ${row.line}`}`;
      const owner = row.get("person_id");
      if (owner === undefined) {
        strays.push({ what, reason: "names no patient: it has no person_id" });
        continue;
      }
      const { belongings } = person(owner);
      const fact: Fact = { id: what, kind: table.kind, source: { resource: what } };
      const concept = conceptOf(row.get(table.concept));
      const source = row.get(table.source);
      if (concept !== undefined) {
        fact.code = concept;
        if (source !== undefined && source !== concept.display && source !== concept.code)
          fact.translations = [{ display: source }];
      } else if (source !== undefined) fact.code = { display: source };
      else {
        belongings.dropped.push({
          what,
          reason: `cannot be identified: concept ${row.get(table.concept) ?? "missing"} has no name in concept.csv and there is no source value`,
        });
        continue;
      }
      const start = dateOf(row, table.start);
      const end = table.end === undefined ? undefined : dateOf(row, table.end);
      if (start !== undefined) fact.start = start;
      if (end !== undefined) fact.end = end;
      const visit = row.get("visit_occurrence_id");
      if (visit !== undefined && table.kind !== "encounter") fact.encounter = `visit_occurrence/${visit}`;
      const by = providers.get(row.get("provider_id") ?? "");
      if (by !== undefined) fact.by = by;
      if (table.kind === "observation") readValue(fact, row, conceptOf);
      if (table.kind === "medication" && row.get("sig") !== undefined) fact.dosage = row.get("sig");
      if (table.kind === "medication" && row.get("stop_reason") !== undefined)
        fact.detail = [`stopped: ${row.get("stop_reason")}`];
      belongings.facts.push(fact);
    }
  }
  for (const row of readCsv(named.get("note") ?? "", "note")) {
    const id = `note/${row.get("note_id") ?? `line ${row.line}`}`;
    const owner = row.get("person_id");
    const text = row.get("note_text");
    if (owner === undefined || text === undefined) {
      strays.push({
        what: id,
        reason: owner === undefined ? "names no patient: it has no person_id" : "has no text",
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
    records: [...people.values()].map(({ patient, belongings }) =>
      finishRecord("omop", patient, belongings, strays, today),
    ),
  };
}

function readValue(fact: Fact, row: Row, conceptOf: (id: string | undefined) => Coding | undefined): void {
  const number = row.get("value_as_number");
  const coded = conceptOf(row.get("value_as_concept_id"));
  const words = row.get("value_as_string") ?? row.get("value_source_value");
  if (number !== undefined && Number.isFinite(Number(number))) {
    fact.value = Number(number);
    fact.printedValue = number;
    const comparator = operators[row.get("operator_concept_id") ?? ""];
    if (comparator !== undefined) fact.comparator = comparator;
  } else if (coded !== undefined) {
    fact.value = coded.display;
    fact.valueCode = coded;
  } else if (words !== undefined) fact.value = words;
  else fact.absent = "the source gives no value";
  const unit = conceptOf(row.get("unit_concept_id"));
  const printed = row.get("unit_source_value") ?? unit?.code ?? unit?.display;
  if (printed !== undefined) fact.printedUnit = printed;
  const ucum =
    unit?.system === "http://unitsofmeasure.org" ? unit.code : printed === undefined ? undefined : ucumOf(printed);
  if (ucum !== undefined) fact.unit = ucum;
  const low = row.get("range_low");
  const high = row.get("range_high");
  if (low !== undefined && Number.isFinite(Number(low))) fact.low = Number(low);
  if (high !== undefined && Number.isFinite(Number(high))) fact.high = Number(high);
}

/** The first of the columns that has a date; a datetime at midnight is the day alone, because exports fill it in so. */
function dateOf(row: Row, columns: readonly string[]): PartialDate | undefined {
  for (const column of columns) {
    const cell = row.get(column);
    if (cell === undefined) continue;
    const iso = cell
      .replace(" ", "T")
      .replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3")
      .replace(/T00:00(?::00(?:\.0+)?)?$/, "");
    if (spanOf(iso) !== undefined) return iso;
  }
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
