import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type NiftiRow, niftiFiles, niftiReference, niftiRow } from "./nifti-sweep.ts";

const table: readonly NiftiRow[] = JSON.parse(readFileSync(new URL("./nifti.json", import.meta.url), "utf8"));
/** A folder with `nifti/` in it; without it only the committed table itself is checked. */
const corpus = process.env.POLYCLINIC_CORPUS;

test("the table has every file of the reference, all equal to nibabel's values", () => {
  const equal = new Set(table.filter(({ status }) => status === "equal").map(({ file }) => file));
  expect(niftiReference.filter(({ file }) => !equal.has(file))).toEqual([]);
  expect(table.filter(({ status }) => status === "different")).toEqual([]);
});

test("the 48 axis orders are one and the same volume", () => {
  const heads = niftiReference.filter(({ file }) => file.startsWith("orientations/"));
  expect(heads).toHaveLength(48);
  expect(new Set(heads.map(({ sha256 }) => sha256)).size).toBe(1);
});

test.runIf(corpus !== undefined)("the corpus is read as the table says", { timeout: 120_000 }, async () => {
  const folder = join(corpus!, "nifti");
  const rows: NiftiRow[] = [];
  for (const file of niftiFiles(folder)) rows.push(await niftiRow(folder, file));
  expect(rows).toEqual(table);
});
