import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Pixels, reduced } from "../../study/display/pixels.ts";
import { levelCount, type PyramidHead, readLevel, readTile, writePyramid } from "./pyramid.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-pyramid-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(image: Pixels): Promise<{ path: string; head: PyramidHead }> {
  const pieces: Uint8Array[] = [];
  const head = await writePyramid(image, async (bytes) => {
    pieces.push(bytes);
  });
  const path = join(folder, `${image.width}-${image.channels}`);
  await writeFile(path, Buffer.concat(pieces));
  return { path, head };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Pixels["data"]) => Buffer.from(buffer, byteOffset, byteLength);
const alike = (a: Pixels["data"], b: Pixels["data"]) => bytesOf(a).equals(bytesOf(b));

const grey: Pixels = {
  width: 1303,
  height: 901,
  channels: 1,
  data: Int16Array.from({ length: 1303 * 901 }, (_, i) => ((i * 37) % 4001) - 1000),
  range: [-1000, 3000],
  inverted: true,
};

test("the first level is the image, value by value; the next is its mean over squares", async () => {
  const { path, head } = await written(grey);
  expect(head.levels.map(({ width, height }) => [width, height])).toEqual([[1303, 901], [652, 451]]); // biome-ignore format: one line
  expect(levelCount(1303, 901)).toBe(head.levels.length);
  const whole = await readLevel(path, head, 0);
  expect(alike(whole.data, grey.data)).toBe(true);
  expect(whole).toMatchObject({ width: 1303, height: 901, channels: 1, range: [-1000, 3000], inverted: true });
  const half = reduced(grey, 2);
  expect(alike((await readLevel(path, head, 1)).data, Int16Array.from(half.data, Math.round))).toBe(true);
});

test("a tile at the edge is smaller, and none lies outside", async () => {
  const { path, head } = await written(grey);
  const tile = (await readTile(path, head, 0, 2, 1))!;
  expect(tile.pixels).toMatchObject({ type: "i16", width: 1303 - 1024, height: 901 - 512 });
  const raw = gunzipSync(tile.bytes);
  const values = new Int16Array(raw.buffer, raw.byteOffset, raw.byteLength / 2);
  expect(values[0]).toBe(grey.data[512 * 1303 + 1024]);
  expect(values.at(-1)).toBe(grey.data.at(-1));
  expect(await readTile(path, head, 0, 3, 0)).toBeUndefined();
  expect(await readTile(path, head, 2, 0, 0)).toBeUndefined();
});

test("colours stay bytes on every level", async () => {
  const data = Uint8Array.from({ length: 900 * 700 * 3 }, (_, i) => (i * 7) % 256);
  const { path, head } = await written({ width: 900, height: 700, channels: 3, data, range: [0, 255] });
  expect(head).toMatchObject({ type: "u8", channels: 3 });
  const half = reduced({ width: 900, height: 700, channels: 3, data }, 2);
  expect(alike((await readLevel(path, head, 1)).data, half.data)).toBe(true);
});
