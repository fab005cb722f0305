/** Words joined and put in lines by their place give the same as a search through all of them, in time that grows with their number. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { processorSeconds } from "../../../test/support/processor-time.ts";
import type { PageBox } from "../fact.ts";
import { toLines } from "./layout/items.ts";
import { RowIndex } from "./layout/row-index.ts";
import { joinTouching, type Placed, wordAt } from "./words.ts";

const gap = (a: PageBox, b: PageBox) => Math.max(0, a.x0 - b.x1, b.x0 - a.x1);

/** Every run against every earlier one. */
function joinedBySearch(runs: readonly Placed[]): Placed[] {
  const joined: Placed[] = [];
  for (const run of [...runs].sort((a, b) => a.y1 - b.y1 || a.x0 - b.x0)) {
    const height = run.y1 - run.y0;
    const near = (a: number, b: number, share: number) => Math.abs(a - b) < share * height;
    if (joined.some((one) => one.text === run.text && near(one.x0, run.x0, 0.15) && near(one.y1, run.y1, 0.15)))
      continue;
    const left = joined.find(
      (one) =>
        near(one.y1, run.y1, 0.15) &&
        near(one.y1 - one.y0, height, 0.2) &&
        near(run.x0, one.x1, 0.08) &&
        !/\s$/.test(one.text) &&
        !/^[\s<>≤≥([]/.test(run.text),
    );
    if (left === undefined) joined.push({ ...run });
    else Object.assign(left, { text: left.text + run.text, x1: run.x1, y0: Math.min(left.y0, run.y0) });
  }
  return joined;
}

const run = fc
  .record({
    text: fc.constantFrom("a", "b", "1", "12 ", "<", "(x"),
    column: fc.integer({ min: 0, max: 12 }),
    line: fc.integer({ min: 0, max: 6 }),
    shiftX: fc.constantFrom(0, 0, 0.3, -0.3, 1.4, -1.4, 2.6),
    shiftY: fc.constantFrom(0, 0, 0.5, -0.5, 1.4, 3),
    width: fc.constantFrom(10, 10, 10, 5, 0, 30),
    height: fc.constantFrom(10, 10, 10, 9, 12, 4, 80, 0),
  })
  .map(({ text, column, line, shiftX, shiftY, width, height }) => {
    const [x0, y1] = [10 * column + shiftX, 12 * line + shiftY];
    return { text, x0, x1: x0 + width, y0: y1 - height, y1 };
  });

test("runs that touch are joined as by a search through all of them", () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 120 }), (runs) => {
      expect(joinTouching(runs)).toEqual(joinedBySearch(runs));
    }),
    { numRuns: 150, seed: 1 },
  );
});

test("the words over and nearest to a word are those of a search through the line", () => {
  const word = fc.record({
    x0: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: -20_000, max: 20_000 })),
    width: fc.constantFrom(0, 1, 3, 8, 8, 20, 900),
  });
  fc.assert(
    fc.property(fc.array(word, { minLength: 40, maxLength: 260 }), (places) => {
      const row = new RowIndex();
      for (const { x0, width } of places) {
        const box = { x0, x1: x0 + width, y0: 0, y1: 10 };
        expect(row.nearest(box, 3)).toEqual([...row.words].sort((a, b) => gap(a, box) - gap(b, box)).slice(0, 3));
        expect(row.over(box)).toEqual(row.words.filter((one) => gap(one, box) === 0));
        row.add(wordAt("x", box));
      }
    }),
    { numRuns: 12, seed: 2 },
  );
});

test.each([
  ["one line", 6000, 1],
  ["a page of lines", 60, 100],
])("%s of 6,000 words is put in order in the time of its words", (_, columns, lines) => {
  const runs = Array.from({ length: columns * lines }, (_, i) => {
    const [x0, y1] = [9 * (i % columns), 14 * Math.floor(i / columns)];
    return { text: "ab", x0, x1: x0 + 8, y0: y1 - 10, y1 };
  });
  const started = processorSeconds();
  const words = joinTouching(runs).map(({ text, ...box }) => wordAt(text, box));
  expect(words).toHaveLength(columns * lines);
  expect(toLines(words, undefined)).toHaveLength(lines);
  expect(processorSeconds() - started).toBeLessThan(6);
});
