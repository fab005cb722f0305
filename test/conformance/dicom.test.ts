import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ConformanceRow, conformanceRow, filesIn, reference } from "./dicom-sweep.ts";

const table: readonly ConformanceRow[] = JSON.parse(readFileSync(new URL("./dicom.json", import.meta.url), "utf8"));
/** A folder with `dicom/` in it; without it only the committed table itself is checked. */
const corpus = process.env.POLYCLINIC_CORPUS;

test("the table says of every file of the reference that its pixels are equal or close, or which error is named", () => {
  expect(table.map(({ file }) => file)).toEqual(reference.map(({ file }) => file));
  expect(table.filter(({ status }) => status === "different")).toEqual([]);
  expect(table.flatMap(({ file, status }) => (status === "close" ? [file] : []))).toEqual([
    "pydicom-data/HTJ2K_08_RGB.dcm",
  ]);
  expect(table.filter(({ detail }) => !/^(equal to the last bit|means of|[a-z]+\/[a-z-]+: .)/.test(detail))).toEqual(
    [],
  );
  expect(table.filter(({ status }) => status === "equal").length).toBeGreaterThan(170);
});

test("only one file that another reader shows is an error here: its picture is not the one its header describes", () => {
  const shown = new Set(reference.filter(({ sha256 }) => sha256 !== undefined).map(({ file }) => file));
  const refused = table.filter(({ file, status }) => status === "error" && shown.has(file));
  expect(refused.map(({ file }) => file)).toEqual(["pydicom/test_files/JPEG2000-embedded-sequence-delimiter.dcm"]);
});

test.runIf(corpus !== undefined)("the corpus is read as the table says", { timeout: 300_000 }, async () => {
  const folder = join(corpus!, "dicom");
  expect(filesIn(folder).sort()).toEqual(reference.map(({ file }) => file).sort());
  for (const [i, row] of reference.entries()) expect(await conformanceRow(folder, row)).toEqual(table[i]);
});
