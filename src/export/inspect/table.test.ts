import { expect, test } from "vitest";
import type { PartFacts } from "./describe.ts";
import { inspectionTable } from "./table.ts";

const picture = (part: number, size: readonly number[] = [512, 512]): PartFacts => ({
  part,
  kind: "image",
  label: `case (${part + 1})`,
  modality: "OT",
  size,
  files: 1,
  sha256: "",
  warnings: [],
});
const table = (parts: readonly PartFacts[]) => inspectionTable({ parts, leftOut: [], warnings: [] }).split("\n");

test("a folder of pictures is one line that counts them and tells their sizes", () => {
  const parts = Array.from({ length: 300 }, (_, i) => picture(i, i === 7 ? [801, 462] : [512, 512]));
  const lines = table(parts);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/^0-299 +image +OT +case \(1\) to case \(300\) +512 x 512, 801 x 462 +300$/);
});

test("a few pictures, and pictures that differ in more than their name, keep a line each", () => {
  expect(table([picture(0), picture(1), picture(2)])).toHaveLength(4);
  const dated = Array.from({ length: 20 }, (_, i) => ({ ...picture(i), acquiredAt: `2024-01-${10 + i}` }));
  expect(table(dated)).toHaveLength(21);
});

test("the view is said to be that of the model it is for", () => {
  const view = {
    recipe: "image-2d",
    images: [{ part: 0, width: 128, height: 128, sha256: "", source: [0, 0, 512, 512] as const }],
    leftOut: [],
  };
  const inspection = { parts: [picture(0)], leftOut: [], warnings: [], view };
  expect(inspectionTable(inspection, "nano")).toContain("nano receives 1 image of 128 x 128 pixels (image-2d).");
  expect(inspectionTable(inspection)).toContain("MedGemma receives 1 image");
});
