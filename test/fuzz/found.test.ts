/** Broken files that runs found, each for its kind. The numbers of the first are those of a run of 20,000. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PolyclinicError } from "../../src/base/errors.ts";
import { studiesOfCsv } from "../../src/batch/csv-studies.ts";
import { resizeToSquare } from "../../src/imaging/resize/index.ts";
import { readLabDocument } from "../../src/records/index.ts";
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

test("a line separator in the header of a table, which `.` does not match, is a character like others", async () => {
  const path = join(folder, "table.csv");
  await writeFile(path, "time,I\u2028 (mV),x\u2029\n0,1,2\n");
  const opened = openStudy(path, { mixedPatients: true });
  await expect(opened.then((study) => study.close())).rejects.toMatchObject({ code: expect.stringMatching(/^s\w+\//) });
});

test("a page of two million rows and 15 columns is laid out in the time of its pixels", { timeout: 60_000 }, () => {
  const image = { kind: "image", width: 15, height: 2_083_334, channels: 3 } as const;
  const start = process.cpuUsage();
  const { data } = resizeToSquare({ ...image, data: new Uint8Array(3 * 15 * 2_083_334).fill(200) }, 64);
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1e6).toBeLessThan(4);
  // The page is in one column of the square, and fills a thousandth of its width.
  expect(data.filter((value) => value > 0).length).toBeLessThanOrEqual(2 * 64 * 3);
});

test.each(["a  ", "1 ", "&#x110000;"])(
  "a line of a laboratory report of thousands of %j is left unread, in little time",
  async (unit) => {
    const line = unit.repeat(20_000 / unit.length);
    const runs = ["Test   Result   Units   Range", "Haemoglobin   10.2   g/dL   12.0 - 16.0", line].flatMap(
      (text, row) =>
        [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: run, index }) => ({
          text: run,
          x: 20 + 7 * index,
          y: 20 + 16 * row,
          width: 7 * run.length,
          height: 12,
        })),
    );
    const start = process.cpuUsage();
    const { rows } = await readLabDocument([{ width: 1000, height: 1400, text: runs }]);
    const { user, system } = process.cpuUsage(start);
    expect(rows.map(({ name }) => name)).toContain("Haemoglobin");
    expect((user + system) / 1e6).toBeLessThan(5);
  },
);

const wide = (first: string, cell: string) => {
  const names = Array.from({ length: 20_000 }, (_, i) => `,c${i}`).join("");
  return `${first}${names}\n${`${cell}\n`.repeat(20_000)}`;
};

test.each([
  ["an ECG", "signals/csv", (path: string) => openStudy(path, { mixedPatients: true }), wide("I (mV)", "1"), "ecg.csv"],
  ["a batch", "batch/row", (path: string) => studiesOfCsv(path, {} as never), wide("study", "a.png"), "list.csv"],
])(
  "a wide header over many short rows, as %s, is refused without claiming their product",
  async (_, code, open, text, name) => {
    const path = join(folder, name);
    await writeFile(path, text);
    const [start, before] = [process.cpuUsage(), process.memoryUsage().arrayBuffers];
    const failed = await Promise.resolve(open(path)).catch((error) => error);
    expect(PolyclinicError.is(failed) ? [failed.code, failed.message] : failed).toEqual([
      expect.stringMatching(new RegExp(`${code}|study/nothing-read`)),
      expect.stringMatching(/number(s)? of cells|nothing/i),
    ]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(5);
  },
);
