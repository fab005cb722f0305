/** Values of the sample chart are those of tools/make-chart.mjs; sums are worked out by hand beside each expectation. */
import { expect, test } from "vitest";
import type { Fact } from "../fact.ts";
import { recordOf, sampleRecord, today } from "../testing.ts";
import { type ComputeQuery, checkQuery } from "./query.ts";
import { compute } from "./run.ts";
import { standingOf } from "./standing.ts";

const record = sampleRecord();
const run = (query: ComputeQuery) => compute(record, query, { today });

test.each<[ComputeQuery, unknown]>([
  [{ op: "latest", concept: "Hb" }, 10.4],
  [{ op: "first", concept: "haemoglobin" }, 13.4],
  [{ op: "previous", concept: "718-7" }, 11.3],
  [{ op: "max", concept: "A1c" }, 6.6],
  [{ op: "min", concept: "hemoglobin", period: { to: "2025" } }, 11.3],
  [{ op: "mean", concept: "ferritin" }, (62 + 28 + 8) / 3],
  [{ op: "count", concept: "creatinine" }, 5],
  [{ op: "count", concept: "hemoglobin", below: 12 }, 2],
  [{ op: "change", concept: "weight" }, -3.7],
  [{ op: "trend", concept: "hemoglobin" }, "falling"],
  [{ op: "trend", concept: "creatinine" }, "mixed"],
  // 19 August 2025 to 3 February 2026: 12 + 30 + 31 + 30 + 31 + 31 + 3 days.
  [{ op: "interval", concept: "hemoglobin" }, 168],
  [{ op: "ever", concept: "statin" }, true],
  [{ op: "active", kind: "medication", concept: "naproxen" }, false],
  [{ op: "latest", concept: "naproxen", field: "by" }, "Dr. Ada Okafor"],
  [{ op: "latest", concept: "bronchitis", field: "end" }, "2025-01-29"],
  [{ op: "duration", concept: "bronchitis" }, 15],
  [
    { op: "list", kind: "medication", which: "latest" },
    ["Lisinopril 10 MG Oral Tablet", "Atorvastatin 20 MG Oral Tablet", "Ferrous sulfate 325 MG Oral Tablet"],
  ],
  [{ op: "list", kind: "medication", reason: "hypertension" }, ["Lisinopril 10 MG Oral Tablet"]],
  [{ op: "age" }, 67],
  [{ op: "age", concept: "colonoscopy" }, 58],
  [{ op: "patient", field: "birthDate" }, "1958-04-12"],
  [{ op: "latest", concept: "blood pressure" }, ["128 mmHg", "80 mmHg"]],
  [{ op: "ever", kind: "familyHistory", concept: "colon cancer" }, true],
])("%o", (query, value) => {
  const answer = run(query);
  if (typeof value === "number") expect(answer.value).toBeCloseTo(value, 9);
  else expect(answer.value).toEqual(value);
});

test("measurements of a panel are never one series, whether sent together or one by one", () => {
  const pressure = (op: ComputeQuery["op"], rest: Partial<ComputeQuery> = {}) =>
    run({ op, concept: "blood pressure", ...rest });
  expect(pressure("trend").value).toEqual(["falling", "falling"]);
  expect(pressure("min").value).toEqual(["128 mmHg", "80 mmHg"]);
  expect(pressure("max").text).toMatch(/Systolic blood pressure was 148 mmHg .* Diastolic blood pressure was 92 mmHg/);
  expect(pressure("mean").value).toEqual(["136 mmHg", "84.8 mmHg"]);
  expect(pressure("change").value).toEqual(["-20 mmHg", "-12 mmHg"]);
  expect(pressure("count", { above: 130 }).value).toEqual(["4", "0"]);
  expect(pressure("count").value).toBe(5);
  expect(pressure("ever", { above: 140 }).value).toBe(true);
  expect(pressure("latest", { field: "range" }).text).toMatch(/^Systolic .* Diastolic /);
  const alone = [
    [118, "8480-6", "Systolic blood pressure", "2025-01-01"],
    [76, "8462-4", "Diastolic blood pressure", "2025-01-01"],
    [131, "8480-6", "Systolic blood pressure", "2025-02-01"],
  ] as const;
  const sent = recordOf(
    alone.map(([value, code, display, start]) => ({
      value,
      unit: "mm[Hg]",
      printedUnit: "mmHg",
      start,
      code: { system: "http://loinc.org", code, display },
    })),
  );
  const latest = compute(sent, { op: "latest", concept: "blood pressure" }, { today });
  expect(latest.text).toMatch(/Systolic blood pressure was 131 .*Diastolic blood pressure was 76/);
  expect(compute(sent, { op: "count", concept: "blood pressure" }, { today }).value).toBe(2);
});

