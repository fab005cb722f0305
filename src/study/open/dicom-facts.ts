/** What a part keeps of its DICOM headers: what a person reads, and what an export has to repeat. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { DicomInstance } from "../../imaging/dicom/index.ts";
import type { Modality, Origin } from "../types.ts";

/** Patient and study attributes that derived objects repeat (PS3.3 C.7.1.1, C.7.2.1), and what a reader of a part wants to know. */
const attributes = [
  "PatientName",
  "PatientID",
  "IssuerOfPatientID",
  "OtherPatientIDs",
  "PatientBirthDate",
  "PatientSex",
  "PatientAge",
  "PatientSize",
  "PatientWeight",
  "PatientIdentityRemoved",
  "DeidentificationMethod",
  "StudyInstanceUID",
  "StudyDate",
  "StudyTime",
  "StudyID",
  "StudyDescription",
  "AccessionNumber",
  "ReferringPhysicianName",
  "FrameOfReferenceUID",
  "SeriesNumber",
  "SeriesDescription",
  "Laterality",
  "ViewPosition",
  "SpecificCharacterSet",
] as const;

export interface PartFrame {
  readonly instance: DicomInstance;
  /** From 0, for one frame of a multi-frame object. */
  readonly frame?: number;
}

/** @param frames in the order of the part's slices. */
export async function originOf(frames: readonly PartFrame[]): Promise<Origin> {
  const files = [...new Set(frames.map(({ instance }) => instance))];
  const [first] = files;
  const hash = createHash("sha256");
  for (const { source } of files) {
    if (source.path === undefined) hash.update(await source.read(0, source.size));
    else for await (const chunk of createReadStream(source.path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  }
  const found: Record<string, string | readonly string[]> = {};
  for (const keyword of attributes) {
    const values = first.file.dataset.strings(keyword);
    if (values.length > 0 && values[0] !== "") found[keyword] = values.length === 1 ? values[0] : values;
  }
  return {
    files: files.map(({ source }) => source.name),
    sha256: hash.digest("hex"),
    dicom: {
      studyInstanceUID: first.studyInstanceUID,
      seriesInstanceUID: first.seriesInstanceUID,
      instances: frames.map(({ instance, frame }) => ({
        sopClassUID: instance.sopClassUID,
        sopInstanceUID: instance.sopInstanceUID,
        ...(frame !== undefined && { frame }),
      })),
      attributes: found,
    },
  };
}

export interface Facts {
  readonly label: string;
  readonly modality: Modality;
  readonly bodyPart?: string;
  readonly acquiredAt?: string;
}

/** @param fallback where the header names no modality. @param label where the series has its own. */
export function factsOf(instance: DicomInstance, fallback: Modality, label?: string): Facts {
  const { dataset } = instance.file;
  const bodyPart = dataset.string("BodyPartExamined");
  const acquiredAt = acquisitionTime(instance);
  return {
    label:
      label ??
      dataset.string("SeriesDescription") ??
      dataset.string("StudyDescription") ??
      lastName(instance.source.name),
    modality: instance.modality || fallback,
    ...(bodyPart !== undefined && { bodyPart }),
    ...(acquiredAt !== undefined && { acquiredAt }),
  };
}

/** The first of acquisition, content, series and study time that is there, as ISO 8601. */
function acquisitionTime({ file: { dataset } }: DicomInstance): string | undefined {
  const whole = dataset.string("AcquisitionDateTime");
  const from = whole ? isoTime(whole.slice(0, 8), whole.slice(8)) : undefined;
  if (from !== undefined) return from;
  for (const when of ["Acquisition", "Content", "Series", "Study"]) {
    const time = isoTime(dataset.string(`${when}Date`) ?? "", dataset.string(`${when}Time`) ?? "");
    if (time !== undefined) return time;
  }
  return undefined;
}

/** `20240131`, `235959.5` to `2024-01-31T23:59:59`; undefined without a date. Old files write `2024.01.31`. */
export function isoTime(date: string, time: string): string | undefined {
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})/.exec(date) ?? [];
  if (year === undefined || month === "00" || day === "00") return undefined;
  const [, hour, minute = "00", second = "00"] = /^(\d{2}):?(\d{2})?:?(\d{2})?/.exec(time) ?? [];
  return `${year}-${month}-${day}${hour === undefined ? "" : `T${hour}:${minute}:${second}`}`;
}

function lastName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
