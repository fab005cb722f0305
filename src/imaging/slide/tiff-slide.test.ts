import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildTiff, cutTiles, type Field, type PageSpec, pixelFields } from "../../../test/support/slide-files.ts";
import { Random } from "../../base/random.ts";
import type { Image } from "../types.ts";
import { openSlide } from "./index.ts";

const [width, height] = [150, 110];
const random = new Random(11);
const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
  i % 7 === 0 ? random.below(256) : (i >> 4) & 255,
);

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-slide-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function saved(bytes: Uint8Array, name = `slide-${files++}.bin`): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** What a region of the source must be: the pixels inside, white outside. */
function cut(x: number, y: number, w: number, h: number): Uint8Array {
  const out = new Uint8Array(w * h * 3).fill(255);
  for (let row = Math.max(0, -y); row < Math.min(h, height - y); row++)
    for (let column = Math.max(0, -x); column < Math.min(w, width - x); column++) {
      const from = ((y + row) * width + x + column) * 3;
      out.set(pixels.subarray(from, from + 3), (row * w + column) * 3);
    }
  return out;
}

const same = (image: Image, expected: Uint8Array) => Buffer.from(image.data).equals(Buffer.from(expected));

/** PackBits by literal runs of 128 bytes (TIFF 6.0, section 9). */
function packBits(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at += 128) {
    const run = bytes.subarray(at, at + 128);
    out.push(run.length - 1, ...run);
  }
  return Uint8Array.from(out);
}

const codecs: Record<string, { compression: number; encode: (tile: Uint8Array) => Uint8Array }> = {
  plain: { compression: 1, encode: (tile) => tile },
  deflate: { compression: 8, encode: (tile) => deflateSync(tile) },
  "old deflate": { compression: 32946, encode: (tile) => deflateSync(tile) },
  PackBits: { compression: 32773, encode: packBits },
};

function tiled(codec = "deflate", extra: Partial<PageSpec> = {}, fields: readonly Field[] = []): PageSpec {
  const { compression, encode } = codecs[codec];
  const data = cutTiles(pixels, width, height, 48, 32).map(encode);
  return { width, height, tile: [48, 32], data, fields: [...pixelFields(compression), ...fields], ...extra };
}

describe("regions", () => {
  const variants = Object.keys(codecs).flatMap((codec) =>
    [false, true].flatMap((big) => [false, true].map((littleEndian) => ({ codec, big, littleEndian }))),
  );
  test.each(variants)("$codec tiles, BigTIFF $big, little endian $littleEndian", async ({ codec, ...layout }) => {
    const slide = await openSlide(await saved(buildTiff([tiled(codec)], layout)));
    for (const [x, y, w, h] of [
      [0, 0, width, height],
      [47, 31, 2, 2],
      [-10, -20, 60, 40],
      [140, 100, 30, 30],
      [1000, 1000, 5, 5],
    ])
      expect(same(await slide.readRegion(0, x, y, w, h), cut(x, y, w, h))).toBe(true);
    await slide.close();
  });

  test("strips, and a plane for each colour", async () => {
    const strips = [];
    for (let top = 0; top < height; top += 16) strips.push(pixels.subarray(top * width * 3, (top + 16) * width * 3));
    const striped = { width, height, rowsPerStrip: 16, data: strips, fields: pixelFields(1) };
    const planar = [0, 1, 2].flatMap((plane) =>
      cutTiles(pixels, width, height, 48, 32).map((tile) => tile.filter((_, i) => i % 3 === plane)),
    );
    const fields = [...pixelFields(1).filter(({ tag }) => tag !== 284), { tag: 284, short: [2] }];
    for (const page of [striped, { width, height, tile: [48, 32] as const, data: planar, fields }]) {
      const slide = await openSlide(await saved(buildTiff([page])));
      expect(same(await slide.readRegion(0, 20, 10, 100, 90), cut(20, 10, 100, 90))).toBe(true);
      await slide.close();
    }
  });

  test("LZW with a predictor, and JPEG with shared tables, as libtiff writes and reads them", async () => {
    const source = sharp(pixels, { raw: { width, height, channels: 3 } });
    const tiles = { tile: true, tileWidth: 48, tileHeight: 32 } as const;
    const lzw = await source
      .clone()
      .tiff({ compression: "lzw", predictor: "horizontal", ...tiles })
      .toBuffer();
    const jpeg = await source
      .clone()
      .tiff({ compression: "jpeg", quality: 70, ...tiles })
      .toBuffer();
    for (const bytes of [lzw, jpeg]) {
      const whole = await sharp(bytes).raw().toBuffer();
      const slide = await openSlide(await saved(bytes));
      expect(same(await slide.readRegion(0, 0, 0, width, height), whole)).toBe(true);
      await slide.close();
    }
  });

  test("tiles that were never stored are white", async () => {
    const page = tiled();
    const data = page.data.map((tile, i) => (i === 1 || i === 4 ? undefined : tile));
    const slide = await openSlide(await saved(buildTiff([{ ...page, data }])));
    const image = await slide.readRegion(0, 0, 0, width, height);
    const white = (x: number, y: number) =>
      image.data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3).every((v) => v === 255);
    expect([white(48, 0), white(95, 31), white(0, 32), white(47, 63)]).toEqual([true, true, true, true]);
    const expected = cut(0, 0, width, height);
    for (const [x, y] of [
      [47, 0],
      [96, 31],
      [48, 32],
      [0, 64],
    ])
      expect([...image.data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)]).toEqual([
        ...expected.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
      ]);
    await slide.close();
  });

  test("an embedded profile is converted to sRGB, in every region alike", async () => {
    const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .withIccProfile("p3", { attach: true })
      .tiff({ compression: "deflate", tile: true, tileWidth: 48, tileHeight: 32 })
      .toBuffer();
    const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    const converted = await sharp(bytes).raw().toBuffer();
    expect(stored.equals(converted)).toBe(false);
    const slide = await openSlide(await saved(bytes));
    expect(same(await slide.readRegion(0, 0, 0, width, height), converted)).toBe(true);
    await slide.close();
  });
});

