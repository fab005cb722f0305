/** Broken files that a run of 20,000 found: decoders computed on them for minutes, or for ever. The numbers are those of that run. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStudy } from "../../src/study/index.ts";
import { mutate } from "./mutate.ts";
import type { Seed } from "./seed.ts";
import { seeds } from "./seeds.ts";

let folder: string;
let bases: Seed[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-found-"));
  bases = await seeds();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fixtures = "src/imaging/dicom/fixtures/";

test.each([
  [1018, "jpeg-ls-81.dcm"],
  [2020, "jpeg-ls-80.dcm"],
  [4616, "jpeg-ls-80.dcm"],
  [5209, "pydicom/JPEGLSNearLossless_08.dcm"],
  [17361, "jpeg-ls-81.dcm"],
  [15815, "htj2k-201.dcm"],
])("file %i, a broken %s, is a named error at once", { timeout: 60_000 }, async (file, name) => {
  const base = bases.find((seed) => seed.name === fixtures + name)!;
  const path = join(folder, `${file}`);
  await writeFile(path, mutate(base.bytes, file).bytes);
  const start = process.cpuUsage();
  await expect(openStudy(path, { mixedPatients: true })).rejects.toMatchObject({ code: "dicom/codec" });
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1e6).toBeLessThan(5);
});
