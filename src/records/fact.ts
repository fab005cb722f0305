/**
 * A fact: one statement of a record (a result, a diagnosis, a prescription, an event) with its location in the source.
 *
 * Every reader produces facts, and everything that answers, checks or renders a record works only on facts. Nothing in
 * a fact is guessed: a field that the source does not state is absent.
 */

export type FactKind =
  | "condition"
  | "observation"
  | "medication"
  | "procedure"
  | "immunization"
  | "allergy"
  | "encounter"
  | "report"
  | "note"
  | "device"
  | "carePlan"
  | "goal"
  | "familyHistory"
  | "imaging";

/** A concept as the source names it. `display` is the printed name and is never empty; `system` is a URI (`http://loinc.org`). */
export interface Coding {
  system?: string;
  code?: string;
  display: string;
}

/**
 * An ISO 8601 date or time in the precision of the source: `2019`, `2019-03`, `2019-03-04`, `2019-03-04T10:15`,
 * `2019-03-04T10:15:30.5+01:00`. Nothing is filled in: a missing day stays missing. `dates.ts` compares them.
 */
export type PartialDate = string;

/** A rectangle of a page, in pixels of the page image or points of the PDF page, origin at the top left. */
export interface PageBox {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** The location of a fact in its source. */
export type FactSource =
  /** `Observation/123`, or the table and row of a table file; `path` leads to the element inside (`component[1]`). */
  | { resource: string; path?: string }
  /** A page of a document, 1-based; `text` is the text printed inside `box`. */
  | { page: number; box: PageBox; text: string; document?: string }
  /** Characters `from` (inclusive) to `to` (exclusive) of a text of the record, in UTF-16 units. */
  | { note: string; from: number; to: number };

/** Whom a statement is about, and how certain the source is. If absent, the fact is affirmed for the patient. */
export type Assertion = "confirmed" | "denied" | "family" | "planned" | "possible";

/** One statement of a health record (a result, a condition, a medication, ...) with its provenance. */
export interface Fact {
  /** Unique within a record and stable when the same source is read again; answers cite it. */
  id: string;
  kind: FactKind;
  code?: Coding;
  /** Other codings of the same concept. */
  translations?: Coding[];
  /** The code of the observation it is a component of (blood pressure for systolic pressure), or of its panel. */
  partOf?: Coding;
  /** FHIR categories (`laboratory`, `vital-signs`, `encounter-diagnosis`). */
  category?: string[];
  /** When it was true or happened. An event has only `start`. */
  start?: PartialDate;
  end?: PartialDate;
  /** When it was recorded, if the source distinguishes this. */
  recorded?: PartialDate;
  /** The source's own status: `final`, `active`, `completed`, `stopped`. For a condition, its clinical status. */
  status?: string;
  /** Verification of a condition or allergy: `confirmed`, `provisional`, `refuted`. */
  verification?: string;
  assertion?: Assertion;
  value?: number | string | boolean;
  /** The value as a concept, when the source codes it; `value` is then its display. */
  valueCode?: Coding;
  /** `value` is a bound: "less than 0.1" is `<` and 0.1. */
  comparator?: "<" | "<=" | ">" | ">=";
  /** The digits as the source writes them (`7.10`), when `value` is a number. */
  printedValue?: string;
  /** UCUM, case-sensitive, where it is known. */
  unit?: string;
  /** The unit as the source prints it. */
  printedUnit?: string;
  /** Reference range in the unit of the value. */
  low?: number;
  high?: number;
  /** The range as printed when it is not two numbers. */
  printedRange?: string;
  /** The source's flag: `H`, `L`, `N`, `A`, `HH`, `LL`. */
  flag?: string;
  /** Why there is no value (`unknown`, `not-performed`, `masked`). */
  absent?: string;
  /** Who made, ordered or performed it, by name or reference. */
  by?: string;
  /** What it was done or given for, as text. */
  reason?: string[];
  /** Dose or instruction, as printed. */
  dosage?: string;
  /** Reaction, severity, outcome, body site and other details, as text. */
  detail?: string[];
  /** The encounter it belongs to: the id of a fact of kind `encounter`. */
  encounter?: string;
  /** The text of a note or the conclusion of a report. */
  text?: string;
  source: FactSource;
  /** From 0 to 1; only readers of images give less than 1 (absent). */
  confidence?: number;
  /** Cautions: a future date, a unit that does not fit. */
  cautions?: string[];
}
