import { expect, test } from "vitest";
import { answerFromRecord } from "../answer.ts";
import { sampleRecord, today } from "../testing.ts";
import { readDate, takePeriod } from "./period.ts";
import { recogniseQuestion } from "./recognise.ts";

const one = (question: string) => recogniseQuestion(question, today)?.queries[0];

test.each([
  ["What was the patient's most recent A1c?", { op: "latest", kind: "observation", concept: "a1c" }],
  ["When did she last receive the flu vaccine?", { op: "latest", concept: "flu", field: "date" }],
  [
    "How many glucose results were above 100 mg/dL in 2015?",
    { op: "count", concept: "glucose", above: 100, unit: "mg/dl", period: { from: "2015", to: "2015" } },
  ],
  ["Is he on a statin?", { op: "active", kind: "medication", concept: "statin" }],
  [
    "What was the highest LDL between January 2014 and March 3, 2015?",
    { op: "max", concept: "ldl", period: { from: "2014-01", to: "2015-03-03" } },
  ],
  ["Has the patient ever had a stroke?", { op: "ever", concept: "stroke" }],
  ["How old was the patient when asthma was first diagnosed?", { op: "age", kind: "condition", concept: "asthma" }],
  ["How many days passed between the last two creatinine measurements?", { op: "interval", concept: "creatinine" }],
  ["Is the hemoglobin normal?", { op: "latest", concept: "hemoglobin", field: "range" }],
  ["Was his last potassium too high?", { op: "latest", concept: "potassium", field: "range" }],
  ["Is the ferritin level within the reference range?", { op: "latest", concept: "ferritin", field: "range" }],
  ["Which results are abnormal?", { op: "list", kind: "observation", outside: "range" }],
  ["What lab values are out of range?", { op: "list", kind: "observation", outside: "range" }],
  ["Which blood tests were too low?", { op: "list", kind: "observation", outside: "below" }],
  ["Are any of the results elevated?", { op: "list", kind: "observation", outside: "above" }],
  ["Is anything out of range?", { op: "list", kind: "observation", outside: "range" }],
  ["List the abnormal results", { op: "list", kind: "observation", outside: "range" }],
  ["How many values are abnormal?", { op: "count", kind: "observation", outside: "range" }],
  ["How many abnormal lab results are there?", { op: "count", outside: "range" }],
  ["How many of the blood tests were too high?", { op: "count", outside: "above" }],
  ["Are the liver values normal?", { op: "list", concept: "liver values", outside: "range" }],
  ["Is her kidney function ok?", { op: "list", concept: "kidney function", outside: "range" }],
  ["Which liver enzymes are elevated?", { op: "list", concept: "liver enzymes", outside: "above" }],
  ["How many electrolytes are low?", { op: "count", concept: "electrolytes", outside: "below" }],
  ["Sind die Leberwerte erhöht?", { op: "list", concept: "leberwerte", outside: "above" }],
  ["hemoglobn", { op: "latest", concept: "hemoglobn" }],
  ["Is the ferritn ok?", { op: "latest", concept: "ferritn", field: "range" }],
  ["What's her weight?", { op: "latest", concept: "weight" }],
])("%s", (question, query) => {
  expect(one(question)).toMatchObject(query);
});

test.each([
  "Why does the patient feel tired?",
  "Should the patient start iron?",
  "Summarise the record.",
  "What was the hemoglobin if the transfusion is excluded?",
  "What was the glucose on 03/04/2019?",
  "Is it normal that the hemoglobin is low?",
  "What is a normal hemoglobin?",
  "Is a normal diet advised?",
  "Compare the last two ECGs.",
  "Are the liver values normal for her age?",
  "Are the liver values not normal?",
  "How many values are abnormal because of iron?",
  "What are normal liver values?",
  "",
])("left to a model: %s", (question) => {
  expect(recogniseQuestion(question, today)).toBeUndefined();
});

