import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDicom, cutTiles, type Element } from "../../../../test/support/slide-files.ts";
import { openSlide } from "../index.ts";

const jpegBaseline = "1.2.840.10008.1.2.4.50";
let folder: string;
let folders = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-wsi-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Every pixel tells where it stands. */
const picture = (width: number, height: number, blue = 9) =>
  Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const at = Math.floor(i / 3);
    return [at % width, Math.floor(at / width), blue][i % 3];
  });

interface Spec {
  width: number;
  height: number;
  tile: readonly [width: number, height: number];
  frames: number;
  uid: string;
  series?: string;
  type?: string;
  organization?: string | undefined;
  photometric?: string;
  spacing?: string;
  extra?: readonly Element[];
}

function header({ width, height, tile, frames, uid, ...spec }: Spec): Element[] {
  const measures: Element[] = spec.spacing === undefined ? [] : [[0x00280030, "DS", spec.spacing]];
  return [
    [0x00080008, "CS", `ORIGINAL\\PRIMARY\\${spec.type ?? "VOLUME"}\\NONE`],
    [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.77.1.6"],
    [0x00080018, "UI", uid],
    [0x0020000e, "UI", spec.series ?? "1.2.3"],
    ...(spec.organization === undefined ? [] : ([[0x00209311, "CS", spec.organization]] as const)),
    [0x00280002, "US", 3],
    [0x00280004, "CS", spec.photometric ?? "RGB"],
    [0x00280006, "US", 0],
    [0x00280008, "IS", String(frames)],
    [0x00280010, "US", tile[1]],
    [0x00280011, "US", tile[0]],
    [0x00280100, "US", 8],
    [0x00280101, "US", 8],
    [0x00280102, "US", 7],
    [0x00280103, "US", 0],
    [0x00480006, "UL", width],
    [0x00480007, "UL", height],
    [0x52009229, "SQ", [[[0x00289110, "SQ", [measures]]]]],
    ...(spec.extra ?? []),
  ];
}

async function series(files: Record<string, Uint8Array>): Promise<string> {
  const path = join(folder, `series-${folders++}`);
  await mkdir(path);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(path, name), bytes);
  return path;
}

/** A tiled-full instance without compression. */
function plain(spec: Partial<Spec> & Pick<Spec, "width" | "height" | "uid">, blue?: number): Uint8Array {
  const tile = spec.tile ?? ([32, 32] as const);
  const frames = cutTiles(picture(spec.width, spec.height, blue), spec.width, spec.height, ...tile);
  return buildDicom(header({ organization: "TILED_FULL", tile, frames: frames.length, ...spec }), frames);
}

const bytesOf = (data: Uint8Array) => Buffer.from(data);

