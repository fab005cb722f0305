import { expect, test } from "vitest";
import { endsInRepetition, RepetitionGuard } from "./repetition.ts";

const pushAll = (tokens: readonly number[]) => {
  const guard = new RepetitionGuard<number>();
  return tokens.map((token) => guard.push(token)).findIndex((period) => period !== undefined);
};

test("one token over and over is a loop after 32 of them", () => {
  expect(pushAll(Array.from({ length: 40 }, () => 7))).toBe(31);
});

test("a phrase is a loop at its fourth time, when it is long enough", () => {
  const phrase = Array.from({ length: 10 }, (_, i) => i);
  const written = [99, ...phrase, ...phrase, ...phrase, ...phrase];
  expect(pushAll(written)).toBe(written.length - 1);
  expect(pushAll(written.slice(0, -1))).toBe(-1);
});

test("lists that repeat a few words, counting, and a loop that was left are none", () => {
  expect(pushAll(Array.from({ length: 20 }, (_, i) => i % 2))).toBe(-1);
  expect(pushAll(Array.from({ length: 200 }, (_, i) => i))).toBe(-1);
  expect(endsInRepetition(`${"normal ".repeat(60)}and then the heart.`)).toBe(false);
  expect(endsInRepetition("normal ".repeat(60).trim())).toBe(true);
  expect(endsInRepetition("The lungs are clear. The heart is of normal size.")).toBe(false);
});
