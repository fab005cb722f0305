import { expect, test } from "vitest";
import type { Image } from "../../imaging/types.ts";
import { oncePerImage } from "./once-per-image.ts";

const image = (): Image => ({ kind: "image", width: 1, height: 1, channels: 1, data: new Uint8Array(1) });
const found = { within: ["cxr"], scores: [] };

test("an image is examined once, also by concurrent calls; another image and a failure again", async () => {
  let [calls, fails] = [0, true];
  const recognise = oncePerImage(async () => {
    calls++;
    if (fails) throw new Error("aborted");
    return found;
  });
  const film = image();
  await expect(recognise(film)).rejects.toThrow("aborted");
  fails = false;
  expect(await Promise.all([recognise(film), recognise(film)])).toEqual([found, found]);
  expect(await recognise(film)).toBe(found);
  expect(calls).toBe(2);
  await recognise(image());
  expect(calls).toBe(3);
});

test("a call that waits for one that is aborted examines the image itself", async () => {
  let calls = 0;
  const recognise = oncePerImage(async (_image, { signal } = {}) => {
    calls++;
    await new Promise((resolve) => setTimeout(resolve, 5));
    signal?.throwIfAborted();
    return found;
  });
  const stop = new AbortController();
  const film = image();
  const first = recognise(film, { signal: stop.signal });
  const second = recognise(film);
  stop.abort();
  await expect(first).rejects.toThrow(/abort/i);
  expect(await second).toBe(found);
  expect(calls).toBe(2);
});