describe("levels", () => {
  test("instances of a series are levels; its label and overview are kept apart", async () => {
    const path = await series({
      "b.dcm": plain({ width: 50, height: 40, uid: "1.1", spacing: "0.004\\0.004" }, 2),
      "a.dcm": plain({ width: 200, height: 160, uid: "1.2", spacing: "0.001\\0.001" }, 1),
      "c.dcm": plain({ width: 60, height: 30, uid: "1.3", type: "LABEL" }, 3),
      "d.dcm": plain({ width: 90, height: 30, uid: "1.4", type: "OVERVIEW" }, 4),
      "other.dcm": plain({ width: 400, height: 320, uid: "1.5", series: "9.9" }),
      "notes.txt": new TextEncoder().encode("nothing of the slide's"),
    });
    const slide = await openSlide(join(path, "b.dcm"));
    expect([slide.vendor, slide.mpp]).toEqual(["dicom", 1]);
    expect(slide.levels).toEqual([
      { width: 200, height: 160, downsample: 1 },
      { width: 50, height: 40, downsample: 4 },
    ]);
    expect([...slide.associated].sort()).toEqual(["label", "macro"]);
    const label = await slide.readAssociated("label");
    expect([label.width, label.height, label.data[2]]).toEqual([60, 30, 3]);
    const whole = await slide.readRegion(0, 0, 0, 200, 160);
    expect(bytesOf(whole.data).equals(bytesOf(picture(200, 160, 1)))).toBe(true);
    const corner = await slide.readRegion(1, 49, 39, 2, 2);
    expect([...corner.data]).toEqual([49, 39, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255]);
    await slide.close();
  });

  test("named files of two slides are refused, and so is a lone label", async () => {
    const path = await series({
      "a.dcm": plain({ width: 64, height: 64, uid: "2.1" }),
      "b.dcm": plain({ width: 64, height: 64, uid: "2.2", series: "7.7" }),
      "c.dcm": plain({ width: 64, height: 64, uid: "2.3", series: "8.8", type: "LABEL" }),
    });
    const [a, b, c] = ["a", "b", "c"].map((name) => join(path, `${name}.dcm`));
    await expect(openSlide([a, b])).rejects.toMatchObject({ code: "slide/several-slides", where: b });
    await expect(openSlide(path)).rejects.toMatchObject({ code: "slide/several-slides" });
    await expect(openSlide(c)).rejects.toMatchObject({ code: "slide/no-image" });
  });
});

describe("tiles", () => {
  test("JPEG frames with sides that are no multiple of 16", async () => {
    const [width, height] = [130, 95];
    const tiles = cutTiles(picture(width, height), width, height, 50, 40);
    const encoded = await Promise.all(
      tiles.map((tile) =>
        sharp(tile, { raw: { width: 50, height: 40, channels: 3 } })
          .jpeg({ quality: 90 })
          .toBuffer(),
      ),
    );
    const spec = {
      width,
      height,
      tile: [50, 40] as const,
      frames: encoded.length,
      uid: "3.1",
      photometric: "YBR_FULL_422",
    };
    const path = await series({
      "a.dcm": buildDicom(header({ ...spec, organization: "TILED_FULL" }), encoded, jpegBaseline),
    });
    const slide = await openSlide(path);
    const image = await slide.readRegion(0, 45, 35, 60, 50);
    for (const [i, tile] of encoded.entries()) {
      const decoded = await sharp(tile).raw().toBuffer();
      const [left, top] = [(i % 3) * 50, Math.floor(i / 3) * 40];
      for (let y = Math.max(35, top); y < Math.min(85, top + 40); y++)
        for (let x = Math.max(45, left); x < Math.min(105, left + 50); x++)
          expect(image.data[((y - 35) * 60 + x - 45) * 3]).toBe(decoded[((y - top) * 50 + x - left) * 3]);
    }
    await slide.close();
  });

  /** Sparse tiles say where they stand, and at which height. */
  const place = (x: number, y: number, z = "0"): Element[] => [
    [
      0x0048021a,
      "SQ",
      [
        [
          [0x0048021e, "SL", x],
          [0x0048021f, "SL", y],
          [0x0040074a, "DS", z],
        ],
      ],
    ],
  ];
  const sparse = (places: Element[][]): Uint8Array => {
    const tiles = cutTiles(picture(96, 64), 96, 64, 32, 32);
    const frames = places.map((_, i) => tiles[[5, 0, 3, 3][i]]);
    const extra: Element[] = [[0x52009230, "SQ", places]];
    const spec = { width: 96, height: 64, tile: [32, 32] as const, frames: frames.length, uid: "4.1" };
    return buildDicom(header({ ...spec, organization: "TILED_SPARSE", extra }), frames);
  };

  test("sparse frames stand where they say, the rest is white, the plane in focus is taken", async () => {
    const path = await series({ "a.dcm": sparse([place(65, 33), place(1, 1), place(1, 33, "0.5"), place(1, 33)]) });
    const slide = await openSlide(path);
    const { data } = await slide.readRegion(0, 0, 0, 96, 64);
    const at = (x: number, y: number) => [...data.subarray((y * 96 + x) * 3, (y * 96 + x) * 3 + 3)];
    expect([at(0, 0), at(31, 31), at(95, 63), at(5, 40)]).toEqual([
      [0, 0, 9],
      [31, 31, 9],
      [95, 63, 9],
      [5, 40, 9],
    ]);
    expect([at(32, 0), at(64, 31), at(40, 50)]).toEqual([
      [255, 255, 255],
      [255, 255, 255],
      [255, 255, 255],
    ]);
    expect(slide.warnings.map((warning) => warning.code)).toEqual(["slide/planes-left-out"]);
    await slide.close();
  });

  test("a frame off the grid is refused", async () => {
    const path = await series({ "a.dcm": sparse([place(20, 33)]) });
    await expect(openSlide(path)).rejects.toMatchObject({ code: "slide/tile-position" });
  });

  test("a concatenation is one image; a part of it alone is incomplete", async () => {
    const tiles = cutTiles(picture(96, 64), 96, 64, 32, 32);
    const part = (uid: string, first: number, frames: Uint8Array[]) => {
      const extra: Element[] = [
        [0x00209161, "UI", "5.5.5"],
        [0x00209228, "UL", first],
      ];
      const spec = { width: 96, height: 64, tile: [32, 32] as const, frames: frames.length, uid };
      return buildDicom(header({ ...spec, organization: "TILED_FULL", extra }), frames);
    };
    const path = await series({ "2.dcm": part("5.2", 4, tiles.slice(4)), "1.dcm": part("5.1", 0, tiles.slice(0, 4)) });
    const slide = await openSlide(join(path, "1.dcm"));
    expect(slide.levels.length).toBe(1);
    expect(bytesOf((await slide.readRegion(0, 0, 0, 96, 64)).data).equals(bytesOf(picture(96, 64)))).toBe(true);
    await slide.close();
    const half = await series({ "1.dcm": part("5.1", 0, tiles.slice(0, 4)) });
    await expect(openSlide(half)).rejects.toMatchObject({ code: "slide/incomplete" });
  });
});

