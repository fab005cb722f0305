/**
 * Broken files of every format: always a value or a named error, within the time and memory of `report.ts`, and never the end of the process.
 * A bounded slice runs with every test; `npm run fuzz -- 1000000` tries a million.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleChild } from "./bundle.ts";
import { type Fault, fuzz } from "./drive.ts";
import { nextTurn } from "./schedule.ts";

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
  await fuzz(bundle.path, { from: 0, to: count, step: 1 }, (progress) => {
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

test("every seed gets its least number of files, the rest goes by processor time", () => {
  // Milliseconds of one file, for each seed.
  const cost = [1, 1, 50, 400];
  const tried = cost.map(() => ({ files: 0, seconds: 0 }));
  const give = ({ seed, files }: { seed: number; files: number }) => {
    tried[seed].files += files;
    tried[seed].seconds += (files * cost[seed]) / 1000;
  };
  const total = () => tried.reduce((sum, { files }) => sum + files, 0);
  const options = { busy: new Set<number>(), least: 1000 };
  while (total() < 4000) give(nextTurn(tried, { ...options, left: 4000 - total() })!);
  expect(tried.map(({ files }) => files)).toEqual([1000, 1000, 1000, 1000]);
  while (total() < 400_000) give(nextTurn(tried, { ...options, left: 400_000 - total() })!);
  expect(total()).toBe(400_000);
  expect(tried[3].files).toBe(1000);
  expect(Math.abs(tried[0].seconds - tried[1].seconds)).toBeLessThanOrEqual(5);
  expect(tried[2].seconds).toBeLessThan(tried[3].seconds);
  // One process at each seed; nothing when all are taken.
  expect(nextTurn(tried, { busy: new Set([0, 1, 2]), left: 10, least: 1000 })).toMatchObject({ seed: 3, files: 10 });
  expect(nextTurn(tried, { busy: new Set([0, 1, 2, 3]), left: 10, least: 1000 })).toBeUndefined();
  expect(nextTurn(tried, { ...options, left: 0 })).toBeUndefined();
});
