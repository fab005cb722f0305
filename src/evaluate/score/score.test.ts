/** What answers are worth, and metrics over them; every value is worked out by hand. */

import { expect, test } from "vitest";
import { consistencyOf } from "./agreement.ts";
import { judge } from "./item-scores.ts";
import { scoreRows } from "./lab-rows.ts";
import { estimateOf } from "./metrics.ts";
import { type ScoredItem, vote } from "./score.ts";

const item = (id: string, more: Partial<ScoredItem> = {}): ScoredItem => ({
  id,
  status: "incorrect",
  goldKind: "choice",
  ...more,
});

test("votes: unreadable ones have none but stay in the share, ties go to the first drawn, nothing readable is no answer", () => {
  const said = (choice: string) => ({ status: "parsed" as const, answer: { kind: "choice" as const, choice } });
  const unread = { status: "unparsed" as const, why: "x" };
  expect(vote([said("B"), said("A"), unread, said("A")])).toEqual({
    answer: { kind: "choice", choice: "A" },
    votes: 2,
  });
  expect(vote([said("B"), said("A")])).toMatchObject({ answer: { choice: "B" } });
  expect(vote([unread, { status: "refused" }])).toEqual({ failure: { status: "refused" } });
});

test("boxes: identical 1, half shifted 1/3, disjoint 0; a superfluous box halves the mean", () => {
  const box = (x0: number, x1: number) => ({ x0, x1, y0: 0, y1: 1 });
  const iou = (named: ReturnType<typeof box>[], gold: ReturnType<typeof box>[]) =>
    judge({ kind: "boxes", boxes: named }, { kind: "boxes", boxes: gold }).values!.iou;
  expect(iou([box(0, 0.5)], [box(0, 0.5)])).toBe(1);
  expect(iou([box(0.25, 0.75)], [box(0, 0.5)])).toBeCloseTo(1 / 3, 12);
  expect(iou([box(0.5, 1)], [box(0, 0.5)])).toBe(0);
  expect(iou([box(0, 0.5), box(0.5, 1)], [box(0, 0.5)])).toBe(0.5);
  expect(iou([], [])).toBe(1);
});

test("laboratory rows are paired whatever their order and spelling; missing, wrong and superfluous fields count", () => {
  const gold = [
    { name: "Sodium", result: "140", unit: "mmol/L" },
    { name: "C-Reactive Protein", result: "5.20", unit: "mg/L" },
    { name: "Potassium", result: "4.1", unit: "mmol/L" },
  ];
  const said: Record<string, string>[] = [
    { name: "C Reactive Protein", result: "5.2", unit: "mg/dL" },
    { name: "sodium", result: "140" },
    { name: "Chloride", result: "100", unit: "mmol/L" },
  ];
  expect(scoreRows(said, gold)).toEqual({
    // "C Reactive Protein" is paired, but is not the name as printed: one right, it and chloride too many, it and potassium missing.
    "name:tp": 1,
    "name:fp": 2,
    "name:fn": 2,
    "result:tp": 2,
    "result:fp": 1,
    "result:fn": 1,
    // CRP's unit is wrong, sodium's missing, chloride superfluous, potassium not named.
    "unit:fp": 2,
    "unit:fn": 3,
  });
});

test("short answers are right or wrong, long ones only have values", () => {
  expect(judge({ kind: "text", text: "The left lung." }, { kind: "text", references: ["left lung"] })).toMatchObject({
    correct: true,
    values: { "token-f1@squad": 1 },
  });
  const long = "The heart is normal in size and the lungs are clear without effusion or pneumothorax";
  expect(judge({ kind: "text", text: long }, { kind: "text", references: [long] })).toMatchObject({
    values: { "rouge-l@google": 1 },
  });
  expect(judge({ kind: "text", text: long }, { kind: "text", references: [long] }).correct).toBeUndefined();
});

