import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { elements } from "../../../test/support/dicom.ts";
import { parseDicom, readMediaDirectory } from "./index.ts";
import { writeDicom } from "./write/write.ts";

const directory = (name: string) =>
  readMediaDirectory(parseDicom(readFileSync(new URL(`./fixtures/pydicom/${name}`, import.meta.url)), { name }));

describe("DICOMDIR", () => {
  test.each(["DICOMDIR", "DICOMDIR-bigEnd"])("%s lists its files under their patients, studies and series", (name) => {
    const { entries, warnings } = directory(name);
    expect(entries.length).toBe(31);
    expect(warnings).toEqual([]);
    expect(entries[0]).toMatchObject({
      path: "77654033/CR1/6154",
      type: "IMAGE",
      patientID: "77654033",
      patientName: "Doe^Archibald",
    });
    expect(new Set(entries.map(({ patientID }) => patientID)).size).toBe(2);
    expect(new Set(entries.map(({ seriesInstanceUID }) => seriesInstanceUID)).size).toBe(13);
    expect(entries.every(({ studyInstanceUID, sopInstanceUID }) => studyInstanceUID && sopInstanceUID)).toBe(true);
  });

  test("files that damaged offsets do not reach are listed all the same, with a warning", () => {
    const { entries, warnings } = directory("DICOMDIR-nopatient");
    expect(entries.length).toBe(31);
    expect(warnings.map(({ code }) => code)).toEqual(["dicomdir/offsets"]);
  });

  test("a cut-off directory and a file that is none are named errors", () => {
    expect(() => directory("DICOMDIR-nooffset")).toThrow(/DirectoryRecordSequence/);
    expect(() => directory("charset/chrFren.dcm")).toThrow(/this is not a DICOMDIR/);
  });

  test("a reference out of the medium is not followed", () => {
    const record = (...path: string[]) => ({
      DirectoryRecordType: "IMAGE",
      RecordInUseFlag: 0xffff,
      ReferencedFileID: path,
    });
    const bytes = writeDicom(
      elements({ DirectoryRecordSequence: [record("A", "B"), record("..", "etc", "passwd"), record("a/../b")] }),
    );
    const { entries, warnings } = readMediaDirectory(parseDicom(bytes));
    expect(entries.map(({ path }) => path)).toEqual(["A/B"]);
    expect(warnings.filter(({ code }) => code === "dicomdir/path").length).toBe(2);
  });

  test("offsets that run in a circle end", () => {
    const record = {
      OffsetOfTheNextDirectoryRecord: 0,
      RecordInUseFlag: 0xffff,
      DirectoryRecordType: "IMAGE",
      ReferencedFileID: "A",
    };
    const make = (offset: number) =>
      writeDicom(
        elements({
          OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity: offset,
          DirectoryRecordSequence: [{ ...record, OffsetOfTheNextDirectoryRecord: offset }],
        }),
      );
    const item = parseDicom(make(0)).dataset.sequence("DirectoryRecordSequence")[0].elements.values().next().value!;
    const { entries } = readMediaDirectory(parseDicom(make(item.offset - 16)));
    expect(entries.length).toBe(1);
  });
});
