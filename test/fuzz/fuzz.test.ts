/**
 * Broken files of every format: always a value or a named error, within the time and memory of `drive.ts`, and never the end of the process.
 * A bounded slice runs with every test; `tsx test/fuzz/run.ts 1000000` tries a million.
 */
import { expect, test } from "vitest";
import { fuzz, secondsEach } from "./drive.ts";

const count = 400;

test(`${count} broken files end in a value or a named error`, {
  timeout: 60_000 + count * secondsEach * 1000,
}, async () => {
  const { faults, outcomes } = await fuzz(0, count);
  expect(faults).toEqual([]);
  // Most files must get past recognition, or nothing was tried.
  const tried = [...outcomes.values()].reduce((a, b) => a + b, 0);
  expect(tried).toBe(count);
  expect(outcomes.get("study/nothing-read") ?? 0).toBeLessThan(count / 3);
});
