import { expect, test } from "vitest";
import { quantitiesAnswer, reportAnswer } from "../../prompts/index.ts";
import { parseReport } from "../report/report.ts";
import { findQuantities } from "./quantities.ts";

test("a report as it is asked for", () => {
  const report = { findings: ["Right lower lobe opacity.", "No effusion."], impression: "Pneumonia." };
  expect(parseReport(reportAnswer(report))).toEqual({ answer: { ...report, otherSections: {} }, problems: [] });
});

test("a report in markdown, with groups, bold and further sections", () => {
  const text = [
    "Here is the report.",
    "**FINDINGS:**",
    "*   **Lungs:** Clear, with a nodule of 1.5 cm. It is round.",
    "*   **Bones:**",
    "    *   No fracture.",
    "",
    "## Impression",
    "1. Nodule.",
    "2. Follow up.",
    "",
    "**Disclaimer:** Not for diagnosis.",
  ].join("\n");
  expect(parseReport(text).answer).toEqual({
    findings: ["Lungs: Clear, with a nodule of 1.5 cm. It is round.", "Bones: No fracture."],
    impression: "Nodule. Follow up.",
    otherSections: { disclaimer: "Not for diagnosis." },
  });
});

test("prose becomes one statement a sentence; decimals stay whole", () => {
  expect(parseReport("FINDINGS: A 1.5 cm nodule. No effusion.\nIMPRESSION: Nodule.").answer?.findings).toEqual([
    "A 1.5 cm nodule.",
    "No effusion.",
  ]);
});

test("a missing section is said; a text without sections is not a report", () => {
  expect(parseReport("Findings:\n- Clear lungs.").problems).toEqual(["no impression"]);
  expect(parseReport("The lungs are clear.").answer).toBeUndefined();
  expect(parseReport("Findings:\n\nImpression:\n").answer).toBeUndefined();
});

test("quantities with a name and a unit; absurd numbers are not quantities", () => {
  const quantities = [
    { name: "anterior hippocampus", value: 1503, unit: "mm3" },
    { name: "posterior hippocampus", value: 1450, unit: "mm3" },
  ];
  expect(findQuantities(quantitiesAnswer(quantities))).toMatchObject([{ value: 1503 }, { value: 1450 }]);
  expect(findQuantities("anterior hippocampus 1503 mm3, posterior hippocampus 1450 mm3")).toEqual(quantities);
  expect(findQuantities("The volume is approximately 1,503.5 mm³.")).toEqual([
    { name: "volume", value: 1503.5, unit: "mm3" },
  ]);
  expect(findQuantities(`volume ${"9".repeat(300)} mm3`)).toEqual([]);
  expect(findQuantities("seen on 12 slices")).toEqual([]);
});
