/**
 * The part of the corpus that is in the repository, read anew with every test: small files of pydicom, one CT slice in every transfer syntax, NIfTI
 * files of the kinds that readers get wrong, and the slide among the samples. What independent readers saw there is in the reference tables.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openSlide } from "../../src/imaging/slide/index.ts";
import { type ConformanceRow, conformanceRow, reference } from "./dicom-sweep.ts";
import { type NiftiReference, niftiFiles, niftiRow } from "./nifti-sweep.ts";
import slides from "./slide-fixtures.json" with { type: "json" };

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const dicomFolder = at("../../src/imaging/dicom/fixtures");
const table: readonly ConformanceRow[] = JSON.parse(readFileSync(at("./dicom.json"), "utf8"));

/** Rows of the corpus whose file lies, by the same name, among the fixtures. */
const present = new Map(
  (readdirSync(join(dicomFolder, "pydicom"), { recursive: true }) as string[]).map((name) => [
    basename(name),
    join(dicomFolder, "pydicom", name),
  ]),
);
const rows = reference.flatMap((row) => {
  const path = row.file.startsWith("pydicom/") ? present.get(row.file.split("/").at(-1) ?? "") : undefined;
  return path === undefined || row.file.endsWith("LICENSE") ? [] : [{ row, path }];
});

test("most DICOM fixtures are files of the table", () => {
  expect(rows.length).toBeGreaterThan(25);
});

test.each(rows)("$row.file is read as the table says", async ({ row, path }) => {
  const expected = table.find(({ file }) => file === row.file)!;
  const { status, detail } = await conformanceRow(join(path, ".."), { ...row, file: path.split("/").at(-1)! });
  expect([status, detail]).toEqual([expected.status, expected.detail]);
});

const niftiFolder = at("./fixtures/nifti");
const nifti: { rows: readonly NiftiReference[] } = JSON.parse(
  readFileSync(at("./nifti-fixtures-reference.json"), "utf8"),
);

test.each(nifti.rows)("$file has the values and the place that nibabel gives it", async ({ file }) => {
  expect((await niftiRow(niftiFolder, file, nifti.rows)).status).toBe("equal");
});

test("every NIfTI fixture has a reference", () => {
  expect(niftiFiles(niftiFolder)).toEqual(nifti.rows.map(({ file }) => file).sort());
});

test.each(slides.regions)("level $level of the slide among the samples is what Pillow reads", async (region) => {
  const slide = await openSlide(at("../../samples/slide.svs"));
  const { level, x, y, width, height, sha256 } = region;
  expect(slide.levels.map((one) => [one.width, one.height])).toEqual(slides.levels);
  expect(slide.mpp).toBeCloseTo(slides.mpp, 6);
  const { data } = await slide.readRegion(level, x, y, width, height);
  expect(createHash("sha256").update(data).digest("hex")).toBe(sha256);
  await slide.close();
});
