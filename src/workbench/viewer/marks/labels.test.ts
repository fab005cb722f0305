import { expect, test } from "vitest";
import { type Label, placeLabels, widthOf } from "./labels.ts";

const label = (id: string, ...spots: [number, number][]): Label => ({ id, lines: ["12.0 mm", "n 44"], spots });

test("a label stands at its first place, unless another one is there", () => {
  const places = placeLabels([label("a", [100, 100]), label("b", [110, 105], [10, 105]), label("c", [300, 100])]);
  expect([...places]).toEqual([["a", [100, 100]], ["b", [10, 105]], ["c", [300, 100]]]); // biome-ignore format: one line
});

test("where every place is taken, labels stand below each other, however many", () => {
  const places = placeLabels(Array.from({ length: 12 }, (_, i) => label(String(i), [100, 100], [90, 104])));
  const rows = [...places.values()].map(([, y]) => y).sort((a, b) => a - b);
  for (let i = 1; i < rows.length; i++) expect(rows[i] - rows[i - 1]).toBeGreaterThanOrEqual(30);
});

test("a place outside the frame is used only if no other is free", () => {
  const size = [200, 200] as const;
  expect(placeLabels([label("a", [180, 100], [20, 100])], size).get("a")).toEqual([20, 100]);
  expect(placeLabels([label("a", [180, 100])], size).get("a")).toEqual([180, 100]);
  expect(widthOf(["12345"])).toBeCloseTo(36, 5);
});