describe("levels and associated images", () => {
  const page = (w: number, h: number, fields: readonly Field[] = [], strips = false): PageSpec => ({
    width: w,
    height: h,
    ...(strips ? {} : { tile: [64, 64] as const }),
    data: strips
      ? [new Uint8Array(w * h * 3).fill(w & 255)]
      : new Array<Uint8Array>(Math.ceil(w / 64) * Math.ceil(h / 64)).fill(new Uint8Array(64 * 64 * 3).fill(w & 255)),
    fields: [...pixelFields(1), ...fields],
  });
  const aperio = (rest: string): Field => ({ tag: 270, ascii: `Aperio Image Library v11.2.1 \r\n${rest}` });

  test("an SVS: levels by size, label and macro kept apart, MPP and lens read", async () => {
    const slide = await openSlide(
      await saved(
        buildTiff([
          page(400, 300, [aperio("400x300 (64x64) JPEG/RGB Q=30|AppMag = 20|MPP = 0.4990")]),
          page(90, 70, [aperio("400x300 -> 90x70 - |AppMag = 20|MPP = 0.4990")], true),
          page(100, 75, [aperio("400x300 -> 100x75|AppMag = 20|MPP = 0.4990")]),
          page(50, 60, [aperio("label 50x60"), { tag: 254, long: [1] }], true),
          page(80, 30, [aperio("macro 80x30"), { tag: 254, long: [9] }], true),
        ]),
      ),
    );
    expect(slide.vendor).toBe("aperio");
    expect(slide.levels).toEqual([
      { width: 400, height: 300, downsample: 1 },
      { width: 100, height: 75, downsample: 4 },
    ]);
    expect([slide.mpp, slide.properties.objectivePower]).toEqual([0.499, "20"]);
    expect([...slide.associated].sort()).toEqual(["label", "macro", "thumbnail"]);
    const label = await slide.readAssociated("label");
    expect([label.width, label.height, label.data[0]]).toEqual([50, 60, 50]);
    await expect(slide.readAssociated("face")).rejects.toMatchObject({ code: "slide/associated" });
    await expect(slide.readRegion(2, 0, 0, 1, 1)).rejects.toMatchObject({ code: "slide/level" });
    await slide.close();
    await expect(slide.readRegion(0, 0, 0, 1, 1)).rejects.toMatchObject({ code: "slide/closed" });
  });

  test("a page that is no reduction of the slide is reported, not shown", async () => {
    const slide = await openSlide(await saved(buildTiff([page(400, 300), page(200, 150), page(90, 90)])));
    expect(slide.levels.map((level) => level.width)).toEqual([400, 200]);
    expect(slide.warnings.map((warning) => warning.code)).toEqual(["slide/page-left-out"]);
    await slide.close();
  });

  const resolution = (perUnit: number, unit: number): Field[] => [
    { tag: 282, rational: [[Math.round(perUnit * 1000), 1000]] },
    { tag: 296, short: [unit] },
  ];
  const ome =
    '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image><Pixels PhysicalSizeX="250" PhysicalSizeXUnit="nm"/></Image></OME>';
  test.each<[string, Field[], number | undefined]>([
    ["pixels per centimetre", resolution(40_000, 3), 0.25],
    ["pixels per inch", resolution(50_800, 2), 0.5],
    ["a screen's 72 dots an inch", resolution(72, 2), undefined],
    ["a printer's 1200 dots an inch", resolution(1200, 2), undefined],
    ["no unit", resolution(40_000, 1), undefined],
    ["OME-XML", [{ tag: 270, ascii: ome }, ...resolution(72, 2)], 0.25],
    ["ImageJ", [{ tag: 270, ascii: "ImageJ=1.53t\nunit=micron\n" }, ...resolution(4, 1)], 0.25],
    [
      "Philips",
      [
        {
          tag: 270,
          ascii:
            '<DataObject ObjectType="DPUfsImport"><Attribute Name="DICOM_PIXEL_SPACING" PMSVR="IDoubleArray">"0.000227273" "0.000227273"</Attribute>',
        },
      ],
      0.227273,
    ],
    ["nothing", [], undefined],
  ])("microns per pixel from %s", async (_, fields, expected) => {
    const path = await saved(buildTiff([page(128, 128, fields)]));
    const slide = await openSlide(path);
    if (expected === undefined) expect(slide.mpp).toBeUndefined();
    else expect(slide.mpp).toBeCloseTo(expected, 6);
    await slide.close();
    const specified = await openSlide(path, { mpp: 0.31 });
    expect(specified.mpp).toBe(0.31);
    await specified.close();
  });

  test("what would be read wrongly is refused by name", async () => {
    const grey = (n: number): PageSpec => ({
      width: 64,
      height: 64 + n,
      tile: [64, 64],
      data: new Array(1 + Number(n > 0)).fill(new Uint8Array(4096)),
      fields: pixelFields(1, 1, 1),
    });
    const cases: [Uint8Array, string][] = [
      [buildTiff([grey(0), grey(0), grey(0)]), "slide/multichannel"],
      [buildTiff([page(128, 128, [{ tag: 65420, long: [1] }])]), "slide/unsupported"],
      [
        buildTiff([page(128, 128, [{ tag: 700, bytes: new TextEncoder().encode("<EncodeInfo><iScan/>") }])]),
        "slide/unsupported",
      ],
      [buildTiff([{ ...tiled(), fields: pixelFields(52479) }]), "tiff/unsupported"],
      [buildTiff([{ ...tiled(), data: tiled().data.slice(2) }]), "tiff/damaged"],
      [new Uint8Array(), "slide/empty"],
      [new TextEncoder().encode("{}"), "slide/unrecognised"],
    ];
    for (const [bytes, code] of cases) await expect(openSlide(await saved(bytes))).rejects.toMatchObject({ code });
    await expect(openSlide(join(folder, "missing.svs"))).rejects.toMatchObject({ code: "file/unreadable" });
    await expect(openSlide("x", { mpp: -1 })).rejects.toMatchObject({ code: "slide/mpp" });
  });

  test("sizes are limited: of a region, and of a tile", async () => {
    const slide = await openSlide(await saved(buildTiff([page(400, 300)])), { limits: { maxPixels: 10_000 } });
    await expect(slide.readRegion(0, 0, 0, 101, 100)).rejects.toMatchObject({ code: "slide/region" });
    await expect(slide.readRegion(0, 0, 0, 0, 5)).rejects.toMatchObject({ code: "slide/region" });
    await expect(slide.readRegion(0, 0.5, 0, 5, 5)).rejects.toMatchObject({ code: "slide/region" });
    await slide.close();
    const path = await saved(buildTiff([{ ...page(128, 128), tile: [1 << 16, 1 << 16], data: [new Uint8Array(16)] }]));
    await expect(openSlide(path)).rejects.toMatchObject({ code: "slide/tile-size" });
  });
});
