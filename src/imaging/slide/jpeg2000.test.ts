import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTiff, cutTiles, pixelFields } from "../../../test/support/slide-files.ts";
import { openSlide } from "./index.ts";

const side = 64;

interface Encoder {
  getDecodedBuffer(info: object): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  setQuality(lossless: boolean, ratio: number): void;
  encode(): void;
  delete(): void;
}
let encode: (tile: Uint8Array) => Uint8Array;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-j2k-"));
  const require = createRequire(import.meta.url);
  const load = require("@cornerstonejs/codec-openjpeg/wasmjs") as (
    o: object,
  ) => Promise<{ J2KEncoder: new () => Encoder }>;
  const { J2KEncoder } = await load({ print: () => {}, printErr: () => {} });
  encode = (tile) => {
    const encoder = new J2KEncoder();
    encoder
      .getDecodedBuffer({ width: side, height: side, bitsPerSample: 8, componentCount: 3, isSigned: false })
      .set(tile);
    encoder.setQuality(true, 0);
    encoder.encode();
    const bytes = Uint8Array.from(encoder.getEncodedBuffer());
    encoder.delete();
    return bytes;
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Smooth colours: the test is about tiles and colour, not about the codec. */
const [width, height] = [150, 100];
const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
  const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
  return [x, 2 * y, 255 - x][i % 3];
});

async function slideOf(pixels: Uint8Array, compression: number, name: string) {
  const data = cutTiles(pixels, width, height, side, side).map(encode);
  const path = join(folder, name);
  await writeFile(path, buildTiff([{ width, height, tile: [side, side], data, fields: pixelFields(compression) }]));
  return openSlide(path);
}

test.each([33005, 34712])("RGB codestreams (compression %i) come back to the last bit", async (compression) => {
  const slide = await slideOf(rgb, compression, `rgb-${compression}.svs`);
  const image = await slide.readRegion(0, 0, 0, width, height);
  expect(Buffer.from(image.data).equals(Buffer.from(rgb))).toBe(true);
  await slide.close();
});

test("a damaged codestream is an error that names the slide and level", async () => {
  const data = cutTiles(rgb, width, height, side, side).map(encode);
  data[0] = data[0].slice(0, 90);
  data[1] = new Uint8Array(200);
  const path = join(folder, "damaged.svs");
  await writeFile(path, buildTiff([{ width, height, tile: [side, side], data, fields: pixelFields(33005) }]));
  const slide = await openSlide(path);
  for (const x of [0, side]) {
    const refused = expect(slide.readRegion(0, x, 0, 10, 10)).rejects;
    await refused.toMatchObject({ name: "PolyclinicError", where: expect.stringContaining("damaged.svs") });
  }
  expect((await slide.readRegion(0, 2 * side, 0, 10, 10)).data.length).toBe(300);
  await slide.close();
});

test("every tile after a damaged one still decodes", async () => {
  const slide = await slideOf(rgb, 33005, "again.svs");
  const whole = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .extract({ left: 60, top: 60, width: 20, height: 20 })
    .raw()
    .toBuffer();
  expect(Buffer.from((await slide.readRegion(0, 60, 60, 20, 20)).data).equals(whole)).toBe(true);
  await slide.close();
});