test("the question of the sample has two parts, the second about the first's test", () => {
  const answer = answerFromRecord(sampleRecord(), "What was the last haemoglobin, and is it falling?", { today })!;
  expect(answer.answers.map(({ value }) => value)).toEqual([10.4, "falling"]);
  expect(answer.text).toMatch(
    /was 10\.4 g\/dL on 2026-02-03 .*\[1\]\. Falling: .*12\.2 g\/dL on 2025-02-11, 11\.3 g\/dL on 2025-08-19, 10\.4 g\/dL on 2026-02-03 \[2\]\[3\]\[1\]\./,
  );
  expect(answer.facts.map(({ id }) => id)).toEqual([
    "Observation/718-7-5",
    "Observation/718-7-3",
    "Observation/718-7-4",
  ]);
});

test("a question whose words name nothing certain is left to a model", () => {
  expect(answerFromRecord(sampleRecord(), "What was the last thing she said?", { today })).toBeUndefined();
  expect(answerFromRecord(sampleRecord(), "Who prescribed the walking stick?", { today })).toBeUndefined();
});

test("a note that says otherwise is a caution of the coded answer", () => {
  const answer = answerFromRecord(sampleRecord(), "Is she taking naproxen?", { today })!;
  expect(answer.answers[0].value).toBe(false);
  expect(answer.cautions[0]).toContain('a note mentions it: "Takes naproxen that she buys herself again since autumn.');
});

const asked = (question: string) => answerFromRecord(sampleRecord(), question, { today });

