/** The file store on a disk that is full: a file system of one megabyte, where this machine lets one be mounted. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FileStore } from "./files.ts";

const folder = mkdtempSync(join(tmpdir(), "polyclinic-full-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).status === 0;
afterAll(() => {
  if (mounted) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
});

test.runIf(mounted)(
  "a full disk: the upload fails with the reason, leaves nothing, and the next that fits is kept whole",
  async () => {
    const files = new FileStore(join(folder, "files"));
    const first = await files.put(new Uint8Array(300_000).fill(1));
    await expect(files.put(new Uint8Array(3_000_000).fill(2))).rejects.toMatchObject({ code: "ENOSPC" });
    // In pieces, some of which fit: what the disk took of the last one is not taken for the whole.
    const pieces = async function* () {
      for (let i = 0; i < 20; i++) yield new Uint8Array(65_536).fill(3);
    };
    await expect(files.put(pieces())).rejects.toMatchObject({ code: "ENOSPC" });
    const names = readdirSync(join(folder, "files"), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    expect(names.map(({ name }) => name)).toEqual([first.sha256]);
    const { bytes, sha256 } = await files.put(new Uint8Array(200_000).fill(4));
    let read = 0;
    for await (const piece of files.read(sha256)) read += piece.length;
    expect([bytes, read]).toEqual([200_000, 200_000]);
  },
);
