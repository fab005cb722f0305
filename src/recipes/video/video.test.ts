/** A reader of pictures and words finds the span of an event; with shuffled times it does not. */
import { expect, test } from "vitest";
import { mean } from "../../measure/index.ts";
import { spanMechanism } from "./mechanism.ts";
import { testClip } from "./reader/clips.ts";
import { frameSide, readerFeeds, shownFrames } from "./reader/model.ts";

test("spans are found from frames and their times alone, and lost when the times are shuffled", async () => {
  const { ious, shuffled } = await spanMechanism({ clips: 2, seed: 2 });
  expect(mean(ious)).toBeGreaterThan(0.75);
  expect(mean(shuffled)).toBeLessThan(0.35);
}, 60_000);

test("the view shows a held-out clip to the reader with as many frames as in training; fewer are an error", async () => {
  const { shown, shuffled, event } = await testClip(0);
  expect(shown.times).toHaveLength(shownFrames);
  expect(shown.pixels).toHaveLength(shownFrames * frameSide ** 2);
  expect([...shuffled.times].sort((a, b) => a - b)).toEqual(shown.times);
  expect(shuffled.times).not.toEqual(shown.times);
  // The disc is bright in the frames of the event, and only there.
  const bright = shown.times.map((_, f) => {
    const frame = shown.pixels.slice(f * frameSide ** 2, (f + 1) * frameSide ** 2).sort();
    return frame[Math.floor(frame.length * 0.97)] > 150;
  });
  expect(bright).toEqual(shown.times.map((tenths) => tenths / 10 >= event!.from && tenths / 10 < event!.to));
  expect(() => readerFeeds([{ ...shown, times: shown.times.slice(0, 9) }])).toThrow(/shows 9 frames; expected 12/);
}, 60_000);
