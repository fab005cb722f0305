import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeObstacle, writeWhole } from "./files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("folders on the way are made, and an existing file is not written over unless asked", async () => {
  const path = join(folder, "a/b/c.txt");
  await writeWhole(path, "first");
  await expect(writeWhole(path, "second")).rejects.toMatchObject({ code: "file/exists", where: path });
  expect(await readFile(path, "utf8")).toBe("first");
  await writeWhole(path, "third", { overwrite: true });
  expect(await readFile(path, "utf8")).toBe("third");
});

test("what stands in the way of writing is known before, and the question leaves nothing behind", async () => {
  expect(await writeObstacle(join(folder, "not/there/yet"))).toBeUndefined();
  await writeWhole(join(folder, "file"), "x");
  expect(await writeObstacle(join(folder, "file"))).toBe(`${join(folder, "file")} is a file, not a folder`);
  expect(await writeObstacle(join(folder, "file/below"))).toMatch(/is a file, not a folder/);
  expect(await readdir(folder)).toEqual(["file"]);
  if (process.platform === "linux")
    expect(await writeObstacle("/proc/none")).toBe("no file can be created in /proc (ENOENT)");
});

test("a failure half-way leaves neither the file nor its beginning", async () => {
  const path = join(folder, "half.bin");
  const failing = writeWhole(path, async (file) => {
    await file.write(new Uint8Array(1000));
    throw new Error("no more");
  });
  await expect(failing).rejects.toMatchObject({ code: "file/write" });
  expect(await readdir(folder)).toEqual([]);
});

test.runIf(process.platform === "linux")(
  "a file system that takes no folders is an error, not an endless wait",
  async () => {
    await expect(writeWhole("/proc/none/a.json", "{}")).rejects.toMatchObject({ code: "file/write" });
  },
);
