import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import goldens from "./goldens/pillow.json" with { type: "json" };
import { readPhoto, readPhotoPages } from "./read-photo.ts";

const random = new Random(7);
const noise = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)));
const [width, height] = [37, 23];
const rgb = noise(width * height * 3);
const raw = { raw: { width, height, channels: 3 } } as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-photo-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("pixels", () => {
  test.each(goldens.jpeg)("a JPEG with $subsampling chroma equals Pillow's decode", async ({ base64, sha256 }) => {
    const image = await readPhoto(Buffer.from(base64, "base64"));
    expect(createHash("sha256").update(image.data).digest("hex")).toBe(sha256);
  });

  test.each(["png", "tiff", "webp"] as const)("%s is read without loss, from bytes and from a path", async (format) => {
    const bytes = await sharp(rgb, raw).toFormat(format, { lossless: true, compression: "lzw" }).toBuffer();
    const path = join(folder, `photograph.${format}.jpg`);
    await writeFile(path, bytes);
    for (const input of [bytes, path]) {
      const image = await readPhoto(input);
      expect([image.width, image.height, image.channels]).toEqual([width, height, 3]);
      expect(Buffer.from(image.data).equals(rgb)).toBe(true);
    }
  });

  test("16-bit samples are divided by 257 and rounded", async () => {
    const values = Uint16Array.from({ length: 256 }, (_, i) => i * 257 + random.below(257) - 128 * Number(i > 0));
    const grey = { raw: { width: 16, height: 16, channels: 1 } } as const;
    const bytes = await sharp(values, grey).toColourspace("grey16").png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe("ushort");
    const image = await readPhoto(bytes);
    expect(image.channels).toBe(1);
    expect([...image.data]).toEqual([...values].map((value) => Math.round(value / 257)));
  });

  describe("what is transparent is shown on white, whatever colour is stored under it, and said", () => {
    const rgba = Buffer.from([10, 200, 30, 0, 40, 50, 60, 128, 7, 8, 9, 255]);
    const picture = () => sharp(rgba, { raw: { width: 3, height: 1, channels: 4 } });
    const half = (value: number) => Math.round((value * 128 + 255 * 127) / 255);
    const shown = [255, 255, 255, half(40), half(50), half(60), 7, 8, 9];

    test.each(["png", "tiff", "webp"] as const)("%s", async (format) => {
      const bytes = await picture().toFormat(format, { lossless: true, exact: true, compression: "lzw" }).toBuffer();
      const { images, warnings } = await readPhotoPages(bytes);
      expect([images[0].channels, [...images[0].data]]).toEqual([3, shown]);
      expect(warnings).toMatchObject([
        { code: "photo/transparent", message: expect.stringMatching(/^67 % .* on white/) },
      ]);
    });

    test("16 bits, grey, a palette, GIF", async () => {
      const deep = await sharp(
        Uint16Array.from(rgba, (value) => value * 257),
        { raw: { width: 3, height: 1, channels: 4 } },
      )
        .toColourspace("rgb16")
        .png()
        .toBuffer();
      expect((await sharp(deep).metadata()).depth).toBe("ushort");
      expect([...(await readPhoto(deep)).data]).toEqual(shown);
      const grey = await sharp(Buffer.from([7, 0, 9, 255]), { raw: { width: 2, height: 1, channels: 2 } })
        .toColourspace("b-w")
        .png()
        .toBuffer();
      expect(await readPhoto(grey)).toMatchObject({ channels: 1, data: Uint8Array.of(255, 9) });
      const clear = {
        create: { width: 3, height: 2, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
      } as const;
      for (const bytes of [await sharp(clear).png({ palette: true }).toBuffer(), await sharp(clear).gif().toBuffer()]) {
        const { images, warnings } = await readPhotoPages(bytes);
        expect(new Set(images[0].data)).toEqual(new Set([255]));
        expect(warnings[0].message).toMatch(/^100 %/);
      }
    });

    test("an alpha channel of opaque pixels changes nothing and is not said", async () => {
      const opaque = await sharp(rgb, raw).ensureAlpha().png().toBuffer();
      const { images, warnings } = await readPhotoPages(opaque);
      expect(Buffer.from(images[0].data).equals(rgb)).toBe(true);
      expect(warnings).toEqual([]);
    });
  });

  test("a palette comes out as colour", async () => {
    const flat = { create: { width: 3, height: 2, channels: 3, background: { r: 255, g: 0, b: 0 } } } as const;
    const palette = await readPhoto(await sharp(flat).gif().toBuffer());
    expect([palette.channels, ...palette.data.subarray(0, 3)]).toEqual([3, 255, 0, 0]);
  });
});

/** EXIF orientation by what the stored top-left corner becomes (EXIF 2.3, 4.6.4). */
test.each([
  [1, "top left"],
  [2, "top right"],
  [3, "bottom right"],
  [4, "bottom left"],
  [5, "top left"],
  [6, "top right"],
  [7, "bottom right"],
  [8, "bottom left"],
])("EXIF orientation %i brings the first stored pixel to the %s", async (orientation, corner) => {
  const stored = Buffer.alloc(width * height * 3);
  stored.fill(255, 0, 3);
  const bytes = await sharp(stored, raw).withMetadata({ orientation }).png().toBuffer();
  const image = await readPhoto(bytes);
  expect([image.width, image.height]).toEqual(orientation >= 5 ? [height, width] : [width, height]);
  const x = corner.endsWith("left") ? 0 : image.width - 1;
  const y = corner.startsWith("top") ? 0 : image.height - 1;
  expect(image.data[(y * image.width + x) * 3]).toBe(255);
  expect(image.data.reduce((sum, value) => sum + value, 0)).toBe(3 * 255);
});

describe("bad input", () => {
  const refused = (input: string | Uint8Array, code: string, limits = {}) =>
    expect(readPhoto(input, limits)).rejects.toMatchObject({ name: "PolyclinicError", code });

  test("nothing, something else, and files that are not there", async () => {
    await refused(new Uint8Array(), "photo/unrecognised");
    await refused(new TextEncoder().encode("<svg xmlns='http://www.w3.org/2000/svg'/>"), "photo/unrecognised");
    await refused(join(folder, "missing.jpg"), "file/unreadable");
    await refused(folder, "file/unreadable");
  });

  test("a file cut off anywhere is never taken for whole", async () => {
    for (const format of ["jpeg", "png", "webp", "tiff"] as const) {
      const bytes = await sharp(rgb, raw).toFormat(format).toBuffer();
      for (const share of [0.2, 0.5, 0.8]) await refused(bytes.subarray(0, bytes.length * share), "photo/damaged");
    }
  });

  test("pixels and bytes are limited before anything is decoded", async () => {
    const bytes = await sharp({ create: { width: 3000, height: 3000, channels: 3, background: "white" } })
      .png()
      .toBuffer();
    await refused(bytes, "photo/too-large", { maxPixels: 8_999_999 });
    const path = join(folder, "large.png");
    await writeFile(path, bytes);
    await refused(path, "limit/bytes", { maxBytes: 100 });
    await expect(readPhoto(path, { maxPixels: 9_000_000 })).resolves.toMatchObject({ width: 3000 });
  });

  test("mutated files give a picture or a named error", async () => {
    const seeds: Buffer[] = [];
    for (const format of ["jpeg", "png", "webp", "tiff", "gif"] as const)
      seeds.push(await sharp(rgb, raw).toFormat(format).toBuffer());
    let named = 0;
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(seeds[i % seeds.length]);
      for (let flips = random.below(6) + 1; flips > 0; flips--) bytes[random.below(bytes.length)] = random.below(256);
      const cut = random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
      const limits = { maxPixels: 1 << 22 };
      const result = await readPhoto(cut, limits).catch((error: unknown) => error);
      if (PolyclinicError.is(result)) named++;
      else expect(result).toMatchObject({ kind: "image" });
    }
    expect(named).toBeGreaterThan(30);
  });
});
