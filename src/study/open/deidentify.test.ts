import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sliceBytes } from "../../../test/support/dicom.ts";
import { inspectionOf } from "../../export/inspect/describe.ts";
import { saveExports } from "../../export/save.ts";
import { askTask } from "../../task/ask/ask.ts";
import { run } from "../../task/run.ts";
import { scripted } from "../../task/testing.ts";
import { openStudy } from "../index.ts";

let folder: string;
/** What says whose the study is; none of it may be in anything that is made from it. */
const identifying = [
  ...[
    "MUSTERFRAU",
    "ERIKA",
    "MRN-4711",
    "Abdomen of Erika",
    "Follow-up Charité",
    "ACC-9",
    "19610503",
    "20240131",
    "2024-01-31",
  ],
  ...["1.2.3.4.5", "1.2.3.4.6", "1.2.3.4.7", "Dr House", "erika-musterfrau", "befund"],
];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-deidentify-"));
  await mkdir(join(folder, "erika-musterfrau"));
  for (const n of [1, 2, 3])
    await writeFile(
      join(folder, `erika-musterfrau/${n}.dcm`),
      sliceBytes({
        PatientName: "MUSTERFRAU^ERIKA",
        PatientID: "MRN-4711",
        PatientBirthDate: "19310503",
        PatientSex: "F",
        SeriesDescription: "Abdomen of Erika",
        StudyDescription: "Follow-up Charité",
        SpecificCharacterSet: "ISO_IR 192",
        AccessionNumber: "ACC-9",
        ReferringPhysicianName: "Dr House",
        StudyDate: "20240131",
        SeriesDate: "20240131",
        StudyInstanceUID: "1.2.3.4.5",
        SeriesInstanceUID: "1.2.3.4.6",
        SOPInstanceUID: `1.2.3.4.7.${n}`,
        InstanceNumber: n,
        ImagePositionPatient: [0, 0, n],
        Modality: "CT",
      }),
    );
  await writeFile(join(folder, "erika-musterfrau/befund.txt"), "Erika Musterfrau");
});
afterAll(() => rm(folder, { recursive: true }));

test("nothing that is made from a de-identified study says whose it is", async () => {
  const study = await openStudy(join(folder, "erika-musterfrau"), { deidentify: true });
  const model = scripted(() => "The liver is normal.");
  const result = await run(askTask, study, model, { question: "What is seen?", free: true });
  const at = (name: string) => join(folder, "out", name);
  const paths = { json: at("a.json"), sr: at("a.dcm"), fhir: at("a.fhir.json"), overlay: at("a.png") };
  await saveExports(paths, result, study, { at: new Date("2026-01-01T00:00:00Z") });
  const made = [
    JSON.stringify(inspectionOf(study, undefined)),
    ...model.calls.map(({ messages }) =>
      JSON.stringify(messages.map(({ content }) => content.filter(({ type }) => type === "text"))),
    ),
    ...(await Promise.all((await readdir(join(folder, "out"))).map((name) => readFile(at(name), "latin1")))),
  ];
  expect(made.length).toBeGreaterThanOrEqual(6);
  for (const word of identifying)
    for (const text of made)
      expect(text.includes(word) || text.includes(Buffer.from(word).toString("latin1")), word).toBe(false);
  expect(study.parts).toMatchObject([
    {
      label: "CT volume 1",
      origin: {
        files: ["file 1", "file 2", "file 3"],
        dicom: { attributes: { PatientSex: "F", PatientAge: "090Y", PatientIdentityRemoved: "YES" } },
      },
    },
  ]);
  expect(study.leftOut).toEqual([{ file: "file 4", reason: expect.stringMatching(/^plain text/) }]);
  expect(study.warnings.map(({ code }) => code)).toContain("deidentify/pixels");
});

test("studies that are opened together stay the same patient's; what is text cannot be de-identified", async () => {
  const [a, b] = [
    await openStudy(join(folder, "erika-musterfrau"), { deidentify: true }),
    await openStudy(join(folder, "erika-musterfrau/1.dcm"), { deidentify: true }),
  ];
  const of = ({ parts: [{ origin }] }: typeof a) => [
    origin.dicom?.studyInstanceUID,
    origin.dicom?.attributes.PatientID,
  ];
  expect(of(a)).toEqual(of(b));
  expect(of(a)[1]).toMatch(/^anonymous-/);
  await expect(openStudy(join(folder, "erika-musterfrau/befund.txt"), { deidentify: true })).rejects.toMatchObject({
    code: "study/not-deidentifiable",
  });
});

test("one patient of several is chosen by id or name; the refusal names them", async () => {
  const other = sliceBytes({
    PatientName: "DOE^JOHN",
    PatientID: "12",
    Modality: "CT",
    SeriesInstanceUID: "1.2.9",
    SOPInstanceUID: "1.2.9.1",
  });
  const files = [join(folder, "erika-musterfrau"), { name: "john.dcm", data: other }];
  await expect(openStudy(files)).rejects.toMatchObject({
    code: "study/mixed-patients",
    found: "MRN-4711 (MUSTERFRAU^ERIKA, 3 files), 12 (DOE^JOHN, 1 file)",
    hint: expect.stringContaining("--patient"),
  });
  for (const patient of ["12", "Doe John", "doe^john"]) {
    const study = await openStudy(files, { patient });
    expect(study.parts.map(({ origin }) => origin.files)).toEqual([["john.dcm"]]);
    expect(study.leftOut.filter(({ reason }) => reason.startsWith("belongs to another patient"))).toHaveLength(3);
  }
  await expect(openStudy(files, { patient: "MRN" })).rejects.toMatchObject({ code: "study/no-patient" });
});
