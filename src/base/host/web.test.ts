/** What a browser runs in the place of Node's parts gives what Node's parts give. */
import { createHash, randomBytes } from "node:crypto";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { open, readdir, readFile, stat, unmountFile, writeFile } from "./files.web.ts";
import { createHash as createHashWeb } from "./hash.web.ts";
import { constants, gunzipSync, inflateRawSync, inflateSync } from "./inflate.web.ts";
import * as node from "./path.ts";
import { basename, dirname, join } from "./path.web.ts";

const plain = (length: number) => new Uint8Array(randomBytes(length));
/** Repeats of every distance and length, between bytes that repeat nothing. */
function repetitive(length: number): Uint8Array {
  const bytes = plain(length);
  for (let at = 100, step = 1; at + 300 < length; at += 37 * step, step = (step % 97) + 1)
    bytes.copyWithin(at, Math.max(0, at - step * step), Math.max(0, at - step * step) + 3 + (step % 258));
  return bytes;
}

test("SHA-256 of any length, in any pieces", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 70_001]) {
    const bytes = plain(length);
    const cut = Math.floor(length / 3);
    const hash = createHashWeb("sha256").update(bytes.subarray(0, cut)).update(bytes.subarray(cut)).digest("hex");
    expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
  expect(createHashWeb("sha256").update("Grüße").digest("hex")).toBe(
    createHash("sha256").update("Grüße").digest("hex"),
  );
});

test("deflate, zlib and gzip of every kind of block", () => {
  const texts = [
    new Uint8Array(0),
    new Uint8Array(100_000),
    plain(70_000),
    repetitive(200_000),
    new TextEncoder().encode("abcabcabd ".repeat(3000)),
  ];
  for (const bytes of texts)
    for (const level of [0, 1, 6, 9]) {
      expect(Buffer.compare(inflateRawSync(deflateRawSync(bytes, { level })), bytes)).toBe(0);
      expect(Buffer.compare(inflateSync(deflateSync(bytes, { level })), bytes)).toBe(0);
      expect(Buffer.compare(gunzipSync(gzipSync(bytes, { level })), bytes)).toBe(0);
    }
  // Fixed codes.
  expect([...inflateRawSync(deflateRawSync(Buffer.from("aaaaaaaaab"), { strategy: 4 }))]).toEqual([
    ...Buffer.from("aaaaaaaaab"),
  ]);
});

test("what is damaged, cut short or too large is refused as Node refuses it", () => {
  const packed = deflateSync(repetitive(50_000));
  const codeOf = (run: () => unknown) => {
    try {
      run();
      return undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  };
  expect(codeOf(() => inflateSync(packed.subarray(0, 1000)))).toBe("Z_BUF_ERROR");
  expect(codeOf(() => inflateSync(packed, { maxOutputLength: 1000 }))).toBe("ERR_BUFFER_TOO_LARGE");
  const wrong = Uint8Array.from(packed);
  wrong[wrong.length - 1] ^= 1;
  expect(codeOf(() => inflateSync(wrong))).toBe("Z_DATA_ERROR");
  expect(codeOf(() => inflateSync(Uint8Array.of(1, 2, 3, 4)))).toBe("Z_DATA_ERROR");
  const head = gunzipSync(gzipSync(repetitive(50_000)).subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
  expect(head.length).toBeGreaterThan(1000);
  // No input makes it run on or throw anything else.
  for (let i = 0; i < 300; i++)
    expect(["Z_BUF_ERROR", "Z_DATA_ERROR", "ERR_BUFFER_TOO_LARGE", undefined]).toContain(
      codeOf(() => inflateRawSync(plain(200), { maxOutputLength: 1 << 20 })),
    );
});

test("paths", () => {
  for (const path of ["/a/b/c.dcm", "c.dcm", "/a", "a/b/", "/"]) {
    expect(basename(path)).toBe(node.basename(path));
    expect(dirname(path)).toBe(node.dirname(path));
  }
  expect(join("/a", "../b", "./c", "", "d")).toBe(node.join("/a", "../b", "./c", "", "d"));
});

test("files in memory: written, listed, read in pieces, absent by Node's code", async () => {
  await writeFile("/kept/a.txt", "words");
  const file = await open("/kept/b.bin", "wx");
  await file.truncate(4);
  await file.write(Uint8Array.of(1, 2, 3), 1, 2, 3);
  await file.close();
  expect((await readdir("/kept")).sort()).toEqual(["a.txt", "b.bin"]);
  expect([...(await readFile("/kept/b.bin"))]).toEqual([0, 0, 0, 2, 3]);
  expect(await readFile("/kept/a.txt", "utf8")).toBe("words");
  const into = new Uint8Array(4);
  expect(await (await open("/kept/b.bin", "r")).read(into, 1, 3, 3)).toEqual({ bytesRead: 2 });
  expect([...into]).toEqual([0, 2, 3, 0]);
  expect((await stat("/kept")).isDirectory()).toBe(true);
  await expect(readFile("/kept/none")).rejects.toMatchObject({ code: "ENOENT" });
  for (const name of ["a.txt", "b.bin"]) unmountFile(`/kept/${name}`);
});
