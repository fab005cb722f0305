import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { embeddedFolder } from "../base/embedded-model.ts";
import { openCheckpoint } from "../checkpoint/index.ts";
import { writeRandomCheckpoint } from "./random-checkpoint.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-random-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("the shapes, configuration and tokenizer of another checkpoint, with weights that only the seed decides", async () => {
  for (const [name, seed] of [
    ["a", 1],
    ["b", 1],
    ["c", 2],
  ] as const)
    await writeRandomCheckpoint(join(folder, name), { like: "nano", seed });
  const bytes = (name: string) => readFile(join(folder, name, "model.safetensors"));
  expect((await bytes("a")).equals(await bytes("b"))).toBe(true);
  expect((await bytes("a")).equals(await bytes("c"))).toBe(false);
  const [made, model] = await Promise.all([openCheckpoint(join(folder, "a")), openCheckpoint(embeddedFolder)]);
  expect(made.config).toEqual(model.config);
  expect(made.tokenizer).toEqual(model.tokenizer);
  const shapes = ({ weights }: typeof made) => new Map(weights.names.map((name) => [name, weights.shape(name)]));
  expect(shapes(made)).toEqual(shapes(model));
  await made.close();
  await model.close();
});

test("nothing is written over, and a server is no checkpoint", async () => {
  await expect(writeRandomCheckpoint(folder)).rejects.toMatchObject({ code: "file/exists" });
  await expect(writeRandomCheckpoint(join(folder, "x"), { like: "http://localhost/v1" })).rejects.toMatchObject({
    code: "model/not-found",
  });
});
