import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeAbandoned, removeFolder, writeFolder } from "./folder.ts";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "polyclinic-folder-"));
});
afterEach(() => rm(parent, { recursive: true }));

const fill = (text: string) => (aside: string) => writeFile(join(aside, "a.txt"), text);

test("a folder appears whole, and one that is there is refused or kept", async () => {
  const folder = join(parent, "new");
  await writeFolder(folder, fill("first"));
  await expect(writeFolder(folder, fill("second"))).rejects.toMatchObject({ code: "file/exists", where: folder });
  await writeFolder(folder, fill("third"), { existing: "keep" });
  expect(await readFile(join(folder, "a.txt"), "utf8")).toBe("first");
  expect(await readdir(parent)).toEqual(["new"]);
});

test("a failure half-way leaves nothing behind, and is named", async () => {
  for (const [code, hint] of [
    ["ENOSPC", /disk is full/],
    ["EIO", /No partial folder was left/],
  ] as const) {
    const failing = writeFolder(join(parent, "half"), async (aside) => {
      await fill("part")(aside);
      throw Object.assign(new Error("broken"), { code });
    });
    await expect(failing).rejects.toMatchObject({ code: "file/write", hint: expect.stringMatching(hint) });
    expect(await readdir(parent)).toEqual([]);
  }
});

test("of several that write one folder at once, one wins and all are content", async () => {
  const folder = join(parent, "raced");
  const texts = Array.from({ length: 8 }, (_, i) => String(i));
  await Promise.all(texts.map((text) => writeFolder(folder, fill(text), { existing: "keep" })));
  expect(texts).toContain(await readFile(join(folder, "a.txt"), "utf8"));
  expect(await readdir(parent)).toEqual(["raced"]);
});

test("a removed folder is gone at once, unless it turns out to be sound", async () => {
  const folder = join(parent, "old");
  await writeFolder(folder, fill("sound"));
  await removeFolder(folder, async (aside) => (await readFile(join(aside, "a.txt"), "utf8")) === "sound");
  expect(await readdir(parent)).toEqual(["old"]);
  await removeFolder(folder);
  await removeFolder(folder);
  expect(await readdir(parent)).toEqual([]);
});

test("what a dead process of this machine left is removed; a container's is left for a day", async () => {
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  let own = "";
  await writeFolder(join(parent, "x"), async (aside) => {
    own = /-([0-9a-f]{8})-[0-9a-f]{8}\.tmp$/.exec(aside)![1];
  });
  await rm(join(parent, "x"), { recursive: true });
  const names = {
    dead: `m.${dead}-${own}-00000000.tmp`,
    alive: `m.${process.pid}-${own}-00000000.tmp`,
    // The same process id means nothing in another namespace.
    elsewhere: `m.${dead}-ffffffff-00000000.tmp`,
    old: `m.${process.pid}-ffffffff-11111111.tmp`,
    other: "m.tmp",
  };
  for (const name of Object.values(names)) {
    await mkdir(join(parent, name));
    await writeFile(join(parent, name, "weights.bin"), "");
  }
  const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
  for (const path of [join(parent, names.old, "weights.bin"), join(parent, names.old)])
    await utimes(path, yesterday, yesterday);
  await removeAbandoned(parent);
  expect((await readdir(parent)).sort()).toEqual([names.alive, names.elsewhere, names.other].sort());
});
