/** Scales, levels and holes as scanners write them. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  buildDicom,
  buildTiff,
  cutTiles,
  type Element,
  type Field,
  type PageSpec,
  pixelFields,
} from "../../../test/support/slide-files.ts";
import { memorySource } from "../../bytes/index.ts";
import { openSlide } from "./index.ts";

const side = 32;
const picture = (width: number, height: number, shade: (x: number, y: number) => number) =>
  Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    shade(Math.floor(i / 3) % width, Math.floor(i / 3 / width)),
  );
const page = (
  width: number,
  height: number,
  fields: readonly Field[] = [],
  shade: (x: number, y: number) => number = () => 90,
): PageSpec => ({
  width,
  height,
  tile: [side, side],
  data: cutTiles(picture(width, height, shade), width, height, side, side),
  fields: [...pixelFields(1), ...fields],
});
const open = (pages: readonly PageSpec[], options = {}) => openSlide(memorySource("a.tif", buildTiff(pages, options)));
const text = (ascii: string): Field => ({ tag: 270, ascii });

describe("Philips", () => {
  const representation = (spacing: number, number: number) =>
    `<DataObject ObjectType="PixelDataRepresentation"><Attribute Name="DICOM_PIXEL_SPACING" PMSVR="IDoubleArray">&quot;${spacing}&quot; &quot;${spacing}&quot;</Attribute><Attribute Name="PIIM_PIXEL_DATA_REPRESENTATION_NUMBER">${number}</Attribute></DataObject>`;
  const xml = (representations: string) =>
    text(
      `<?xml version="1.0"?><DataObject ObjectType="DPUfsImport"><Attribute Name="DICOM_PIXEL_SPACING">"0.00025" "0.00025"</Attribute>${representations}</DataObject>`,
    );
  // Reductions of 800 x 320: 400 x 160 stored as 416 x 160, 200 x 80 as 224 x 96.
  const levels = [
    [416, 160],
    [224, 96],
  ] as const;
  test.each([
    ["with spacings of every level", [0, 1, 2].map((n) => representation(0.00025 * 2 ** n, n)).join("")],
    ["without them", ""],
    ["with a spacing that cannot be", representation(0.00025, 0) + representation(0.00026, 1) + representation(9, 2)],
  ])("%s: levels are padded to whole tiles, and scales are powers of two", async (_, representations) => {
    const slide = await open([page(800, 320, [xml(representations)]), ...levels.map(([w, h]) => page(w, h))]);
    expect(slide.levels).toEqual([
      { width: 800, height: 320, downsample: 1 },
      { width: 400, height: 160, downsample: 2 },
      { width: 200, height: 80, downsample: 4 },
    ]);
    expect(slide.mpp).toBeCloseTo(0.25, 9);
    const edge = await slide.readRegion(2, 199, 79, 2, 1);
    expect([...edge.data]).toEqual([90, 90, 90, 255, 255, 255]);
  });
});

describe("Leica SCN", () => {
  const image = (name: string, [width, height]: readonly number[], view: string, dimensions: string) =>
    `<image name="${name}"><pixels sizeX="${width}" sizeY="${height}">${dimensions}</pixels><view ${view}/><scanSettings><objectiveSettings><objective>20</objective></objectiveSettings></scanSettings></image>`;
  const scn = (...images: string[]) =>
    text(
      `<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"><collection sizeX="26000000" sizeY="70000000">${images.join("")}</collection></scn>`,
    );
  const macro = image(
    "macro",
    [64, 160],
    'sizeX="26000000" sizeY="70000000" offsetX="0" offsetY="0"',
    '<dimension sizeX="64" sizeY="160" r="0" ifd="0"/>',
  );
  const area = (name: string, ifd: number, nanometres: number, channels = 1) =>
    image(
      name,
      [256, 128],
      `sizeX="${nanometres}" sizeY="${nanometres / 2}" offsetX="1" offsetY="1"`,
      Array.from(
        { length: channels },
        (_, c) =>
          `<dimension sizeX="256" sizeY="128" r="0" c="${c}" ifd="${ifd}"/><dimension sizeX="64" sizeY="32" r="1" c="${c}" ifd="${ifd + 1}"/>`,
      ).join(""),
    );
  const pages = (description: Field) => [
    page(64, 160, [description]),
    page(256, 128),
    page(64, 32),
    page(256, 128),
    page(64, 32),
  ];

  test("the scanned area is the slide, its size in nanometres the scale, the first directory the macro", async () => {
    for (const big of [false, true]) {
      const slide = await open(pages(scn(macro, area("a", 1, 128_000))), { big });
      expect([slide.vendor, slide.mpp, slide.associated, slide.properties]).toEqual([
        "leica",
        0.5,
        ["macro"],
        { objectivePower: "20" },
      ]);
      expect(slide.levels.map(({ width, downsample }) => [width, downsample])).toEqual([
        [256, 1],
        [64, 4],
      ]);
    }
  });

  test("of several areas the largest is read, in whatever order, and the others are named", async () => {
    const slide = await open(pages(scn(area("small", 1, 64_000), macro, area("large", 3, 128_000))));
    expect(slide.mpp).toBe(0.5);
    expect(slide.warnings.map(({ code, message }) => [code, message])).toEqual([
      ["slide/area-left-out", "another scanned area (small) was left out; only the largest is read"],
    ]);
  });

  test("fluorescence and a description of nothing are refused by name", async () => {
    await expect(open(pages(scn(macro, area("a", 1, 128_000, 3))))).rejects.toMatchObject({
      code: "slide/multichannel",
    });
    await expect(open(pages(scn(macro)))).rejects.toMatchObject({ code: "slide/unsupported" });
  });
});

describe("tiles that were never stored", () => {
  const aperio = (words: string): Field => text(`Aperio Image Library v10\r\n${words}`);
  const shade = (x: number) => (Math.floor(x / 4) * 4) % 256;
  const holes = (spec: PageSpec, which: readonly number[]): PageSpec => ({
    ...spec,
    data: spec.data.map((tile, i) => (which.includes(i) ? undefined : tile)),
  });
  const base = page(256, 128, [aperio("256x128|AppMag = 20|MPP = 0.5")], shade);
  const half = page(128, 64, [aperio("256x128 -> 128x64")], (x) => shade(2 * x));

  test.each([
    ["one", [1]],
    ["a row", [0, 1, 2, 3]],
    ["all", [0, 1, 2, 3, 4, 5, 6, 7]],
  ])("%s of a reduction: computed from the finer level, which is said", async (_, missing) => {
    const whole = await open([base, half]);
    const slide = await open([base, holes(half, missing)]);
    const expected = await whole.readRegion(1, 0, 0, 128, 64);
    expect(Buffer.from((await slide.readRegion(1, 0, 0, 128, 64)).data).equals(Buffer.from(expected.data))).toBe(true);
    const part = await slide.readRegion(1, 30, 10, 40, 20);
    expect([...part.data.subarray(0, 3)]).toEqual([
      ...expected.data.subarray((10 * 128 + 30) * 3, (10 * 128 + 30) * 3 + 3),
    ]);
    expect(slide.warnings.map(({ code }) => code)).toEqual(["slide/missing-tiles"]);
    expect(slide.warnings[0].message).toContain(`${missing.length} of 8 tiles of level 1`);
  });

  test("of the full resolution: white, which is said; what lacks them too says nothing", async () => {
    const slide = await open([holes(base, [0, 1, 8, 9]), holes(half, [0])]);
    expect([...(await slide.readRegion(1, 0, 0, 1, 1)).data]).toEqual([255, 255, 255]);
    expect(slide.warnings.map(({ message }) => message)).toEqual([
      "4 of 32 tiles of level 0 are not in the file; they are white",
    ]);
  });

  test("over two reductions", async () => {
    const quarter = page(64, 32, [aperio("256x128 -> 64x32")], (x) => shade(4 * x));
    const slide = await open([base, holes(half, [0, 1, 2, 3, 4, 5, 6, 7]), holes(quarter, [0, 1])]);
    const row = await slide.readRegion(2, 0, 5, 64, 1);
    expect([...row.data].filter((_, i) => i % 3 === 0)).toEqual(Array.from({ length: 64 }, (_, x) => shade(4 * x)));
  });

  describe("empty fragments of a DICOM slide", () => {
    const frames = (empty: readonly number[], blank: Uint8Array) =>
      cutTiles(
        picture(96, 64, () => 70),
        96,
        64,
        side,
        side,
      ).map((tile, i) => (empty.includes(i) ? blank : rle(tile)));
    /** PS3.5 annex G: three byte planes, each a run of one value. */
    const rle = (tile: Uint8Array) => {
      const plane: number[] = [];
      for (let left = side * side; left > 0; left -= 128) plane.push(257 - Math.min(128, left), tile[0]);
      const bytes = new Uint8Array(64 + 3 * plane.length);
      new Uint32Array(bytes.buffer, 0, 4).set([3, 64, 64 + plane.length, 64 + 2 * plane.length]);
      bytes.set([...plane, ...plane, ...plane], 64);
      return bytes;
    };
    const header: Element[] = [
      [0x00080008, "CS", "ORIGINAL\\PRIMARY\\VOLUME\\NONE"],
      [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.77.1.6"],
      [0x00080018, "UI", "1.2"],
      [0x0020000e, "UI", "1.3"],
      [0x00209311, "CS", "TILED_FULL"],
      [0x00280002, "US", 3],
      [0x00280004, "CS", "RGB"],
      [0x00280006, "US", 0],
      [0x00280008, "IS", "6"],
      [0x00280010, "US", side],
      [0x00280011, "US", side],
      [0x00280100, "US", 8],
      [0x00280101, "US", 8],
      [0x00280102, "US", 7],
      [0x00280103, "US", 0],
      [0x00480006, "UL", 96],
      [0x00480007, "UL", 64],
    ];
    test.each([
      ["one without a byte", [2], new Uint8Array(0), ["slide/empty-frames"]],
      ["the first of them", [0], new Uint8Array(0), ["slide/empty-frames"]],
      ["two of two zeros", [1, 4], new Uint8Array(2), ["slide/empty-frames"]],
      ["one of zeros only", [5], new Uint8Array(200), []],
    ] as const)("%s: white, and the rest is read", async (_, empty, blank, codes) => {
      const bytes = buildDicom(header, frames(empty, blank), "1.2.840.10008.1.2.5");
      const slide = await openSlide(memorySource("a.dcm", bytes));
      const { data } = await slide.readRegion(0, 0, 0, 96, 64);
      const shades = [0, 1, 2, 3, 4, 5].map((i) => data[((i > 2 ? 40 : 5) * 96 + (i % 3) * side + 5) * 3]);
      expect(shades).toEqual([0, 1, 2, 3, 4, 5].map((i) => ((empty as readonly number[]).includes(i) ? 255 : 70)));
      expect(slide.warnings.map(({ code }) => code)).toEqual(codes);
    });
  });
});

describe("directories made to fill memory", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "polyclinic-tiff-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** `count` directories of `entries` entries that lie on one another, linked in a chain. */
  function overlapping(count: number, entries: number, step: number): Uint8Array {
    const bytes = new Uint8Array(8 + step * count + 12 * entries + 6);
    const view = new DataView(bytes.buffer);
    bytes.set([0x49, 0x49, 42, 0]);
    view.setUint32(4, 8, true);
    for (let i = count - 1; i >= 0; i--) {
      view.setUint16(8 + step * i, entries, true);
      view.setUint32(8 + step * i + 2 + 12 * entries, i + 1 < count ? 8 + step * (i + 1) : 0, true);
    }
    return bytes;
  }

  test.each([
    ["of 65,535 entries", 4094, 65_535, 200],
    ["of the most entries that are taken, again and again", 4000, 4096, 12 * 4096 + 6],
  ])("%s", async (_, count, entries, step) => {
    const path = join(folder, `${entries}.tif`);
    await writeFile(path, overlapping(Math.min(count, Math.floor(1e7 / step)), entries, step));
    const before = process.memoryUsage.rss();
    await expect(openSlide(path)).rejects.toMatchObject({ code: "tiff/damaged" });
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(300);
  });
});
