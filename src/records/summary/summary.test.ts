import { expect, test } from "vitest";
import { checkAnswer } from "../check/check.ts";
import { sampleRecord, today } from "../testing.ts";
import { afterVisitSummary } from "./after-visit.ts";
import { readability, syllablesOf } from "./readability.ts";
import { summaryFields } from "./summary.ts";

const record = sampleRecord();

test("the twelve fields of the latest visit, each line with its source", () => {
  const { fields, encounter } = afterVisitSummary(record, { today });
  expect(encounter.id).toBe("Encounter/visit-5");
  expect(Object.keys(fields)).toEqual(summaryFields.map(([field]) => field));
  expect(fields.patient[0].text).toBe("Ms. Mary Sample, 67 years old, female.");
  expect(fields.numbers.map(({ text }) => text)).toContain(
    "Hemoglobin: 10.4 g/dL. This is low. It should be 12 or more.",
  );
  expect(fields.otherMedications.map(({ text }) => text)).toContain(
    "Ferrous sulfate 325 MG Oral Tablet: 1 tablet every other day.",
  );
  expect(fields.nextSteps.map(({ text }) => text)).toEqual(
    expect.arrayContaining(["Planned: Colonoscopy.", "Stop naproxen."]),
  );
  expect(fields.otherComments[0].text).toBe("You are allergic to penicillin.");
  for (const [field] of summaryFields)
    for (const line of fields[field]) {
      if (field === "patient") continue;
      expect(line.facts.length > 0 || line.passage !== undefined).toBe(true);
      const note = record.texts.find(({ id }) => id === line.passage?.note);
      if (line.passage !== undefined)
        expect(note!.text.slice(line.passage.from, line.passage.to)).toContain(line.text.replace(/\.$/, ""));
    }
});

test("an earlier visit knows nothing of a later one", () => {
  const { fields } = afterVisitSummary(record, { encounter: "Encounter/visit-1", today });
  expect(fields.newIssues.map(({ text }) => text)).toEqual(["Prediabetes."]);
  expect(fields.medicationChanges.map(({ text }) => text)).toEqual([
    "Start Atorvastatin 20 MG Oral Tablet: 1 tablet at night.",
  ]);
  expect(fields.otherMedications.map(({ text }) => text)).toEqual([
    "Lisinopril 10 MG Oral Tablet: 1 tablet every morning.",
  ]);
  expect(fields.nextSteps).toEqual([]);
});

test("its numbers stand up to the check", () => {
  const { fields } = afterVisitSummary(record, { today });
  for (const { text } of fields.numbers)
    expect(checkAnswer(record, text.split(". This")[0], { today }).verdict).toBe("supported");
});

test("an encounter that is not there is said", () => {
  expect(() => afterVisitSummary(record, { encounter: "Encounter/9", today })).toThrow(
    /no such encounter .*expected .*Encounter\/visit-5/,
  );
});

test("the Flesch-Kincaid grade: counts and formula worked out by hand", () => {
  // 6 words, 6 syllables, 1 sentence: 0.39 x 6 + 11.8 x 1 - 15.59.
  expect(readability("The cat sat on the mat.")).toMatchObject({
    words: 6,
    syllables: 6,
    sentences: 1,
    grade: expect.closeTo(-1.45, 9),
  });
  expect(["table", "hemoglobin", "stopped", "medicine", "you"].map(syllablesOf)).toEqual([2, 4, 1, 3, 1]);
  expect(readability("Hypercholesterolemia.").hard).toEqual(["hypercholesterolemia"]);
});
