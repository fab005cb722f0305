import fc from "fast-check";
import { expect, test } from "vitest";
import { boxesAnswer } from "../../prompts/index.ts";
import { parseBoxes } from "./boxes.ts";

const one = (text: string) => parseBoxes(text)?.boxes;

test("the family's own form", () => {
  expect(one('```json\n[{"box_2d": [140, 110, 340, 470], "label": "right clavicle"}]\n```')).toEqual([
    { label: "right clavicle", x0: 0.11, y0: 0.14, x1: 0.47, y1: 0.34 },
  ]);
});

test.each([
  ["bare, after a final answer", 'It is here. Final Answer: [{"box_2d": [100, 200, 300, 400]}]'],
  ["fractions", '[{"box_2d": [0.1, 0.2, 0.3, 0.4]}]'],
  ["a bare list", "[100, 200, 300, 400]"],
  ["a list of lists", "Here: [[100, 200, 300, 400]]"],
  ["one object", '{"box_2d": [100, 200, 300, 400]}'],
  ["numbers as text", '[{"box_2d": ["100", "200", "300", "400"]}]'],
  ["a trailing comma", '[{"box_2d": [100, 200, 300, 400,],},]'],
  ["single quotes", "[{'box_2d': [100, 200, 300, 400]}]"],
  ["another key", '[{"bbox": [100, 200, 300, 400]}]'],
  [
    "the example repeated first",
    '[{"box_2d": [1, 2, 3, 4]}] is the form.\n```json\n[{"box_2d": [100, 200, 300, 400]}]\n```',
  ],
  ["swapped corners", '[{"box_2d": [300, 400, 100, 200]}]'],
  ["a list cut off after it", '```json\n[{"box_2d": [100, 200, 300, 400]}, {"box_2d": [5'],
])("is read: %s", (_, text) => {
  expect(one(text)).toEqual([{ label: undefined, x0: 0.2, y0: 0.1, x1: 0.4, y1: 0.3 }]);
});

test("corrections are said", () => {
  expect(parseBoxes("[300, 400, 100, 200]")?.problems).toEqual([expect.stringContaining("swapped")]);
  expect(parseBoxes("[-20, 200, 300, 400]")?.problems).toEqual([expect.stringContaining("clipped to it")]);
  expect(parseBoxes("[[100, 100, 100, 400], [0, 0, 500, 500]]")?.problems).toEqual([
    expect.stringContaining("no area"),
  ]);
  expect(parseBoxes('[{"box_2d": [0, 0, 9, 9]}, {"box_2d": "?"}]')?.problems).toEqual([
    expect.stringContaining("not a box"),
  ]);
});

test.each([
  ["prose", "The right clavicle is in the upper left."],
  ["absurd numbers only", "[[1e300, 0, 1e301, 500]]"],
  ["all outside", "[[2000, 3000, 2500, 3500]]"],
  ["other JSON", '{"answer": "yes"}'],
])("is no answer: %s", (_, text) => {
  expect(parseBoxes(text)).toBeUndefined();
});

test("an empty list says that there is none", () => {
  expect(parseBoxes("Final Answer: []")).toMatchObject({ boxes: [], problems: [] });
});

test("what is written as the family writes it is read back to a thousandth", () => {
  const thousandth = fc.integer({ min: 0, max: 1000 });
  fc.assert(
    fc.property(thousandth, thousandth, thousandth, thousandth, fc.string(), (a, b, c, d, label) => {
      fc.pre(a < b && c < d && b > 1);
      const [box] = parseBoxes(boxesAnswer([{ label, box: [a, c, b, d] }]))!.boxes;
      expect([box.y0, box.x0, box.y1, box.x1].map((v) => Math.round(v * 1000))).toEqual([a, c, b, d]);
      expect(box.label).toBe(label.trim() === "" ? undefined : label.trim());
    }),
  );
});

test("whatever is written, every box lies in the image and has an area", () => {
  const number = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -100, max: 1100 }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(number, { minLength: 3, maxLength: 5 }), { maxLength: 4 }), (lists) => {
      for (const box of parseBoxes(JSON.stringify(lists))?.boxes ?? [])
        expect(0 <= box.x0 && box.x0 < box.x1 && box.x1 <= 1 && 0 <= box.y0 && box.y0 < box.y1 && box.y1 <= 1).toBe(
          true,
        );
    }),
  );
});
