/**
 * Every file of the slide corpus against `slide.json`: pixels that equal OpenSlide's, pydicom's or Pillow's, or the named error. Runs
 * where `POLYCLINIC_CORPUS` names the folder that holds `wsi`.
 */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPhoto } from "../../src/imaging/photo/index.ts";
import { openSlide } from "../../src/imaging/slide/index.ts";
import type { Image } from "../../src/imaging/types.ts";
import table from "./slide.json" with { type: "json" };

interface Expected {
  width: number;
  height: number;
  channels?: number;
  sha256?: string;
  /** Channel means of LittleCMS's conversion, where a profile makes equality to the last bit impossible. */
  means?: readonly number[];
}

interface Row {
  file: string;
  status: string;
  detail: string;
  code?: string;
  images?: Readonly<Record<string, Expected>>;
  image?: Expected;
}

const rows = table.rows as unknown as readonly Row[];
const corpus = process.env.POLYCLINIC_CORPUS;
const folder = join(corpus ?? ".", "wsi");

test("no row of the table is blank", () => {
  for (const row of rows) {
    expect(["equal", "photo", "error"]).toContain(row.status);
    expect(row.detail.length).toBeGreaterThan(0);
    if (row.status === "error") expect(row.code).toMatch(/^[a-z]+\/[a-z0-9-]+$/);
  }
});

describe.skipIf(corpus === undefined)("the corpus", () => {
  test("every file has a row", () => {
    expect(corpus === undefined ? [] : readdirSync(folder).sort()).toEqual(rows.map((row) => row.file).sort());
  });

  test.each(rows.filter((row) => row.status === "equal"))("$file equals $detail", async ({ file, images }) => {
    const slide = await openSlide(join(folder, file));
    for (const [name, expected] of Object.entries(images ?? {})) {
      const level = slide.levels[Number(name)];
      const image =
        level === undefined
          ? await slide.readAssociated(name)
          : await slide.readRegion(Number(name), 0, 0, level.width, level.height);
      compare(image, expected);
    }
    await slide.close();
  });

  test.each(rows.filter((row) => row.status === "photo"))("$file equals $detail", async ({ file, image }) => {
    compare(await readPhoto(join(folder, file)), image!);
  });

  test.each(rows.filter((row) => row.status === "error"))("$file is $code: $detail", async ({ file, code }) => {
    const reading = openSlide(join(folder, file)).then(async (slide) => {
      await slide.readRegion(0, 0, 0, 10, 10).finally(() => slide.close());
    });
    await expect(reading).rejects.toMatchObject({ name: "PolyclinicError", code });
  });
});

function compare(image: Image, { width, height, channels = 3, sha256, means }: Expected): void {
  expect([image.width, image.height, image.channels]).toEqual([width, height, channels]);
  if (sha256 !== undefined) expect(createHash("sha256").update(image.data).digest("hex")).toBe(sha256);
  means?.forEach((mean, channel) => {
    let sum = 0;
    for (let i = channel; i < image.data.length; i += 3) sum += image.data[i];
    expect(Math.abs(sum / (width * height) - mean)).toBeLessThan(0.05);
  });
}
