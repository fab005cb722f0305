import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { answers, at, picture, result, study } from "../../test/export-fixtures.ts";
import { exportFormats, saveExports } from "./save.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "polyclinic-save-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const of = study(picture());
const made = result("locate", answers.locate, of);
const names = ["chest.capture-1.dcm", "chest.fhir.json", "chest.json", "chest.overlay.png", "chest.sr.dcm"];

test("every format is written beside the others, the same bytes each time", async () => {
  const paths = await saveExports(join(folder, "chest"), made, of, { formats: exportFormats, at });
  expect(paths).toHaveLength(5);
  expect(readdirSync(folder).sort()).toEqual(names);
  await saveExports(join(folder, "again", "chest"), made, of, { formats: exportFormats, at });
  for (const name of names)
    expect(readFileSync(join(folder, name)).equals(readFileSync(join(folder, "again", name)))).toBe(true);
});

test("a file that is there is not written over, and the others are not left behind", async () => {
  writeFileSync(join(folder, "chest.fhir.json"), "mine");
  await expect(saveExports(join(folder, "chest"), made, of, { formats: exportFormats, at })).rejects.toMatchObject({
    code: "file/exists",
  });
  expect(readdirSync(folder)).toEqual(["chest.fhir.json"]);
  expect(readFileSync(join(folder, "chest.fhir.json"), "utf8")).toBe("mine");
});

test("a format named twice is an error before anything is written", async () => {
  await expect(saveExports(join(folder, "chest"), made, of, { formats: ["json", "json"] })).rejects.toMatchObject({
    code: "export/repeated",
  });
  expect(readdirSync(folder)).toEqual([]);
});
