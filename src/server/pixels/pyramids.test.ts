import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PartManifest } from "../../study/display/manifest.ts";
import { Audit } from "../access/audit.ts";
import { openStore } from "../store/index.ts";
import { deleteStudy } from "../upkeep/erase.ts";
import { Pyramids } from "./pyramids.ts";

test("the tiles of a large image end with their study: those of earlier files too, and those made while it is erased", async () => {
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-pyramids-"));
  const store = await openStore({ folder });
  try {
    await store.database.query("insert into patient (id, identifier) values ('p', 'p')");
    await store.database.query("insert into study (id, patient) values ('s', 'p')");
    const pyramids = new Pyramids(store);
    const tiles = (key: string, grey: number, meanwhile = async () => {}) =>
      pyramids.make("s", key, { part: 0 } as PartManifest, true, async () => {
        await meanwhile();
        return { width: 3, height: 2, channels: 1, data: new Uint8Array(6).fill(grey) };
      });
    const stored = async () =>
      (await readdir(join(folder, "files"), { recursive: true, withFileTypes: true }))
        .filter((one) => one.isFile())
        .map(({ name }) => name);
    const nameOf = ({ path }: { path: string }) => path.split(/[\\/]/).at(-1)!;

    expect(await stored()).toEqual([nameOf(await tiles("first files", 10))]);
    expect(await stored()).toEqual([nameOf(await tiles("more files", 20))]);
    const erase = () =>
      deleteStudy(store, new Audit(store.database), "s", { who: "test", action: "study.delete", detail: {} });
    let left: string[] | undefined;
    await expect(
      tiles("still more", 30, async () => {
        await erase();
        left = await stored();
      }),
    ).rejects.toThrow(/foreign key/);
    expect(left).toEqual([]);
    expect(await stored()).toEqual([]);
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
}, 30_000);
