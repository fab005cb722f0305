import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publicNames } from "./public-name.ts";
import { SeenImages } from "./seen-images.ts";

test("clients see neither paths nor addresses", () => {
  const folder = mkdtempSync(join(tmpdir(), "models-"));
  const pool = "http://gpu1:8000/v1#google/medgemma,http://gpu2:8000/v1#google/medgemma";
  const given = ["nano", "google/medgemma-1.5-4b-it", folder, "/other/tuned", "./tuned", pool, "http://gpu3:8000/v1"];
  expect([...publicNames(given).keys()]).toEqual([
    "nano",
    "google/medgemma-1.5-4b-it",
    folder.split(/[\\/]/).at(-1),
    "tuned",
    "tuned-2",
    "google/medgemma",
    "remote",
  ]);
  rmSync(folder, { recursive: true });
});

test("an image is decoded once for each caller, and again after an erasure or a failure", async () => {
  const seen = new SeenImages();
  const calls: string[] = [];
  const image = (name: string) => async () => {
    calls.push(name);
    return [{ type: "image" as const, image: { kind: "image", width: 1, height: 1, channels: 1, data: new Uint8Array(1) } as const }]; // biome-ignore format: one line
  };
  const [first] = await seen.of("ada", "AAAA", image("ada"));
  expect((await seen.of("ada", "AAAA", image("ada again")))[0]).toBe(first);
  expect((await seen.of("bob", "AAAA", image("bob")))[0]).not.toBe(first);
  expect(calls).toEqual(["ada", "bob"]);
  await expect(seen.of("ada", "BBBB", async () => Promise.reject(new Error("damaged")))).rejects.toThrow();
  await seen.of("ada", "BBBB", image("again"));
  seen.forget();
  await seen.of("ada", "AAAA", image("after erasure"));
  expect(calls.slice(2)).toEqual(["again", "after erasure"]);
});
