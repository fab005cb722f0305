import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { answerFromRecord } from "../../answer.ts";
import { chooseRecord } from "../../record.ts";
import { readFhir, readFhirText, readNdjson } from "./index.ts";

const today = "2026-03-01";
const chart = readFileSync(new URL("../../../../samples/chart.json", import.meta.url), "utf8");
const sample = () => readFhirText(chart, { today }).records[0];

const patient = (id: string, name = "Ann") => ({
  resourceType: "Patient",
  id,
  name: [{ given: [name], family: "Test" }],
  birthDate: "1960",
});
const result = (id: string, value: number, date: string, extra: object = {}) => ({
  resourceType: "Observation",
  id,
  status: "final",
  code: { coding: [{ system: "http://loinc.org", code: "718-7", display: "Hemoglobin [Mass/volume] in Blood" }] },
  subject: { reference: "Patient/p" },
  effectiveDateTime: date,
  valueQuantity: { value, unit: "g/dL", system: "http://unitsofmeasure.org", code: "g/dL" },
  ...extra,
});
const bundle = (...resources: object[]) => ({
  resourceType: "Bundle",
  type: "collection",
  entry: resources.map((resource) => ({ resource })),
});
const read = (...resources: object[]) => chooseRecord(readFhir(bundle(...resources), { today }));

