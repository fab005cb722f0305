import { expect, test } from "vitest";
import { KeptPixels } from "./kept.ts";

function source(bytes: number) {
  const one = {
    read: 0,
    pixels: async () => {
      one.read++;
      if (bytes === 0) throw new Error("cut off");
      return { width: bytes, height: 1, channels: 1 as const, data: new Uint8Array(bytes) };
    },
  };
  return one;
}

test("an image is read once, also for requests at the same time, until newer ones need its memory", async () => {
  const kept = new KeptPixels(100);
  const [a, b, c] = [source(60), source(40), source(50)];
  const [first, second] = await Promise.all([kept.of(a, 0), kept.of(a, 0)]);
  expect(first).toBe(second);
  await kept.of(b, 0);
  await kept.of(a, 0);
  expect([a.read, b.read]).toEqual([1, 1]);
  // 150 bytes: b is the one not used for longest, and a must go as well.
  await kept.of(c, 0);
  await kept.of(c, 0);
  await kept.of(b, 0);
  await kept.of(a, 0);
  expect([a.read, b.read, c.read]).toEqual([2, 2, 1]);
});

test("one image larger than the limit is kept until the next; one closed or failed is read again", async () => {
  const kept = new KeptPixels(10);
  const [large, broken] = [source(60), source(0)];
  await kept.of(large, 0);
  await kept.of(large, 0);
  expect(large.read).toBe(1);
  kept.drop(large);
  await kept.of(large, 0);
  expect(large.read).toBe(2);
  await expect(kept.of(broken, 0)).rejects.toThrow("cut off");
  await expect(kept.of(broken, 0)).rejects.toThrow("cut off");
  expect(broken.read).toBe(2);
});
