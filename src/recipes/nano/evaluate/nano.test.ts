import { expect, test } from "vitest";
import { mean } from "../../../measure/index.ts";
import { bestThreshold } from "./chest.ts";
import { quantityIn } from "./hippocampus.ts";
import { rowOf, tableOf } from "./row.ts";

test("the interval of a mean holds the mean and narrows with more cases", () => {
  const cases = (n: number) => Array.from({ length: n }, (_, i) => i % 2);
  const words = { id: "x", what: "something", baseline: 0.5, reference: "none" };
  const [few, many] = [20, 2000].map((n) => rowOf(words, "f32", cases(n), mean).ci);
  expect(few[0]).toBeLessThan(0.5);
  expect(few[1]).toBeGreaterThan(0.5);
  // The normal approximation: 1.96 * 0.5 / sqrt(n) to either side.
  expect(many[1] - many[0]).toBeCloseTo((2 * 1.96 * 0.5) / Math.sqrt(2000), 2);
  expect(few[1] - few[0]).toBeGreaterThan(5 * (many[1] - many[0]));
});

test("the threshold balances sensitivity and specificity, however many cases are positive", () => {
  const negatives = [0.2, 0.5].map((score) => ({ score, positive: false }));
  const positives = [0.45, 0.46, 0.47, ...new Array<number>(7).fill(0.6)].map((score) => ({ score, positive: true }));
  // Below 0.45 only one of twelve cases would be wrong, but half of the negatives.
  expect(bestThreshold([...negatives, ...positives])).toBeCloseTo(0.55, 9);
});

test("a volume is read from an answer, and nothing from another sentence", () => {
  const text = "Final Answer: anterior hippocampus 1410 mm3, posterior hippocampus 1110 mm3";
  expect(quantityIn(text, "anterior hippocampus")).toBe(1410);
  expect(quantityIn(text, "posterior hippocampus")).toBe(1110);
  expect(quantityIn("No idea.", "anterior hippocampus")).toBeUndefined();
});

test("rows carry the precision in their id and become a table", () => {
  const words = { id: "x", what: "something", baseline: 0.5, reference: "none" };
  const row = rowOf(words, "int8", [1, 0, 1, 1], mean);
  expect(row).toMatchObject({ id: "x@int8", value: 0.75, n: 4 });
  expect(tableOf([row])).toContain("| `x@int8` | something | **0.750** |");
});
