import { expect, test } from "vitest";
import { sampleRecord, today } from "../testing.ts";
import { checkAnswer } from "./check.ts";

const record = sampleRecord();
const check = (text: string, question?: string) =>
  checkAnswer(record, text, { today, ...(question === undefined ? {} : { question }) });

test.each([
  "The haemoglobin fell from 13.4 g/dL in February 2024 to 10.4 g/dL in February 2026.",
  "Hemoglobin was 104 g/L on February 3, 2026.",
  "She takes lisinopril, atorvastatin and ferrous sulfate, and is allergic to penicillin.",
  "The last blood pressure was 128 mmHg systolic and 80 mmHg diastolic.",
  "The haemoglobin was measured 5 times and fell by 3.0 g/dL.",
  "The patient is 67 years old. Naproxen was stopped.",
  "Acute bronchitis lasted 15 days, from 2025-01-14 to 2025-01-29.",
])("supported: %s", (text) => {
  expect(check(text).cautions).toEqual([]);
});

test.each([
  ["The last haemoglobin was 14.0 g/dL on 2026-02-03.", "14.0 g/dL", "10.4 g/dL on 2026-02-03"],
  ["The haemoglobin was 10.4 g/dL on 2025-02-11.", "2025-02-11", "2026-02-03"],
  ["The haemoglobin was 10.4 mmol/L.", "mmol/L", "10.4 g/dL"],
  ["There is no history of hypertension.", "denies hypertension", "Hypertension on 2019-05"],
  ["She has no known allergies.", "denies allergies", "Penicillin"],
  ["Lisinopril was stopped and is no longer taken.", "Lisinopril is over", "active"],
  ["She is currently taking naproxen.", "naproxen goes on", "stopped"],
  ["Her haemoglobin rose by 3 g/dL.", "3 g/dL", "no two results"],
  ["The patient is 76 years old.", "age of 76", "it is 67"],
  ["Acute bronchitis lasted 51 days.", "51", "no two dates"],
])("contradicted, naming both: %s", (text, said, known) => {
  const { verdict, cautions } = check(text);
  expect(verdict).toBe("contradicted");
  expect(cautions[0]).toContain(said);
  expect(cautions[0]).toContain(known);
});

test("names the record does not have are unsupported", () => {
  expect(check("She is taking warfarin.")).toMatchObject({
    verdict: "unsupported",
    cautions: ["the answer names warfarin; the record does not"],
  });
  expect(check("She was seen by Dr. Smithson for diverticulitis.").cautions).toEqual([
    "the answer names Smithson; the record does not",
    "the answer names diverticulitis; the record does not",
  ]);
});

test("with the question, an answer that is true of another moment is caught", () => {
  const text = "The haemoglobin was 11.3 g/dL on 2025-08-19.";
  expect(check(text).verdict).toBe("supported");
  expect(check(text, "What was the last haemoglobin?")).toMatchObject({
    verdict: "contradicted",
    cautions: [expect.stringContaining("computed from the record: Hemoglobin [Mass/volume] in Blood was 10.4 g/dL")],
  });
  expect(check("No.", "Is the patient on a statin?").verdict).toBe("contradicted");
  expect(check("It is rising.", "Is the haemoglobin falling?").verdict).toBe("contradicted");
});

test("each claim has its place in the answer", () => {
  const text = "Fine. The ferritin was 80 ng/mL.";
  const claim = check(text).claims.find(({ verdict }) => verdict === "contradicted")!;
  expect(text.slice(claim.from, claim.to)).toBe("80");
});