describe("microns per pixel", () => {
  const volume = (width: number, height: number): Element[] => [
    [0x00480001, "FL", width],
    [0x00480002, "FL", height],
  ];
  test.each<[string, Partial<Spec>, number | undefined]>([
    ["PixelSpacing between columns", { spacing: "0.0009\\0.0005", extra: volume(1, 1) }, 0.5],
    ["the imaged volume, when pixels are square", { extra: volume(0.032, 0.024) }, 0.25],
    ["a nominal 15 x 15 mm is none", { extra: volume(15, 15) }, undefined],
    ["nothing", {}, undefined],
  ])("%s", async (_, spec, expected) => {
    const path = await series({ "a.dcm": plain({ width: 128, height: 96, uid: "6.1", ...spec }) });
    const slide = await openSlide(path);
    if (expected === undefined) expect(slide.mpp).toBeUndefined();
    else expect(slide.mpp).toBeCloseTo(expected, 5);
    await slide.close();
  });
});

test("fewer frames than tiles, and other DICOM files, are named errors", async () => {
  const spec = { width: 96, height: 64, tile: [32, 32] as const, frames: 4, uid: "7.1", organization: "TILED_FULL" };
  const frames = cutTiles(picture(96, 64), 96, 64, 32, 32).slice(0, 4);
  const short = await series({ "a.dcm": buildDicom(header(spec), frames) });
  await expect(openSlide(short)).rejects.toMatchObject({ code: "slide/damaged" });
  const ct = header(spec).map(
    (element): Element => (element[0] === 0x00080016 ? [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"] : element),
  );
  const other = await series({ "a.dcm": buildDicom(ct, frames) });
  await expect(openSlide(other)).rejects.toMatchObject({ code: "slide/not-whole-slide" });
});
