import { expect, test } from "vitest";
import { readLabDocument } from "../../records/labs/index.ts";
import { page } from "../../records/labs/testing.ts";
import { labText } from "./lab-text.ts";

test("what is doubtful stands first and is marked in the table; every row has its place", async () => {
  const document = await readLabDocument([
    page(`
Collected: 2026-03-02 08:15
Test              Result   Flag   Unit       Reference
Hemoglobin        10.2     L      g/dL       12.0 - 15.5
Potassium         41              mmol/L     3.5 - 5.1
Platelets         402      H      10^9/L     150 - 400
`),
  ]);
  const lines = labText(document).split("\n");
  expect(lines[0]).toBe("Compare with the page first (1 of 3 rows):");
  expect(lines[1]).toMatch(/^ {2}Potassium 41 mmol\/L \(1, \d+,\d+,\d+,\d+\): .*decimal/);
  expect(lines.filter((line) => line.startsWith("?")).map((line) => line.split(/ {2,}/)[1])).toEqual(["Potassium"]);
  expect(lines.find((line) => / Hemoglobin /.test(line))).toMatch(/10\.2 +g\/dL +12\.0 - 15\.5 +L +718-7 +1, \d+,/);
  expect(lines).toContain("collected 2026-03-02T08:15");
});
