import { expect, test } from "vitest";
import { sampleRecord, today } from "../testing.ts";
import { retrieveFacts, viewRecord } from "./index.ts";

const record = sampleRecord();
/** Counts more for a whole than for its lines at times, as real tokenizers may. */
const count = (text: string) => Math.ceil(text.length / 3) + (text.match(/\n\n/g)?.length ?? 0);

test("a view never has more tokens than its budget, and says what it left out", () => {
  for (let budget = 120; budget < 6000; budget += 97) {
    const view = viewRecord(record, { budget, count, today, question: "What was the last haemoglobin?" });
    expect(count(view.text)).toBeLessThanOrEqual(budget);
    expect(view.tokens).toBe(count(view.text));
    if (view.facts.length < record.facts.length) expect(view.text).toContain("Left out for length:");
  }
});

test("with room, every fact has its line and reference", () => {
  const view = viewRecord(record, { budget: 100_000, count, today });
  expect(view.levels).toEqual(["compact", "chronology"]);
  expect(view.leftOut).toEqual([]);
  for (let i = 1; i <= record.facts.length; i++) expect(view.text).toContain(`[F${i}]`);
  expect(view.text).toContain(
    "Hemoglobin [Mass/volume] in Blood (g/dL): 5 results; first 13.4 (2024-02-06), min 10.4 (2026-02-03), max 13.4 (2024-02-06), last 12.2",
  );
});

test("with little room, what the question is about comes first", () => {
  const view = viewRecord(record, { budget: 420, count, today, question: "What was the last haemoglobin?" });
  expect(view.levels).toContain("series");
  expect(view.text).toContain("10.4 g/dL");
});

test("MedGemma's frame is kept whole", () => {
  for (const budget of [400, 4000]) {
    const { text } = viewRecord(record, { budget, count, today, layout: "medgemma" });
    expect(text.split("\n")[0]).toBe("======= Patient EHR Data =======");
    expect(text.split("\n").at(-1)).toBe("======= End Patient EHR Data =======");
  }
});

test("retrieval takes the named tests, and the ends of a series when it does not fit", () => {
  const all = retrieveFacts(record, "Is the haemoglobin falling?", { budget: 2000, count, today });
  expect(all.facts.filter(({ code }) => code?.code === "718-7")).toHaveLength(5);
  const few = retrieveFacts(record, "Is the haemoglobin falling?", { budget: 140, count, today });
  expect(few.tokens).toBeLessThanOrEqual(140);
  expect(few.facts[0].id).toBe("Observation/718-7-5");
  expect(few.leftOut).toBeGreaterThan(0);
});
