/** A health record: one patient, their facts, the texts, and what was left out. */
import { PolyclinicError } from "../base/errors.ts";
import type { Fact, PartialDate } from "./fact.ts";

/** The patient of a health record, as stated by the source. */
export interface RecordPatient {
  /** The identifier in the source: a FHIR id, a PID-3 number, an OMOP person_id. Empty if there is none. */
  id: string;
  /** Other identifiers (FHIR `Patient.identifier`: medical record numbers and the like), as `system|value`, or the value alone. */
  identifiers?: readonly string[];
  name?: string;
  birthDate?: PartialDate;
  deceased?: PartialDate | boolean;
  sex?: string;
}

/** A note, letter or report as text. Facts of it point here by `id` and character span. */
export interface RecordText {
  id: string;
  title: string;
  date?: PartialDate;
  by?: string;
  text: string;
}

/** An entry of the source that did not become a fact. */
export interface Dropped {
  /** `Claim/123`, a section, a line: enough to locate it in the source. */
  what: string;
  reason: string;
  /** It may have concerned the patient's health: the record has a caution about it. */
  caution?: true;
  /** What it was about, without values, where the source withdrew it (entered in error, cancelled): answers mention it and never use it. */
  withdrawn?: readonly Fact[];
}

/** The format from which a record was read. */
export type RecordFormat = "fhir" | "fhir-ndjson" | "cda" | "hl7v2" | "omop" | "text" | "lab-report";

/** A patient's health record: facts and texts with provenance, and what was not read. */
export interface HealthRecord {
  format: RecordFormat;
  patient: RecordPatient;
  /** In order of `start`; facts without a date come first. */
  facts: readonly Fact[];
  texts: readonly RecordText[];
  dropped: readonly Dropped[];
  /** Cautions about the whole record, in addition to those of single facts. */
  cautions: readonly string[];
}

/** Beginning of the caution that facts refer to a patient whom the source does not describe. */
export const noPatient = "the source contains no Patient resource";

/** All records of a source, by patient. */
export interface RecordSet {
  format: RecordFormat;
  records: readonly HealthRecord[];
  /** What was left out of a source that gives no record at all. */
  dropped?: readonly Dropped[];
}

/** Patient, reference date and name of a source, for all readers of records. */
export interface ReadOptions {
  /** Chooses one patient of a source that holds several: their id, an identifier (its value, or `system|value`), `Patient/id`, or full name. */
  patient?: string;
  /** The date against which future dates are recognised. Defaults to the clock. */
  today?: PartialDate;
  /** Name of the source in error messages, usually the file name. */
  name?: string;
}

/**
 * The only record of a set, or the chosen one. @throws PolyclinicError `records/several-patients` if there are several
 * and none is chosen, `records/no-patient` if the chosen one does not exist or nothing was read.
 */
export function chooseRecord(set: RecordSet, patient?: string, name = "the record"): HealthRecord {
  const { records } = set;
  if (records.length === 0)
    throw new PolyclinicError("records/no-patient", "no patient and no clinical content was found", {
      where: name,
      expected: "facts about one patient",
      ...(set.dropped !== undefined &&
        set.dropped.length > 0 && {
          found: set.dropped
            .slice(0, 3)
            .map(({ what, reason }) => `${what}: ${reason}`)
            .join("; "),
        }),
      hint: "Check that this is the intended file.",
    });
  if (patient === undefined) {
    if (records.length === 1) return records[0];
    throw new PolyclinicError("records/several-patients", "the source contains more than one patient", {
      where: name,
      expected: "one patient, or a choice",
      found: listed(records),
      hint: "Choose one by id, identifier or full name (--patient; in code: patient).",
    });
  }
  const requestedId = patient.trim().toLowerCase();
  // An identifier of one patient may be the id of another: both are listed, and `Patient/id` and `system|value` tell them apart.
  const matching = records.filter(({ patient: { id, name: called, identifiers = [] } }) =>
    [id, `Patient/${id}`, called, ...identifiers, ...identifiers.map((one) => one.slice(one.indexOf("|") + 1))].some(
      (one) => one !== undefined && one !== "" && one.toLowerCase() === requestedId,
    ),
  );
  if (matching.length === 1) {
    const [chosen] = matching;
    const others = records.filter((record) => record !== chosen);
    const dropped = others.length === 0 ? chosen.dropped : [...chosen.dropped, notChosen(others)];
    return { ...chosen, dropped };
  }
  throw new PolyclinicError(
    matching.length === 0 ? "records/no-patient" : "records/several-patients",
    matching.length === 0 ? `no patient is called ${patient}` : `${matching.length} patients are called ${patient}`,
    {
      where: name,
      found: matching.length === 0 ? listed(records) : listed(matching, true),
      hint:
        matching.length === 0
          ? "Choose one by id, identifier or full name (--patient; in code: patient)."
          : "Choose one by Patient/id, or by system|value of an identifier (--patient; in code: patient).",
    },
  );
}

/** Names a few of the patients beside the chosen one: an export may contain thousands. */
function notChosen(others: readonly HealthRecord[]): Dropped {
  const names = others.slice(0, 3).map(({ patient: { id, name } }) => name ?? id);
  const facts = others.reduce((sum, record) => sum + record.facts.length, 0);
  return {
    what: `${names.join(", ")}${others.length > 3 ? ` and ${others.length - 3} more` : ""}`,
    reason: `not the patient chosen (${facts} ${facts === 1 ? "fact" : "facts"})`,
  };
}

/** @param identified with their identifiers, which tell apart those that a choice fits. */
function listed(records: readonly HealthRecord[], identified = false): string {
  const shown = records.slice(0, 20).map(({ patient, facts, cautions }) => {
    const called = [
      patient.name,
      patient.birthDate && `born ${patient.birthDate}`,
      identified && patient.identifiers !== undefined && `identifiers ${patient.identifiers.slice(0, 3).join(", ")}`,
      cautions.some((words) => words.startsWith(noPatient)) &&
        "no Patient resource in the source; a reference may be broken",
    ]
      .filter(Boolean)
      .join(", ");
    return `${patient.id || "without an id"}${called ? ` (${called})` : ""}: ${facts.length} facts`;
  });
  const more = records.length - shown.length;
  return `${records.length} patients: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