test("F1 over conditions: by condition, then averaged; what was not read is a missed positive", () => {
  const of = (category: string, gold: string, answer?: string) =>
    item(`${category}${gold}${answer}${Math.random()}`, { category, gold, ...(answer !== undefined && { answer }) });
  // edema: TP 1, FN 1 -> 2/3. effusion: TP 1, FP 1 -> 2/3. mass: FN 1 unread -> 0.
  const items = [
    of("edema", "yes", "yes"),
    of("edema", "yes", "no"),
    of("effusion", "yes", "yes"),
    of("effusion", "no", "yes"),
    of("mass", "yes"),
  ];
  expect(estimateOf("f1-macro over conditions", items)!.value).toBeCloseTo((2 / 3 + 2 / 3 + 0) / 3, 12);
  // Pooled: TP 2, FP 1, FN 2 -> 4/7.
  expect(estimateOf("f1-micro over conditions", items)!.value).toBeCloseTo(4 / 7, 12);
});

test("F1 over labels counts labels that were only answered, as scikit-learn does", () => {
  const items = [
    item("a", { gold: "yes", answer: "yes" }),
    item("b", { gold: "yes", answer: "no" }),
    item("c", { gold: "yes" }),
  ];
  // yes: TP 1, FN 2 -> 1/2; no: FP 1 -> 0.
  expect(estimateOf("f1-macro", items)!.value).toBeCloseTo(0.25, 12);
  expect(estimateOf("f1-weighted", items)!.value).toBeCloseTo(0.5, 12);
});

test("questions of one image are drawn together, which widens the interval", () => {
  const items = Array.from({ length: 80 }, (_, i) =>
    item(String(i), {
      status: Math.floor(i / 10) % 2 === 0 ? "correct" : "incorrect",
      cluster: `image ${Math.floor(i / 10)}`,
    }),
  );
  const clustered = estimateOf("accuracy", items)!;
  const single = estimateOf(
    "accuracy",
    items.map(({ cluster: _, ...rest }) => rest),
  )!;
  expect(clustered).toMatchObject({ value: 0.5, interval: "bootstrap-percentile by cluster", clusters: 8 });
  expect(single.interval).toBe("wilson");
  expect(clustered.high! - clustered.low!).toBeGreaterThan(2 * (single.high! - single.low!));
});

test("answers that people have to judge, and values without right or wrong, have no accuracy", () => {
  expect(estimateOf("accuracy", [item("a", { status: "scored", goldKind: "judged" })])).toBeUndefined();
  expect(estimateOf("accuracy", [item("a", { status: "scored", goldKind: "text" })])).toBeUndefined();
  expect(() => estimateOf("f2", [item("a")])).toThrow(/no metric with this name/);
});

test("AUROC of weighed labels: either of two labels gives the same, an answer that was not weighed is left out", () => {
  const weighed = (id: string, gold: string, yes: number) =>
    item(id, { gold, answer: yes > 0.5 ? "yes" : "no", probabilities: { yes, no: 1 - yes } });
  const items = [weighed("a", "yes", 0.9), weighed("b", "yes", 0.4), weighed("c", "no", 0.6), weighed("d", "no", 0.1)];
  // Of four pairs of a yes and a no three are in order.
  expect(estimateOf("auroc-macro", [...items, item("e", { gold: "yes" })])).toMatchObject({ value: 0.75, n: 4 });
});

test("a judge's consistency has an interval over answers, which is wider than one over verdicts", () => {
  const shares = Array.from({ length: 60 }, (_, i) => (i % 6 < 3 && i >= 30 ? 0.6 : 1));
  const together = consistencyOf(
    shares,
    shares.map((_, i) => `answer ${Math.floor(i / 6)}`),
  )!;
  const apart = consistencyOf(
    shares,
    shares.map((_, i) => `answer ${i}`),
  )!;
  expect(together).toMatchObject({ value: expect.closeTo(0.9, 12), n: 60, clusters: 10 });
  // Ten answers of mean 1 or .8: the standard error of the mean is .1 / sqrt(10).
  expect(together.high! - together.low!).toBeCloseTo((2 * 1.96 * 0.1) / Math.sqrt(10), 1);
  expect(together.low!).toBeLessThan(0.9);
  expect(apart.high! - apart.low!).toBeLessThan(together.high! - together.low!);
  expect(consistencyOf([], [])).toBeUndefined();
});
