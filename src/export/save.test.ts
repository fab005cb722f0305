import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { answers, at, picture, result, study } from "../../test/export-fixtures.ts";
import { saveExports } from "./save.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "polyclinic-save-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const of = study(picture());
const made = result("locate", answers.locate, of);
const names = ["chest-image-1.dcm", "chest.dcm", "chest.fhir.json", "chest.json", "chest.png"];
const paths = (...inside: string[]) => {
  const base = join(folder, ...inside);
  return {
    json: join(base, "chest.json"),
    overlay: join(base, "chest.png"),
    sr: join(base, "chest.dcm"),
    fhir: join(base, "chest.fhir.json"),
  };
};

test("every form is written, and is the same bytes each time", async () => {
  expect((await saveExports(paths(), made, of, { at })).map((path) => path.slice(folder.length + 1)).sort()).toEqual(
    names,
  );
  expect(readdirSync(folder).sort()).toEqual(names);
  await saveExports(paths("again"), made, of, { at });
  for (const name of names)
    expect(readFileSync(join(folder, name)).equals(readFileSync(join(folder, "again", name)))).toBe(true);
});

test("only what is asked for is written", async () => {
  await saveExports({ fhir: paths().fhir }, made, of);
  expect(readdirSync(folder)).toEqual(["chest.fhir.json"]);
});

test("a file that is there is not written over, and the others are not left behind", async () => {
  writeFileSync(join(folder, "chest.fhir.json"), "mine");
  await expect(saveExports(paths(), made, of, { at })).rejects.toMatchObject({ code: "file/exists" });
  expect(readdirSync(folder)).toEqual(["chest.fhir.json"]);
  expect(readFileSync(join(folder, "chest.fhir.json"), "utf8")).toBe("mine");
});
