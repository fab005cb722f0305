/** Images as cameras, phones and old programs write them; `goldens/everyday.json` is written by tools/reference/imaging/photo_everyday.py (Pillow). */
import { createHash } from "node:crypto";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import goldens from "./goldens/everyday.json" with { type: "json" };
import { readPhotoPages } from "./read-photo.ts";

const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
const flat = (r: number, width = 64, height = 48) =>
  sharp({ create: { width, height, channels: 3, background: { r, g: 30, b: 60 } } });

test.each(goldens.files)("$name: the pixels of Pillow", async ({ base64, sha256: expected }) => {
  const { images } = await readPhotoPages(Buffer.from(base64, "base64"));
  expect(sha256(images[0].data)).toBe(expected);
});

describe("what was put right is said, and damage to pixels is still damage", () => {
  const named = (name: string) => Buffer.from(goldens.files.find((file) => file.name === name)!.base64, "base64");
  test.each([
    ["spectral selection 0..0 in a sequential JPEG", /spectral selection/],
    ["stray bytes between segments", /stray bytes/],
    ["no end mark", /end-of-image marker/],
    ["two departures at once", /stray bytes.*spectral|spectral.*stray bytes/],
  ])("%s", async (name, said) => {
    const { warnings } = await readPhotoPages(named(name));
    expect(warnings).toEqual([{ code: "photo/repaired", message: expect.stringMatching(said), where: "the image" }]);
  });

  test("a departure beside damaged pixels", async () => {
    const random = new Random(3);
    const bytes = named("spectral selection 0..0 in a sequential JPEG");
    const scan = bytes.indexOf(Buffer.from([0xff, 0xda])) + 20;
    let refused = 0;
    for (let round = 0; round < 20; round++) {
      const broken = Uint8Array.from(bytes);
      for (let n = 0; n < 40; n++) broken[scan + random.below(broken.length - scan)] = random.below(256);
      await readPhotoPages(broken).catch(() => refused++);
    }
    expect(refused).toBeGreaterThan(10);
    await expect(readPhotoPages(bytes.subarray(0, bytes.length >> 1))).rejects.toMatchObject({ code: "photo/damaged" });
  });
});

test("a scan header that ends before its numbers, found by the fuzzer, is named damage", async () => {
  const jpeg = await flat(120).jpeg().toBuffer();
  const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
  for (const length of [2, 3, 5, 8]) {
    const broken = Buffer.from(jpeg);
    broken.writeUInt16BE(length, scan + 2);
    await expect(readPhotoPages(broken)).rejects.toMatchObject({ code: "photo/damaged" });
  }
});

test("AVIF is read, and a HEIC photograph is refused with the command that converts it", async () => {
  const { images } = await readPhotoPages(await flat(200).avif({ lossless: true }).toBuffer());
  expect([images[0].width, images[0].height, images[0].channels]).toEqual([64, 48, 3]);
  expect(Math.abs(images[0].data[0] - 200)).toBeLessThan(3);
  for (const brand of ["heic", "heix", "mif1", "hevc"]) {
    const heic = Buffer.concat([
      Buffer.from([0, 0, 0, 24]),
      Buffer.from(`ftyp${brand}\0\0\0\0mif1heic`),
      Buffer.alloc(64),
    ]);
    const failure = readPhotoPages(heic);
    await expect(failure).rejects.toMatchObject({ code: "photo/heic", hint: expect.stringContaining("heif-convert") });
  }
});

test("frames and pictures that are not read are named", async () => {
  const frames = await Promise.all([10, 90, 200].map((shade) => flat(shade, 40, 40).png().toBuffer()));
  const animation = (format: "gif" | "webp") =>
    sharp(frames, { join: { animated: true } })
      .toFormat(format)
      .toBuffer();
  for (const format of ["gif", "webp"] as const) {
    const { images, pageCount, warnings } = await readPhotoPages(await animation(format));
    expect([images.length, images[0].height, pageCount]).toEqual([1, 40, 3]);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ["photo/left-out", "the first of 3 frames of an animation is read"],
    ]);
  }
  // A phone's image with a depth map behind it: an MPF segment says so.
  const jpeg = await flat(120).jpeg().toBuffer();
  const mpf = Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xe2, 0, 10]),
    Buffer.from("MPF\0\0\0\0\0"),
    jpeg.subarray(2),
  ]);
  const { warnings } = await readPhotoPages(Buffer.concat([mpf, jpeg]));
  expect(warnings.map(({ code }) => code)).toEqual(["photo/left-out"]);
});

test("memory is asked for before a picture is decoded", async () => {
  const large = await flat(1, 4000, 3000).png().toBuffer();
  await expect(readPhotoPages(large, { limits: { maxMemory: 30_000_000 } })).rejects.toMatchObject({
    code: "limit/bytes",
    found: "35 MiB",
  });
  const turned = await flat(1, 3000, 2000).withMetadata({ orientation: 6 }).png().toBuffer();
  await expect(readPhotoPages(turned, { limits: { maxMemory: 20_000_000 } })).rejects.toMatchObject({
    code: "limit/bytes",
  });
});
