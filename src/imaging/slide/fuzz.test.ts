import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { processorSeconds } from "../../../test/support/processor-time.ts";
import { buildDicom, buildTiff, cutTiles, type Element, pixelFields } from "../../../test/support/slide-files.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { openSlide } from "./index.ts";

/** The conformance run raises it; a bounded slice runs with every test. */
const rounds = Number(process.env.POLYCLINIC_FUZZ_ROUNDS ?? 400);
/** Seconds one file may take. */
const patience = 5;

const [width, height] = [100, 80];
const random = new Random(Number(process.env.POLYCLINIC_FUZZ_SEED ?? 5));
const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i >> 3) & 255);
const seeds: Uint8Array[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-fuzz-"));
  const tiles = cutTiles(pixels, width, height, 32, 32);
  const page = { width, height, tile: [32, 32] as const, data: tiles };
  const label = { width: 20, height: 10, data: [new Uint8Array(600)] };
  const aperio = (text: string) => ({ tag: 270, ascii: `Aperio Image Library v1 \r\n${text}` });
  const svs = [
    { ...page, fields: [...pixelFields(1), aperio("100x80|MPP = 0.25")] },
    { ...label, fields: [...pixelFields(1), aperio("label 20x10")] },
  ];
  seeds.push(buildTiff(svs), buildTiff(svs, { big: true, littleEndian: false }));
  const source = sharp(pixels, { raw: { width, height, channels: 3 } });
  for (const compression of ["jpeg", "lzw", "deflate"] as const)
    seeds.push(
      await source.clone().tiff({ compression, tile: true, tileWidth: 32, tileHeight: 32, pyramid: true }).toBuffer(),
    );
  const jpegs = await Promise.all(
    tiles.map((tile) =>
      sharp(tile, { raw: { width: 32, height: 32, channels: 3 } })
        .jpeg()
        .toBuffer(),
    ),
  );
  const elements: Element[] = [
    [0x00080008, "CS", "ORIGINAL\\PRIMARY\\VOLUME\\NONE"],
    [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.77.1.6"],
    [0x00080018, "UI", "1.2"],
    [0x00209311, "CS", "TILED_FULL"],
    [0x00280002, "US", 3],
    [0x00280004, "CS", "YBR_FULL_422"],
    [0x00280008, "IS", String(jpegs.length)],
    [0x00280010, "US", 32],
    [0x00280011, "US", 32],
    [0x00280100, "US", 8],
    [0x00280101, "US", 8],
    [0x00280102, "US", 7],
    [0x00280103, "US", 0],
    [0x00480006, "UL", width],
    [0x00480007, "UL", height],
  ];
  seeds.push(buildDicom(elements, jpegs, "1.2.840.10008.1.2.4.50"), buildDicom(elements, tiles));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Flips, runs of one byte (absurd sizes), cuts, and pieces copied over others. */
function mutated(seed: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(seed);
  // Most faults belong where the structure is: at the ends of the file, not in the pixels between.
  const place = () => {
    const near = random.below(Math.min(600, bytes.length));
    return [near, bytes.length - 1 - near, random.below(bytes.length)][random.below(3)];
  };
  for (let faults = 1 + random.below(4); faults > 0; faults--) {
    const at = place();
    const kind = random.below(4);
    if (kind === 0) bytes[at] = random.below(256);
    else if (kind === 1) bytes[at] ^= 1 << random.below(8);
    else if (kind === 2) bytes.fill([0, 255, 127][random.below(3)], at, at + 1 + random.below(8));
    else bytes.copyWithin(at, random.below(bytes.length), Math.min(bytes.length, at + 1 + random.below(40)));
  }
  return random.below(5) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

async function readAll(path: string): Promise<void> {
  const slide = await openSlide([path], { limits: { maxPixels: 1 << 22 } });
  try {
    for (const [level, { width, height }] of slide.levels.entries()) {
      const image = await slide.readRegion(level, -3, -3, Math.min(width, 300) + 6, Math.min(height, 300) + 6);
      expect(image.data.length).toBe(image.width * image.height * 3);
    }
    for (const name of slide.associated) await slide.readAssociated(name);
  } finally {
    await slide.close();
  }
}

test(
  `${rounds} mutated slides give pixels or a named error, in time`,
  async () => {
    let named = 0;
    let read = 0;
    for (let i = 0; i < rounds; i++) {
      const path = join(folder, "mutated");
      const seed = i % seeds.length;
      await writeFile(path, mutated(seeds[seed]));
      const start = processorSeconds();
      const error = await readAll(path).catch((reason: unknown) => reason);
      const seconds = processorSeconds() - start;
      expect(seconds, `round ${i}, seed file ${seed}`).toBeLessThan(patience);
      if (error === undefined) read++;
      else if (PolyclinicError.is(error)) named++;
      else throw new Error(`round ${i}, seed file ${seed}: not a PolyclinicError`, { cause: error });
    }
    expect(named).toBeGreaterThan(rounds / 10);
    expect(read).toBeGreaterThan(rounds / 50);
  },
  60_000 + rounds * 200,
);