test("an answer cites its facts, with date and unit", () => {
  expect(run({ op: "latest", concept: "hemoglobin" })).toMatchObject({
    unit: "g/dL",
    date: "2026-02-03T09:10:00+01:00",
    facts: [{ id: "Observation/718-7-5" }],
    text: "Hemoglobin [Mass/volume] in Blood was 10.4 g/dL on 2026-02-03 (reference 12 to 15.5, flag L).",
  });
});

test("a planned procedure is not one that was done; a possible diagnosis is neither yes nor no", () => {
  expect(run({ op: "count", kind: "procedure", concept: "colonoscopy" }).value).toBe(1);
  const anaemia = run({ op: "active", kind: "condition", concept: "anaemia" });
  expect(anaemia.value).toBeUndefined();
  expect(anaemia.text).toContain("called possible once");
});

test("results in other units are converted; those of another quantity are left out and said", () => {
  const mixed = recordOf([
    { value: 12.1, start: "2024-01-01" },
    { value: 118, unit: "g/L", printedUnit: "g/L", start: "2024-02-01" },
    { value: 7.1, unit: "mmol/L", printedUnit: "mmol/L", start: "2024-03-01" },
    { value: 11.9, start: "2024-04-01" },
  ]);
  const min = compute(mixed, { op: "min", concept: "hemoglobin" }, { today });
  expect(min.value).toBeCloseTo(11.8, 9);
  expect(min.cautions).toEqual(["7.1 mmol/L of 2024-03-01 has a unit other than g/dL and was left out"]);
});

test("bounds are not taken for values", () => {
  const bounded = recordOf([
    { value: 5, comparator: "<", start: "2024-01-01" },
    { value: 9, start: "2024-02-01" },
  ]);
  expect(compute(bounded, { op: "min", concept: "Hb" }, { today }).cautions[0]).toContain("is a limit of measurement");
  expect(compute(bounded, { op: "mean", concept: "Hb" }, { today }).value).toBe(9);
  expect(compute(bounded, { op: "ever", concept: "Hb", above: 4 }, { today }).value).toBe(true);
});

test("dates that do not tell the order or the period are said", () => {
  const vague = recordOf(
    [
      { value: 10, start: "2024" },
      { value: 11, start: "2024-03-01" },
    ],
    "1960",
  );
  expect(compute(vague, { op: "latest", concept: "Hb" }, { today }).cautions[0]).toContain("the order is not certain");
  expect(
    compute(vague, { op: "count", concept: "Hb", period: { from: "2024-03", to: "2024-03" } }, { today }),
  ).toMatchObject({ value: 1, cautions: [expect.stringContaining("may be in the period")] });
  expect(compute(vague, { op: "age", concept: "Hb", which: "latest" }, { today })).toMatchObject({
    value: undefined,
    text: expect.stringContaining("between 63 and 64 years old"),
  });
});

test("two results of one moment are both shown", () => {
  const tied = recordOf([
    { value: 10, start: "2024-03-01" },
    { value: 14, start: "2024-03-01" },
  ]);
  expect(compute(tied, { op: "latest", concept: "Hb" }, { today }).cautions[0]).toContain(
    "2 different results have this time",
  );
});

test("a name that may mean several tests gives no value", () => {
  const two = recordOf([
    { value: 5, start: "2024-01-01", code: { display: "Factor V activity" } },
    { value: 7, start: "2024-01-01", code: { display: "Factor X activity" } },
  ]);
  const answer = compute(two, { op: "latest", kind: "observation", concept: "factor activity" }, { today });
  expect(answer.value).toBeUndefined();
  expect(answer.text).toContain("can mean several things in this record: Factor V activity; Factor X activity");
});

