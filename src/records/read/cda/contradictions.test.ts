import { expect, test } from "vitest";
import type { Fact } from "../../fact.ts";
import { contradictionsOf } from "./contradictions.ts";
import { readCda } from "./index.ts";

const fact = (own: Partial<Fact>): Fact => ({
  id: "1",
  kind: "observation",
  code: { display: "Hemoglobin" },
  source: { resource: "x" },
  ...own,
});
const haemoglobin = {
  value: 10.2,
  printedValue: "10.20",
  unit: "g/dL",
  printedUnit: "g/dL",
  start: "2014-03-02T09:08",
};

test.each<[Partial<Fact>, string, string[]]>([
  [haemoglobin, "Hemoglobin | 10.2 g/dL | 12-16 | 03/02/2014", []],
  [haemoglobin, "Hemoglobin | 13.2 g/dL | 12-16", ["the coded entry says 10.20 g/dL"]],
  [haemoglobin, "Hemoglobin (12-16 g/dl) | 13.2", ["the coded entry says 10.20 g/dL"]],
  // The same amount in another unit, and rounded.
  [haemoglobin, "Hemoglobin | 102 g/L", []],
  [haemoglobin, "Hemoglobin | 10 g/dL", []],
  [haemoglobin, "Hemoglobin | 10.2 mg/dL", ["the coded entry says 10.20 g/dL"]],
  [haemoglobin, "Hemoglobin | 10.2 | March 2, 2014", []],
  [haemoglobin, "Hemoglobin | 10.2 | March 2, 2015", ["the coded entry is dated 2014-03-02"]],
  // 4 May or 5 April: nothing is decided by it.
  [haemoglobin, "Hemoglobin | 10.2 | 05/04/2015", []],
  [haemoglobin, "Hemoglobin | pending", []],
  [{ code: { display: "Vitamin B12" }, value: 300 }, "Vitamin B12 | see comment", []],
  [{ value: "Negative" }, "Urine culture | Positive", ["the coded entry says Negative"]],
  [{ value: "Negative" }, "Urine culture | Not detected", []],
  [
    { kind: "condition", code: { display: "Asthma" }, status: "active" },
    "Asthma | Resolved",
    ["the status of the coded entry is active"],
  ],
  [
    { kind: "condition", code: { display: "Asthma" }, status: "active", start: "2006" },
    "Asthma | Active | 2006 | Jan 4 2014",
    [],
  ],
  [{ kind: "condition", code: { display: "Asthma" } }, "No known asthma", ["the coded entry affirms Asthma"]],
  [{ kind: "condition", code: { display: "Asthma" } }, "Asthma, no wheezing today", []],
  [
    { kind: "allergy", code: { display: "Penicillin G" }, assertion: "denied" },
    "Penicillin | Hives",
    ["the coded entry denies Penicillin G"],
  ],
  [{ kind: "allergy", code: { display: "Any (drug)" }, assertion: "denied" }, "No known allergies", []],
])("%j against %s", (own, row, expected) => {
  expect(contradictionsOf(fact(own), row)).toEqual(expected);
});

const section = (value: string, reference = '<text><reference value="#r"/></text>') =>
  readCda(
    `<section xmlns:xsi="x"><code code="30954-2"/><title>Results</title><text><table><tr ID="r"><td>Hemoglobin</td><td>10.2 g/dL</td></tr></table></text><entry><observation><code code="718-7" displayName="Hemoglobin"/>${reference}<statusCode code="completed"/><value xsi:type="PQ" value="${value}" unit="g/dL"/></observation></entry></section>`,
    { today: "2026-03-01" },
  ).records[0].facts[0].cautions;

test("an entry and the row that it refers to, or the only row with its name: the caution names both", () => {
  const said = ['the coded entry says 12.0 g/dL; the text of the section says "Hemoglobin | 10.2 g/dL"'];
  expect(section("10.2")).toBeUndefined();
  expect(section("12.0")).toEqual(said);
  expect(section("12.0", "")).toEqual(said);
});
