/** Bundles that are wrong in the ways bundles are wrong: each ends in a named error or a caution, and nothing is lost without a word. */
import { expect, test } from "vitest";
import { compute } from "../../compute/run.ts";
import { chooseRecord, type HealthRecord } from "../../record.ts";
import { readFhir } from "./index.ts";

const today = "2026-03-01";
const patient = (id = "p", name = "Ann") => ({
  resourceType: "Patient",
  id,
  name: [{ given: [name], family: "Test" }],
  birthDate: "1960",
});
const result = (id: string, value: unknown, extra: object = {}, quantity: object = {}) => ({
  resourceType: "Observation",
  id,
  status: "final",
  code: { coding: [{ system: "http://loinc.org", code: "718-7", display: "Hemoglobin [Mass/volume] in Blood" }] },
  subject: { reference: "Patient/p" },
  effectiveDateTime: `2025-01-0${(Number.parseInt(id, 10) || 0) + 1}`,
  valueQuantity: { value, unit: "g/dL", system: "http://unitsofmeasure.org", code: "g/dL", ...quantity },
  ...extra,
});
const bundle = (entries: readonly object[], extra: object = {}) => ({
  resourceType: "Bundle",
  type: "collection",
  entry: entries.map((each) => ("resourceType" in each ? { resource: each } : each)),
  ...extra,
});
const open = (json: object): HealthRecord => chooseRecord(readFhir(json, { today }));
const read = (...resources: object[]) => open(bundle([patient(), ...resources]));
const cautionsOf = (record: HealthRecord) => record.facts.flatMap(({ cautions = [] }) => cautions);

test("what was left out of a patient who is not in the source is listed with the rest", () => {
  const order = {
    resourceType: "MedicationOrder",
    id: "old",
    patient: { reference: "Patient/ghost" },
    medicationCodeableConcept: { text: "Lisinopril 10 mg" },
  };
  const { dropped, patient: of } = read(result("0", 12), order);
  expect(of.id).toBe("p");
  expect(dropped.filter(({ caution }) => caution).map(({ what, reason }) => `${what} ${reason}`)).toEqual([
    "MedicationOrder/old a MedicationOrder is of FHIR DSTU2 or STU3, not R4; it is about Patient/ghost, who is not in the source",
  ]);
});

test("what is left out and may be about the patient is a caution of the record, by reason", () => {
  const record = read(
    result("0", 12),
    result("1", 2, { status: "Entered-In-Error" }),
    result("2", 3, { subject: undefined }),
    result("3", 4, { subject: { reference: "Group/g" } }),
    result("4", 5, { bodyStructure: { reference: "BodyStructure/b" } }),
  );
  expect(record.facts.map(({ value }) => value)).toEqual([12]);
  expect(record.cautions).toEqual([
    "Observation/1 was left out: its status is entered-in-error",
    "Observation/4 was left out: written for FHIR R5, not R4: it has Observation.bodyStructure",
    "Observation/2 was left out: names no patient: it has no subject",
    "Observation/3 was left out: is about Group/g, not a patient",
  ]);
});

test("a subject that no Patient resource describes is named as what it may be", () => {
  expect(() => read(result("0", 12), result("1", 6, { subject: { reference: "Patient/typo" } }))).toThrow(
    /typo \(no Patient resource in the source; a reference may be broken\): 1 facts/,
  );
});

test("a report or an encounter entered in error casts doubt on what belongs to it", () => {
  const record = read(
    { resourceType: "Encounter", id: "e", status: "entered-in-error", subject: { reference: "Patient/p" } },
    result("0", 12, { encounter: { reference: "Encounter/e" } }),
    {
      resourceType: "DiagnosticReport",
      id: "r",
      status: "entered-in-error",
      code: { text: "Blood count" },
      subject: { reference: "Patient/p" },
      result: [{ reference: "Observation/1" }],
    },
    result("1", 13),
  );
  expect(cautionsOf(record)).toEqual([
    "its encounter was entered in error",
    "DiagnosticReport/r, which lists it, was entered in error",
  ]);
});

