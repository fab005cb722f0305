import { expect, test } from "vitest";
import { compareRows, parseModelRows, readLabDocument } from "../index.ts";
import { page } from "../testing.ts";

const drawing = `
Test              Result   Flag   Unit       Reference     Previous
Hemoglobin        10.2     L      g/dL       12.0 - 15.5   11.4
Platelets         402      H      10^9/L     150 - 400     398
Potassium         4.1             mmol/L     3.5 - 5.1     4.6
`;
const model = (over: Record<string, unknown> = {}) => ({
  name: "Potassium",
  result: "4.1",
  unit: "mmol/L",
  range: "3.5 - 5.1",
  panel: null,
  method: null,
  specimen: null,
  sample_collection_time: null,
  ...over,
});

test("what a model writes around its JSON does not matter, and what is no row is said", () => {
  const { rows, problems } = parseModelRows(
    `Here it is:\n\`\`\`json\n[${JSON.stringify(model({ result: 4.1 }))}, {"result": "3"}]\n\`\`\``,
  );
  expect(rows).toEqual([model()]);
  expect(problems).toEqual(["row 2 has no name"]);
  expect(parseModelRows("I cannot read it").problems).toEqual(["no JSON array"]);
  expect(parseModelRows("[{]").problems[0]).toMatch(/not JSON/);
});

test.each([
  ["nothing", {}, []],
  ["another print of the unit and the range", { unit: "mmol / L", range: "3.5-5.1" }, []],
  ["the earlier result", { result: "4.6" }, ["labs/model-previous"]],
  ["another digit", { result: "4.7" }, ["labs/model-value"]],
  ["another unit", { unit: "mEq/L" }, ["labs/model-unit"]],
  ["a neighbour's range", { range: "12.0 - 15.5" }, ["labs/model-range"]],
  ["a test that is not there", { name: "Zonulin" }, ["labs/not-on-page"]],
])("%s", async (_what, over, codes) => {
  const { rows } = await readLabDocument([page(drawing)]);
  const compared = compareRows([model(over)], rows);
  expect(compared.rows[0].marks.map(({ code }) => code)).toEqual(codes);
  expect(compared.missing).toHaveLength(codes[0] === "labs/not-on-page" ? 3 : 2);
});

test("without the page the rows are still checked against themselves", () => {
  const { rows } = compareRows([
    model({ result: "41" }),
    model({ name: "Sodium", result: "139", range: "135 - 145", unit: "g/dL" }),
  ]);
  expect(rows.map(({ marks }) => marks.map(({ code }) => code))).toEqual([
    ["labs/decimals", "labs/implausible"],
    ["labs/unit-does-not-fit"],
  ]);
});
