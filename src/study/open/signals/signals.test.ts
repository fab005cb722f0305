import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askTask } from "../../../task/ask/ask.ts";
import { runWithoutModel } from "../../../task/run.ts";
import { openStudy } from "../open.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../../../signals/fixtures/${name}`, import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-ecg-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("WFDB: by header, by signal file, as a folder, as data; once and with both files as origin", async () => {
  for (const name of ["wfdb16.hea", "wfdb16.dat"]) await copyFile(fixture(name), join(folder, name));
  const inputs = [
    join(folder, "wfdb16.hea"),
    join(folder, "wfdb16.dat"),
    folder,
    await Promise.all(
      ["hea", "dat"].map(async (end) => ({ name: `a/wfdb16.${end}`, data: await readFile(fixture(`wfdb16.${end}`)) })),
    ),
  ];
  const hashes = new Set<string>();
  for (const input of inputs) {
    await using study = await openStudy(input);
    expect(study.parts).toMatchObject([{ kind: "waveform", modality: "ECG", label: "wfdb16", samplesPerSecond: 250 }]);
    expect(study.leftOut).toEqual([]);
    expect(study.parts[0].origin.files.map((file) => file.slice(-3))).toEqual(["hea", "dat"]);
    hashes.add(study.parts[0].origin.sha256);
  }
  expect(hashes.size).toBe(1);
  await expect(openStudy({ name: "wfdb16.hea", data: await readFile(fixture("wfdb16.hea")) })).rejects.toThrow(
    /wfdb16\.dat: is missing/,
  );
});

test("SCP-ECG: recognised by content, dated, and its rate is computed", async () => {
  const path = join(folder, "export.bin");
  await copyFile(fixture("ecg.scp"), path);
  await using study = await openStudy(path);
  expect(study.parts).toMatchObject([{ kind: "waveform", modality: "ECG", acquiredAt: "2026-11-28T16:41:05" }]);
  const leads = await runWithoutModel(askTask, study, { question: "Which leads were recorded?" });
  expect(leads?.text).toMatch(/^12 leads \(I, II, III, aVR, .* 2\.0 s at 250 samples per second/);
});

test("HL7 aECG: recognised by content, dated", async () => {
  await using study = await openStudy({ name: "export.dat", data: await readFile(fixture("hl7.xml")) });
  expect(study.parts).toMatchObject([
    { kind: "waveform", modality: "ECG", acquiredAt: "2026-01-01T12:00:00", samplesPerSecond: 125 },
  ]);
});

test("CSV: read when it is named, with its rate or the caller's; other tables stay texts", async () => {
  const path = join(folder, "strip.csv");
  await writeFile(path, "I,II\n0.1,0.2\n0.2,0.3\n");
  await expect(openStudy(path)).rejects.toThrow(/does not state its sampling rate.*--sampling-rate/);
  await using study = await openStudy(path, { samplingRate: 500 });
  expect(study.parts).toMatchObject([{ kind: "waveform", samplesPerSecond: 500 }]);
  await using walked = await openStudy(folder);
  expect(walked.leftOut).toEqual([{ file: path, reason: expect.stringMatching(/a table of signals/) }]);
  for (const text of ["age,sex\n1,2\n", "Visit 3\nDay 8\n", "Potassium 4 mmol\nSodium 16\n"]) {
    const other = join(folder, "other.txt");
    await writeFile(other, text);
    await using note = await openStudy(other);
    expect(note.parts[0].kind).toBe("text");
  }
});
