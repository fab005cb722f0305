/** A reader of pictures and words finds the span of an event; with shuffled times it does not. */
import { expect, test } from "vitest";
import { mean } from "../../measure/index.ts";
import { spanMechanism } from "./mechanism.ts";

test("spans are found from frames and their times alone, and lost when the times are shuffled", async () => {
  const { ious, shuffled } = await spanMechanism({ clips: 4, seed: 2 });
  expect(mean(ious)).toBeGreaterThan(0.75);
  expect(mean(shuffled)).toBeLessThan(0.35);
}, 20_000);