test.each<[string, RegExp]>([
  // An ordinal before the name decides which fact is taken.
  ["How old was she at her last haemoglobin?", /^67 years old: .* 10\.4 g\/dL/],
  ["How old was she at her first haemoglobin?", /^65 years old: .* 13\.4 g\/dL/],
  ["How old was she at the previous A1c?", /^67 years old: .* on 2025-08-19/],
  ["How old was she when she last had a haemoglobin?", /^67 years old/],
  // "It" is the fact that the first part chose.
  ["What was the first haemoglobin, and was it low?", /\. Within its reference range: .* 13\.4/],
  ["What was the previous haemoglobin, and is that normal?", /\. Below its reference range: .* 11\.3/],
  ["What was the highest haemoglobin, and is it in range?", /\. Within its reference range: .* 13\.4/],
  ["What was the latest haemoglobin, and was it above 12?", /\. No: .* 10\.4 .* asked above 12/],
  ["What was the first haemoglobin, and when was it measured?", /\. 2024-02-06: /],
  ["What was the first haemoglobin, and how old was she then?", /\. 65 years old/],
  ["What was the first haemoglobin, and is it falling?", /\. Falling: /],
  // Ingredients and classes name medicines.
  ["Does she take iron?", /^Yes: Ferrous sulfate/],
  ["Is she on iron tablets?", /^Yes: Ferrous sulfate/],
  ["Does she take blood pressure tablets?", /^Yes: Lisinopril/],
  ["What is the dose of iron?", /every other day/],
  ["Does she take vitamin D?", /^Nothing in this record is called/],
  ["What was the potassium?", /^Nothing in this record is called "potassium"/],
  // What is named only of the family or in a note is stated.
  ["Does she have colon cancer?", /stated of the family once: Colon cancer \(father\)/],
  ["Has she ever had colon cancer?", /stated of the family once/],
  ["Does she have melena?", /^No coded entry .*, but a note denies it: "Denies chest pain, melena/],
  ["When was iron last measured?", /^No coded entry .*, but a note mentions it in a plan: "Continue iron/],
])("%s", (question, text) => {
  expect(asked(question)!.text).toMatch(text);
});

test("a list of medicines states what the notes say against its entries, as the question about each does", () => {
  expect(asked("What medications does she take?")!.cautions).toEqual([
    expect.stringMatching(/^Naproxen sodium 220 MG Oral Tablet: a note mentions it: "Takes naproxen/),
  ]);
});

test("dates as English writes them; what could be two dates is none", () => {
  expect(readDate("March 3rd, 2015")).toBe("2015-03-03");
  expect(readDate("3 March 2015")).toBe("2015-03-03");
  expect(readDate("Sept. 2015")).toBe("2015-09");
  expect(readDate("13/04/2019")).toBe("2019-04-13");
  expect(readDate("03/04/2019")).toBeUndefined();
  expect(readDate("2015-02-30")).toBeUndefined();
});

test("periods that count back from today", () => {
  expect(takePeriod("x in the last 6 months", "2026-08-31").period).toEqual({ from: "2026-02-28", to: "2026-08-31" });
  expect(takePeriod("x last year", today).period).toEqual({ from: "2025", to: "2025" });
  expect(takePeriod("x after 2014", today).period).toEqual({ from: "2015-01-01" });
  expect(takePeriod("x before 2014-03-01", today).period).toEqual({ to: "2014-02-28" });
});

test.each([
  ["Is my ferritin ok?", /^Below its reference range: Ferritin/],
  ["Ist das Hämoglobin in Ordnung?", /^Below its reference range: Hemoglobin/],
  ["Wie hoch ist das Hämoglobin?", /^Hemoglobin .* was 10\.4 g\/dL/],
  ["Welche Werte sind zu niedrig?", /^Hemoglobin .*Ferritin/],
  ["Are all my results normal?", /^Hemoglobin .*Ferritin/],
  ["Any abnormal values?", /^Hemoglobin .*Ferritin/],
  ["hemoglobin and ferritin?", /^Hemoglobin .*Ferritin .* was 8 ng\/mL/],
])("%s", (question, expected) => {
  expect(answerFromRecord(sampleRecord(), question, { today })?.text).toMatch(expected);
});

test.each([
  "Is the hemoglobin not low?",
  "Is the hemoglobin ok for a woman?",
  "Is the walking stick ok?",
  "Ist der Gehstock normal?",
])("%s is for a model", (question) => expect(answerFromRecord(sampleRecord(), question, { today })).toBeUndefined());

test("a group of tests is answered by the tests it means, which the answer names, and so is how many", () => {
  const of = (question: string) => answerFromRecord(sampleRecord(), question, { today })!;
  const kidney = of("Are the kidney values normal?");
  expect(kidney.answers[0].value).toEqual([]);
  expect(kidney.text).toMatch(
    /^No latest result of the kidney values is outside .*kidney values here means creatinine, eGFR, urea, BUN.* \[1\]/,
  );
  expect(kidney.facts[0].code?.display).toContain("Creatinine");
  expect(of("Is the blood count normal?").answers[0].value).toContain("Hemoglobin [Mass/volume] in Blood");
  const liver = of("Are the liver values normal?");
  expect(liver.answers[0].value).toBeUndefined();
  expect(liver.text).toMatch(/^The record states no liver values, which here means ALT/);
  const which = of("Which results are abnormal?").answers[0].value as string[];
  const many = of("How many values are abnormal?");
  expect(many.answers[0].value).toBe(which.length);
  expect(many.text).toMatch(new RegExp(`^${which.length}: `));
});

test.each([
  ["hemoglobn", "Hemoglobin"],
  ["What was the last haemoglobn?", "Hemoglobin"],
  ["Is the ferittin low?", "Ferritin"],
  ["What is the creatinin?", "Creatinine"],
])("a corrected misspelling is said in the answer: %s", (question, name) => {
  const answer = answerFromRecord(sampleRecord(), question, { today })!;
  expect(answer.text).toMatch(new RegExp(`" was interpreted as ${name}.*\\.$`));
});

test.each([" ", "?", "in ", "in the last ", "march "])(
  "a question of 100,000 characters of %j takes no time",
  (run) => {
    const question = `what${run.repeat(100_000 / run.length)}hemoglobin`;
    const began = process.cpuUsage();
    recogniseQuestion(question, today);
    takePeriod(question, today);
    // Spaces and question marks took quadratic time: 0.3 s of processor time for 16,000 characters, over a minute on a busy machine for these.
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(1);
  },
);