test("of versions the latest counts, a deletion counts, and the same id with other content is said", () => {
  const versioned = (id: string, value: number, versionId: string) => result(id, value, { meta: { versionId } });
  const record = read(
    versioned("0", 9, "9"),
    versioned("0", 10, "10"),
    versioned("1", 8, "2"),
    versioned("1", 7, "1"),
    result("2", 6),
    result("2", 6),
    result("3", 5),
    result("3", 4),
    result("4", 3),
    { request: { method: "DELETE", url: "Observation/4" } },
    { request: { method: "DELETE", url: "Observation/5" } },
    result("5", 2),
  );
  expect(record.facts.map(({ value }) => value)).toEqual([10, 8, 6, 5]);
  expect(record.dropped.map(({ what, reason }) => `${what}: ${reason}`)).toEqual([
    "Observation/0: an earlier version of it (9)",
    "Observation/1: an earlier version of it (1)",
    "Observation/2: appears twice in the source; the first was read",
    "Observation/3: appears twice in the source with different content; the first was read",
    "Observation/4: is marked as deleted in the source",
    "Observation/5: is marked as deleted in the source",
    "Observation/5: is marked as deleted in the source",
  ]);
  expect(record.cautions[0]).toContain("Observation/3 was left out");
});

test("a value that is no R4 number, or one of two, is none", () => {
  const record = read(
    result("0", "7.7"),
    result("1", 10, {}, { comparator: "~" }),
    result("2", 10, { valueString: "7.7 g/dL" }),
  );
  expect(record.facts.map(({ value, comparator, absent }) => [value, comparator, absent])).toEqual([
    [undefined, undefined, 'its value is not a valid FHIR R4 number: "7.7"'],
    [undefined, undefined, 'its value is not a valid FHIR R4 number: "~10"'],
    [undefined, undefined, 'it states more than one value: valueQuantity 10 g/dL, valueString "7.7 g/dL"'],
  ]);
});

test("sizes, units and ranges that cannot be right are cautions", () => {
  const range = [{ low: { value: 15, unit: "g/dL" }, high: { value: 12, unit: "g/dL" } }];
  const record = read(
    result("0", 104),
    result("1", 104, {}, { code: "258795003", system: "http://snomed.info/sct" }),
    result("2", 104, {}, { unit: "g/L" }),
    result("3", 12, { referenceRange: range }),
    result("4", 12, {}, { unit: undefined, code: undefined }),
  );
  const impossible = "of Hemoglobin [Mass/volume] in Blood does not occur in people: the value or its unit is wrong";
  expect(cautionsOf(record)).toEqual([
    `104 g/dL ${impossible}`,
    `104 g/dL ${impossible}`,
    "its unit is printed as g/L and coded as g/dL",
    `104 g/L ${impossible}`,
    "the lower limit of its reference range is not below the upper limit (15 g/dL to 12 g/dL); the range is ignored",
    "it states no unit, but Hemoglobin [Mass/volume] in Blood has one",
  ]);
  expect(record.facts[3].low).toBeUndefined();
});

test("a trend is one of the results in units of the test; the others are left out and named", () => {
  const record = read(
    result("0", 12),
    result("1", 11),
    result("2", 10, {}, { unit: "kg", code: "kg" }),
    result("3", 9, {}, { unit: undefined, code: undefined }),
  );
  const { value, cautions } = compute(record, { op: "trend", concept: "hemoglobin" }, { today });
  expect(value).toBe("falling");
  expect(cautions).toEqual([
    "10 kg of 2025-01-03 has a unit other than g/dL and was left out",
    "9 of 2025-01-04 has no unit and was left out",
  ]);
});

test("a page of several, entries that are none, and bundles without end are said", () => {
  const link = [{ relation: "next", url: "https://host/fhir?page=2" }];
  const record = open(bundle([patient(), result("0", 12)], { link }));
  expect(record.cautions).toEqual(["the source is one page of several: it links to a next page, which was not read"]);
  let nested: object = bundle([patient(), result("0", 12)]);
  for (let depth = 0; depth < 20_000; depth++) nested = bundle([nested]);
  expect(() => open(nested)).toThrow(/bundles nested more than 100 deep/);
  expect(() => open(bundle([], { entry: { 0: patient() } }))).toThrow(/its field entry is not a list/);
  expect(() =>
    open({ resourceType: "OperationOutcome", issue: [{ code: "forbidden", diagnostics: "no scope" }] }),
  ).toThrow(/a message from the server, not about the patient: no scope/);
});
