/**
 * DICOMDIR (PS3.3 annex F, PS3.10 section 8): the files that a medium lists and their patients; paths that leave the
 * medium are not followed.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Warning } from "../types.ts";
import type { DataSet } from "./parse/data-set.ts";
import type { DicomFile } from "./parse/parse.ts";

export interface DirectoryEntry {
  /** Path of the file relative to the DICOMDIR, `/` between components. */
  readonly path: string;
  /** `IMAGE`, `SR DOCUMENT`, `PRESENTATION`, ... */
  readonly type: string;
  readonly sopClassUID?: string;
  readonly sopInstanceUID?: string;
  /** From the records above it; absent when they cannot be followed. */
  readonly patientID?: string;
  readonly patientName?: string;
  readonly studyInstanceUID?: string;
  readonly seriesInstanceUID?: string;
}

export interface MediaDirectory {
  readonly entries: readonly DirectoryEntry[];
  readonly warnings: readonly Warning[];
}

const inUse = 0xffff;

/**
 * The files a DICOMDIR lists, in the order of its tree (patient, study, series); records that no chain reaches follow
 * in file order with a warning. Inactive records are skipped. @throws PolyclinicError `dicom/not-a-directory`.
 */
export function readMediaDirectory(file: DicomFile): MediaDirectory {
  const { dataset, name } = file;
  const records = dataset.sequence("DirectoryRecordSequence");
  if (!dataset.has("DirectoryRecordSequence"))
    throw new PolyclinicError("dicom/not-a-directory", "this is not a DICOMDIR", {
      where: name,
      expected: "(0004,1220) DirectoryRecordSequence",
      hint: "Open the image files directly.",
    });
  const warnings: Warning[] = [];
  const entries: DirectoryEntry[] = [];
  const byOffset = recordOffsets(records);
  const left = new Set(records);
  // A stack of records to visit, the next one last: no recursion, so trees of any depth are safe.
  const open: { offset: number | undefined; above: Partial<DirectoryEntry> }[] = [
    { offset: dataset.number("OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity"), above: {} },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const record = byOffset(next.offset);
    if (record === undefined || !left.has(record)) continue;
    left.delete(record);
    const here = { ...next.above, ...identity(record) };
    collect(record, here, entries, warnings, name);
    open.push(
      { offset: record.number("OffsetOfTheNextDirectoryRecord"), above: next.above },
      { offset: record.number("OffsetOfReferencedLowerLevelDirectoryEntity"), above: here },
    );
  }
  let unreached = 0;
  // With damaged offsets, file order is used: nearly all files store records in tree order.
  let above: Partial<DirectoryEntry> = {};
  for (const record of left) {
    above = { ...above, ...identity(record) };
    const before = entries.length;
    collect(record, above, entries, warnings, name);
    unreached += entries.length - before;
  }
  if (unreached > 0)
    warnings.push({
      code: "dicomdir/offsets",
      message: `${unreached} listed files cannot be reached through the directory's offsets; they are read in file order`,
      where: name,
    });
  return { entries, warnings };
}

/**
 * Offsets of records are those of the item tag, eight bytes before the item's first element, from the beginning of the
 * file.
 */
function recordOffsets(records: readonly DataSet[]) {
  const starts = new Map<number, DataSet>();
  for (const record of records) {
    const first = record.elements.values().next().value;
    if (first === undefined) continue;
    // The header of an element is 8 bytes, or 12 with a 32-bit explicit length; directory records begin with UL and US elements.
    const header = record.explicit && /^(O[BDFLVW]|S[QV]|U[CNRTV])$/.test(first.vr) ? 12 : 8;
    starts.set(first.offset - header - 8, record);
  }
  return (offset: number | undefined) => (offset ? starts.get(offset) : undefined);
}

function identity(record: DataSet): Partial<DirectoryEntry> {
  switch (record.string("DirectoryRecordType")) {
    case "PATIENT":
      return {
        patientID: record.string("PatientID"),
        patientName: record.string("PatientName"),
        studyInstanceUID: undefined,
        seriesInstanceUID: undefined,
      };
    case "STUDY":
      return { studyInstanceUID: record.string("StudyInstanceUID"), seriesInstanceUID: undefined };
    case "SERIES":
      return { seriesInstanceUID: record.string("SeriesInstanceUID") };
    default:
      return {};
  }
}

function collect(
  record: DataSet,
  above: Partial<DirectoryEntry>,
  entries: DirectoryEntry[],
  warnings: Warning[],
  name: string,
): void {
  const components = record.strings("ReferencedFileID").filter((component) => component !== "");
  if (components.length === 0 || (record.number("RecordInUseFlag") ?? inUse) === 0) return;
  const path = components.join("/");
  // File IDs are up to eight components of upper-case letters, digits and underscore (PS3.10 8.2); real media use more.
  if (components.some((component) => component === "." || component === ".." || /[/\\:\0]/.test(component))) {
    warnings.push({
      code: "dicomdir/path",
      message: `the listed file ${path} is outside the medium and is not opened`,
      where: name,
    });
    return;
  }
  entries.push({
    ...above,
    path,
    type: record.string("DirectoryRecordType") ?? "",
    sopClassUID: record.string("ReferencedSOPClassUIDInFile"),
    sopInstanceUID: record.string("ReferencedSOPInstanceUIDInFile"),
  });
}
