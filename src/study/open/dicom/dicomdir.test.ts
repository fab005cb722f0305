import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { elements, sliceBytes } from "../../../../test/support/dicom.ts";
import { parseDicom } from "../../../imaging/dicom/index.ts";
import { writeDicom } from "../../../imaging/dicom/write/write.ts";
import { openStudy } from "../../index.ts";

let folder: string;
/** A level below the test's own folder: what lies outside the medium lies inside that, too. */
let medium: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-medium-"));
  medium = join(folder, "CD");
  await mkdir(join(medium, "IMAGES"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const record = (flag: number, ...path: string[]) => ({
  RecordInUseFlag: flag,
  DirectoryRecordType: "IMAGE",
  ReferencedFileID: path,
});

test("a DICOMDIR named alone stands for the files it lists, and none outside its folder", async () => {
  for (const i of [0, 1, 2])
    await writeFile(join(medium, "IMAGES", `SLICE${i}`), sliceBytes({ ImagePositionPatient: [0, 0, 3 * i] }, i));
  await writeFile(join(folder, "SECRET"), sliceBytes({ ImagePositionPatient: [0, 0, 99] }, 9));
  const used = 0xffff;
  const directory = elements({
    SOPClassUID: "1.2.840.10008.1.3.10",
    DirectoryRecordSequence: [
      record(used, "IMAGES", "SLICE0"),
      record(used, "IMAGES", "SLICE1"),
      record(0, "IMAGES", "SLICE2"),
      record(used, "IMAGES", "GONE"),
      record(used, "..", "SECRET"),
    ],
  });
  await writeFile(join(medium, "DICOMDIR"), writeDicom(directory));

  const study = await openStudy([join(medium, "DICOMDIR")]);

  expect(study.parts.map(({ kind }) => kind)).toEqual(["volume"]);
  expect(study.parts.map((part) => part.kind === "volume" && part.volume.shape)).toEqual([[2, 3, 4]]);
  const reasons = study.leftOut.map(({ file, reason }) => `${file.slice(medium.length)}: ${reason}`);
  expect(reasons).toContain("/DICOMDIR: the listed file ../SECRET is outside the medium and is not opened");
  expect(reasons).toContain("/IMAGES/GONE: listed in the media directory, but the file is missing");
  expect(reasons.filter((reason) => reason.includes("SLICE"))).toEqual([]);
});

test("a chain of records, each below the one before, is walked whatever its depth", async () => {
  const depth = 12_000;
  await writeFile(join(medium, "IMAGES", "SLICE0"), sliceBytes({}, 0));
  const built = (starts: readonly number[]) =>
    writeDicom(
      elements({
        SOPClassUID: "1.2.840.10008.1.3.10",
        OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity: starts[0] ?? 0,
        DirectoryRecordSequence: Array.from({ length: depth }, (_, i) => ({
          OffsetOfTheNextDirectoryRecord: 0,
          RecordInUseFlag: 0xffff,
          OffsetOfReferencedLowerLevelDirectoryEntity: starts[i + 1] ?? 0,
          DirectoryRecordType: "IMAGE",
          ...(i === depth - 1 && { ReferencedFileID: ["IMAGES", "SLICE0"] }),
        })),
      }),
    );
  // Offsets are numbers of one length: the records lie where they lie without them.
  const records = parseDicom(built([]), { name: "DICOMDIR" }).dataset.sequence("DirectoryRecordSequence");
  const starts = records.map(({ elements: own }) => own.values().next().value!.offset - 16);
  await writeFile(join(medium, "DICOMDIR"), built(starts));
  const study = await openStudy(join(medium, "DICOMDIR"));
  expect(study.parts).toHaveLength(1);
  expect(study.leftOut.map(({ reason }) => reason)).toEqual([expect.stringMatching(/^a media directory/)]);
});