test("what the record does not name is not there, with a caution; near spellings are said", () => {
  expect(run({ op: "ever", concept: "stroke" })).toMatchObject({
    value: false,
    cautions: [expect.stringContaining("does not prove")],
  });
  expect(run({ op: "latest", concept: "hemoglobbin" }).cautions).toEqual([
    '"hemoglobbin" was interpreted as Hemoglobin [Mass/volume] in Blood',
  ]);
  // One letter apart, and another disease.
  const hypo = recordOf([{ kind: "condition", code: { display: "Hypotension" }, start: "2024" }]);
  expect(compute(hypo, { op: "ever", concept: "hypertension" }, { today }).value).toBe(false);
});

test("queries from outside are checked field by field", () => {
  expect(checkQuery({ op: "latest", concept: "Hb", period: { from: "2024" } })).toEqual({
    op: "latest",
    concept: "Hb",
    period: { from: "2024" },
  });
  expect(() => checkQuery({ op: "drop" })).toThrow(/op: the query is not valid .*found "drop"/);
  expect(() => checkQuery({ op: "latest", sql: "1" })).toThrow(/sql: the query is not valid/);
  expect(() => checkQuery({ op: "count", above: "7" })).toThrow(/above: .*expected a number/);
  expect(() => checkQuery({ op: "count", period: { from: "March" } })).toThrow(/period\.from: .*an ISO date/);
});

test.each<[Partial<Fact>, string | undefined]>([
  [{ value: 11, low: 12, high: 15 }, "below"],
  [{ value: 12, low: 12, high: 15 }, "within"],
  [{ value: 15.1, low: 12, high: 15 }, "above"],
  [{ value: 12, comparator: "<", low: 12 }, "below"],
  [{ value: 5, comparator: "<", low: 2, high: 8 }, undefined],
  [{ value: 5, comparator: "<", high: 8 }, "within"],
  [{ value: 5, comparator: ">", low: 2 }, "within"],
  [{ value: 5, comparator: ">", low: 8 }, undefined],
  [{ value: 8, comparator: ">", high: 8 }, "above"],
  [{ value: 8, comparator: ">=", high: 8 }, undefined],
  [{ value: 5 }, undefined],
  [{ value: 5, flag: "H" }, "above"],
  [{ value: "positive", flag: "A" }, "outside"],
  [{ value: 9, flag: "(H)*" }, "above"],
  [{ value: 1, flag: "LU" }, "below"],
  [{ value: 1, flag: "*" }, "outside"],
])("%o stands %s its range", (fact, standing) => {
  expect(standingOf(recordOf([fact]).facts[0])?.standing).toBe(standing);
});

test("results outside their range: the latest of each test, what cannot be judged is counted, a wrong flag is said", () => {
  const all = recordOf([
    { value: 9, low: 12, high: 15, start: "2024-01-01" },
    { value: 13, low: 12, high: 15, flag: "H", start: "2024-02-01" },
    { code: { display: "Iron" }, value: 3, low: 6, start: "2024-02-01" },
    { code: { display: "Zinc" }, value: 3, start: "2024-02-01" },
  ]);
  const outside = compute(all, { op: "list", kind: "observation", outside: "range" }, { today });
  expect(outside.value).toEqual(["Iron"]);
  expect(outside.text).toContain("2 of 3 tests have a range or flag; not judged: Zinc");
  expect(outside.cautions.join()).toMatch(/flag H and its reference range contradict/);
  expect(compute(all, { op: "list", kind: "observation", outside: "above" }, { today }).text).toMatch(
    /^No latest result/,
  );
});

test("a report without a date still says what it holds", () => {
  const undated = recordOf([{ value: 10.1, low: 12 }]);
  const answer = compute(undated, { op: "latest", concept: "hemoglobin" }, { today });
  expect(answer).toMatchObject({ value: 10.1, cautions: ["the record states no date for it"] });
  const two = recordOf([{ value: 10.1 }, { value: 11.4 }]);
  expect(compute(two, { op: "latest", concept: "hemoglobin" }, { today })).toMatchObject({
    text: expect.stringContaining("the source does not state which came first"),
  });
});
