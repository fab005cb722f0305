/**
 * Broken files of every format: always a value or a named error, within the time and memory of `report.ts`, and never the end of the process.
 * A bounded slice runs with every test; `npm run fuzz -- 1000000` tries a million.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleChild } from "./bundle.ts";
import { type Fault, fuzz } from "./drive.ts";
import { missing, withRange } from "./state.ts";

const count = 400;
let bundle: Awaited<ReturnType<typeof bundleChild>>;
beforeAll(async () => {
  bundle = await bundleChild();
});
afterAll(() => bundle.remove());

test(`${count} broken files end in a value or a named error`, { timeout: 600_000 }, async () => {
  const faults: Fault[] = [];
  const outcomes: Record<string, number> = {};
  let next = 0;
  await fuzz(bundle.path, [0, count], (progress) => {
    expect(progress.from).toBe(next);
    next = progress.next;
    faults.push(...progress.faults);
    for (const [code, n] of Object.entries(progress.outcomes)) outcomes[code] = (outcomes[code] ?? 0) + n;
  });
  expect(faults).toEqual([]);
  // Most files must get past recognition, or nothing was tried.
  expect(Object.values(outcomes).reduce((a, b) => a + b, 0)).toBe(count);
  expect(outcomes["study/nothing-read"] ?? 0).toBeLessThan(count / 3);
});

test("what is done is remembered as ranges, and what is missing is cut into pieces", () => {
  const done = [
    [10, 20],
    [0, 5],
    [5, 10],
    [40, 50],
  ].reduce((ranges, [from, to]) => withRange(ranges, [from, to]), [] as readonly (readonly [number, number])[]);
  expect(done).toEqual([
    [0, 20],
    [40, 50],
  ]);
  expect(missing(done, [15, 60], 15)).toEqual([
    [20, 35],
    [35, 40],
    [50, 60],
  ]);
});
