import { expect, test } from "vitest";
import type { Letter } from "./recognise.ts";
import { splitWords } from "./split-words.ts";

/** A strip with a bar of ink for every letter at the pixels given; 30 pixels of 48 are print. */
function strip(text: string, bars: readonly (readonly [from: number, to: number])[]) {
  const width = bars.at(-1)![1] + 12;
  const data = new Float32Array(48 * width).fill(230);
  for (const [from, to] of bars) for (let y = 9; y < 39; y++) for (let x = from; x < to; x++) data[y * width + x] = 20;
  const letters: Letter[] = [...text].map((letter, i) => ({
    text: letter,
    confidence: 0.99 - i / 1000,
    x: (bars[i][0] + bars[i][1]) / 2,
  }));
  const box = { x0: 100, y0: 200, x1: 100 + width, y1: 248 };
  return splitWords(letters, { width, data, box }, { x0: 112, y0: 209, x1: 100 + width - 12, y1: 239 });
}

test("a gap in the print that recognition did not see is a blank", () => {
  const words = strip("ab", [
    [12, 24],
    [40, 52],
  ]);
  expect(words.map(({ text }) => text)).toEqual(["a", "b"]);
  expect(words.map(({ box }) => [box.x0, box.x1])).toEqual([
    [112, 124],
    [140, 152],
  ]);
});

test("white about a 1 and about a point is none", () => {
  expect(
    strip("11", [
      [16, 20],
      [34, 38],
    ]).map(({ text }) => text),
  ).toEqual(["11"]);
  expect(
    strip("0.4", [
      [12, 24],
      [38, 42],
      [56, 68],
    ]).map(({ text }) => text),
  ).toEqual(["0.4"]);
});

test("a bound begins a word even where it touches the unit before it", () => {
  expect(
    strip("L>6", [
      [12, 24],
      [26, 38],
      [40, 52],
    ]).map(({ text }) => text),
  ).toEqual(["L", ">6"]);
});

test("a word is as sure as its least sure letter, and full-width marks are made plain", () => {
  const [word] = strip("（μ）", [
    [12, 20],
    [24, 36],
    [40, 48],
  ]);
  expect(word.text).toBe("(µ)");
  expect(word.confidence).toBeCloseTo(0.988, 6);
});