test("a patient is chosen by id, identifier or name; what fits two is listed, and can be told apart", () => {
  const mrn = { system: "https://ward.example/mrn", value: "4711" };
  const set = readFhir(
    bundle({ ...patient("p"), identifier: [mrn, { value: "77" }] }, { ...patient("4711", "Eve"), identifier: [{}] }),
    { today },
  );
  const id = (choice: string) => chooseRecord(set, choice).patient.id;
  expect(["77", "https://ward.example/mrn|4711", "Patient/p", "ann test"].map(id)).toEqual(["p", "p", "p", "p"]);
  expect(id("Patient/4711")).toBe("4711");
  expect(() => id("4711")).toThrow(/2 patients are called 4711 .*p \(.*identifiers https:.*mrn\|4711.*4711 \(Eve Test/);
  expect(() => id("78")).toThrow(/no patient is called 78 .*by id, identifier or full name/);
});

test("the sample bundle gives facts with provenance, units, ranges, flags and resolved references", () => {
  const record = sample();
  expect(record.patient).toEqual({ id: "patient-1", name: "Ms. Mary Sample", birthDate: "1958-04-12", sex: "female" });
  expect(record.dropped).toEqual([]);
  const last = record.facts.find(({ id }) => id === "Observation/718-7-5");
  expect(last).toMatchObject({
    kind: "observation",
    value: 10.4,
    printedValue: "10.4",
    unit: "g/dL",
    low: 12,
    high: 15.5,
    flag: "L",
    start: "2026-02-03T09:10:00+01:00",
    encounter: "Encounter/visit-5",
    source: { resource: "Observation/718-7-5" },
  });
  const iron = record.facts.find(({ id }) => id === "MedicationRequest/iron");
  expect(iron).toMatchObject({
    by: "Dr. Ada Okafor",
    reason: ["Iron deficiency anemia (disorder)"],
    dosage: "1 tablet every other day",
  });
});

test("components are facts of their own, with their panel", () => {
  const systolic = sample().facts.find(({ id }) => id === "Observation/bp-1#component[0]");
  expect(systolic).toMatchObject({
    value: 148,
    unit: "mm[Hg]",
    partOf: { code: "85354-9" },
    source: { resource: "Observation/bp-1", path: "component[0]" },
  });
});

test("a date keeps its precision", () => {
  expect(sample().facts.find(({ id }) => id === "Condition/hypertension")?.start).toBe("2019-05");
});

test("a note's text can be found by its span", () => {
  const record = sample();
  const note = record.facts.find(({ kind }) => kind === "note")!;
  const { note: id, from, to } = note.source as { note: string; from: number; to: number };
  expect(record.texts.find((text) => text.id === id)?.text.slice(from, to)).toContain("Takes naproxen");
});

test("planned, possible and family facts are told apart from the patient's", () => {
  const by = Object.fromEntries(sample().facts.map(({ id, assertion }) => [id, assertion]));
  expect(by["ServiceRequest/colonoscopy-planned"]).toBe("planned");
  expect(by["Condition/anaemia"]).toBe("possible");
  expect(by["FamilyMemberHistory/family-1#condition[0]"]).toBe("family");
});

test("what is entered in error is dropped and listed", () => {
  const record = read(
    patient("p"),
    result("good", 11, "2025-01-01"),
    result("bad", 2, "2025-02-01", { status: "entered-in-error" }),
  );
  expect(record.facts.map(({ id }) => id)).toEqual(["Observation/good"]);
  expect(record.dropped).toMatchObject([
    { what: "Observation/bad", reason: "its status is entered-in-error", caution: true },
  ]);
  // An answer may name what was withdrawn, and never its value.
  expect(record.dropped[0].withdrawn![0]).not.toHaveProperty("value");
});

test("resources of another FHIR release are dropped with the field that gives them away", () => {
  const record = read(
    patient("p"),
    {
      resourceType: "MedicationRequest",
      id: "r5",
      status: "active",
      subject: { reference: "Patient/p" },
      medication: { concept: { text: "x" } },
    },
    {
      resourceType: "Condition",
      id: "stu3",
      clinicalStatus: "active",
      subject: { reference: "Patient/p" },
      code: { text: "x" },
    },
  );
  expect(record.facts).toEqual([]);
  expect(record.dropped.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("R5, not R4: it has MedicationRequest.medication"),
    expect.stringContaining("STU3 or earlier, not R4: it has Condition.clinicalStatus"),
  ]);
});

test("broken references become cautions of the fact and of the record; the fact stays", () => {
  const record = read(patient("p"), result("o", 11, "2025-01-01", { encounter: { reference: "Encounter/gone" } }));
  expect(record.facts[0].cautions?.[0]).toContain("Encounter/gone, which is not in the source");
  expect(record.cautions[0]).toContain("1 references point to resources that are not in the source");
});

test("a future date is flagged and not taken for the latest", () => {
  const record = read(patient("p"), result("now", 11, "2025-01-01"), result("typo", 5, "2205-01-01"));
  expect(record.facts.find(({ id }) => id === "Observation/typo")?.cautions?.[0]).toContain("future");
  const answer = answerFromRecord(record, "What was the last hemoglobin?", { today })!;
  expect(answer.answers[0].value).toBe(11);
  expect(answer.cautions[0]).toContain("dated in the future");
});

test("a unit that does not fit the test is flagged", () => {
  const odd = result("o", 11, "2025-01-01", {
    valueQuantity: { value: 11, unit: "mm[Hg]", system: "http://unitsofmeasure.org", code: "mm[Hg]" },
  });
  expect(read(patient("p"), odd).facts[0].cautions?.[0]).toContain("is not a unit of mass/volume");
});

test("two patients are listed, and one is chosen by id or name", () => {
  const set = readFhir(bundle(patient("p"), patient("q", "Bob"), result("o", 11, "2025-01-01")), { today });
  expect(() => chooseRecord(set)).toThrow(
    /2 patients: p \(Ann Test, born 1960\): 1 facts; q \(Bob Test, born 1960\): 0 facts/,
  );
  expect(chooseRecord(set, "p").facts).toHaveLength(1);
  expect(chooseRecord(set, "bob test").facts).toHaveLength(0);
  expect(() => chooseRecord(set, "nobody")).toThrow(/no patient is called nobody/);
});

test("a result without a subject is not given to anyone when there is a patient", () => {
  const record = read(patient("p"), result("o", 11, "2025-01-01", { subject: undefined }));
  expect(record.facts).toEqual([]);
  expect(record.dropped[0]).toMatchObject({
    what: "Observation/o",
    reason: expect.stringContaining("names no patient"),
  });
});

test("a single resource is a record of a patient without a name", () => {
  const record = chooseRecord(readFhir(result("o", 11, "2025-01-01"), { today }));
  expect(record.patient).toEqual({ id: "p" });
  expect(record.facts).toHaveLength(1);
});

test("what is no FHIR and what is no JSON is said", () => {
  expect(() => readFhirText("{", { name: "a.json" })).toThrow(/a\.json: the file is not valid JSON/);
  expect(() => readFhir({ a: 1 }, { name: "a.json" })).toThrow(/the JSON is not FHIR .*found an object with a/);
});

test("NDJSON in chunks of any size gives the facts of the bundle; a broken line is listed", async () => {
  const lines = (JSON.parse(chart).entry as { resource: { id: string; resourceType: string } }[])
    .map(({ resource }) =>
      JSON.stringify(resource)
        .replaceAll("urn:uuid:patient-1", "Patient/patient-1")
        .replaceAll("urn:uuid:practitioner-1", "Practitioner/practitioner-1")
        .replace(/urn:uuid:(visit-\d)/g, "Encounter/$1")
        .replace(/urn:uuid:(hypertension|anaemia)/g, "Condition/$1"),
    )
    .join("\n");
  const bytes = new TextEncoder().encode(
    `${lines}\n{"resourceType": "Obs\n{"resourceType":"Claim","id":"c","patient":{"reference":"Patient/patient-1"},"x":\n`,
  );
  const expected = sample()
    .facts.map(({ id }) => id)
    .sort();
  for (const size of [7, 1000, bytes.length]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const record = chooseRecord(await readNdjson(chunks, { today }));
    expect(record.facts.map(({ id }) => id).sort()).toEqual(expected);
    expect(record.dropped).toEqual([
      { what: "Claim/c", reason: "billing, not clinical" },
      { what: "line 60", reason: expect.stringContaining("is not JSON") },
    ]);
  }
});

test("a reference range in another unit is converted; one that does not convert judges nothing", () => {
  const ranged = (id: string, low: object, high: object) =>
    result(id, 13.2, "2026-01-02", { referenceRange: [{ low, high }] });
  const { facts } = read(
    patient("p"),
    ranged("a", { value: 120, unit: "g/L" }, { value: 155, unit: "g/L" }),
    ranged("b", { value: 7.4, unit: "mmol/L" }, { value: 9.6, unit: "mmol/L" }),
    ranged("c", { value: 12, unit: "gm/dL" }, { value: 15.5 }),
  );
  const of = (id: string) => facts.find((fact) => fact.id === `Observation/${id}`)!;
  expect(of("a")).toMatchObject({ low: 12, high: 15.5 });
  expect([of("b").low, of("b").high, of("b").printedRange]).toEqual([undefined, undefined, "7.4 mmol/L to 9.6 mmol/L"]);
  expect(of("c")).toMatchObject({ low: 12, high: 15.5 });
});
