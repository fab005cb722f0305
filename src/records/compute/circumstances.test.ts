/** The sample chart with a death, an implausible birth date, and entries withdrawn or no longer active. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { answerFromRecord } from "../answer.ts";
import { readFhirText } from "../read/fhir/index.ts";
import type { HealthRecord } from "../record.ts";
import { afterVisitSummary } from "../summary/after-visit.ts";
import { today } from "../testing.ts";

const sample = readFileSync(new URL("../../../samples/chart.json", import.meta.url), "utf8");
type Resource = Record<string, unknown>;

/** The sample with one resource changed. */
function chartWith(id: string, changes: Resource): HealthRecord {
  const bundle = JSON.parse(sample) as { entry: { resource: Resource }[] };
  Object.assign(bundle.entry.find(({ resource }) => resource.id === id)!.resource, changes);
  return readFhirText(JSON.stringify(bundle), { today }).records[0];
}
const ask = (record: HealthRecord, question: string) => answerFromRecord(record, question, { today })!;

test("a patient who has died has the age at death, and what is dated later has a caution", () => {
  const record = chartWith("patient-1", { deceasedDateTime: "2025-01-01" });
  expect(ask(record, "How old is she?").text).toMatch(/^66 years old at death on 2025-01-01/);
  expect(record.cautions).toContainEqual(expect.stringMatching(/^\d+ facts are dated after the patient's death/));
  const died = expect.stringMatching(/^the record states that the patient has died \(2025-01-01\), before the date/);
  expect(ask(record, "What was the latest haemoglobin?").cautions).toContainEqual(died);
  expect(ask(record, "What was the first haemoglobin?").cautions).toEqual([]);
  expect(ask(record, "What medications does she take?").cautions).toContainEqual(died);
  expect(ask(record, "Does she take lisinopril?").cautions).toContain(
    "the record states that the patient has died (2025-01-01)",
  );
  const letter = afterVisitSummary(record, { today });
  expect(letter.text).toMatch(/^Caution: the record states that the patient has died/);
  expect(letter.warnings).toHaveLength(2);
});

test("a death without a date gives no age; a death that is not stated changes nothing", () => {
  const record = chartWith("patient-1", { deceasedBoolean: true });
  const { text, answers } = ask(record, "How old is she?");
  expect(text).toContain("has died");
  expect(answers[0].value).toBeUndefined();
  expect(afterVisitSummary(record, { today }).warnings).toHaveLength(1);
  const alive = chartWith("patient-1", { deceasedBoolean: false });
  expect(ask(alive, "How old is she?").answers[0].value).toBe(67);
  expect(afterVisitSummary(alive, { today }).warnings).toEqual([]);
});

test("an age above 120 years has a caution, one of 119 has none", () => {
  const implausible = chartWith("patient-1", { birthDate: "1858-01-01" });
  expect(ask(implausible, "How old is she?").cautions).toEqual([expect.stringContaining("168 years is implausible")]);
  expect(implausible.cautions).toEqual([expect.stringContaining("implausible age of 168 years")]);
  expect(chartWith("patient-1", { birthDate: "1906-06-01" }).cautions).toEqual([]);
});

test.each(["entered-in-error", "cancelled"])("a later result that is %s is told beside the older one", (status) => {
  const record = chartWith("718-7-5", { status });
  const later = expect.stringMatching(new RegExp(`^a later entry was withdrawn .* of 2026-02-03 .*${status}`));
  for (const question of ["What was the latest haemoglobin?", "Is the haemoglobin falling?", "Is the hemoglobin low?"])
    expect(ask(record, question).cautions, question).toContainEqual(later);
  expect(ask(record, "What was the latest ferritin?").cautions).toEqual([]);
});

test("what was withdrawn and is nowhere else is named", () => {
  const { cautions } = ask(chartWith("lisinopril", { status: "entered-in-error" }), "Does she take lisinopril?");
  expect(cautions).toContainEqual(expect.stringMatching(/^an entry was withdrawn .*Lisinopril 10 MG/));
});

test.each(["resolved", "inactive"])(
  "an allergy that is %s, its code without a system, is not a present one",
  (code) => {
    const record = chartWith("penicillin", { clinicalStatus: { coding: [{ code }] } });
    const answer = ask(record, "Is she allergic to penicillin?");
    expect(answer.text).toMatch(new RegExp(`^No: Penicillin on 2019-05-20, ${code}`));
    expect(answer.cautions[0]).toContain("may still matter");
    expect(ask(record, "What allergies does she have?").text).toContain(`Penicillin (2019-05-20), ${code}`);
    expect(JSON.stringify(afterVisitSummary(record, { today }).fields)).not.toContain("allergic to penicillin");
  },
);
