/** The DICOM header values that a part keeps: those shown to people, and those that exports must repeat. */
import { createHash } from "../../../base/host/hash.ts";
import { chunksOf } from "../../../bytes/index.ts";
import { type DicomInstance, lookupTag, tagOf } from "../../../imaging/dicom/index.ts";
import type { Warning } from "../../../imaging/types.ts";
import type { Modality, Origin } from "../../types.ts";

/** Patient and study attributes that derived objects repeat (PS3.3 C.7.1.1, C.7.2.1), and descriptive attributes of a part. */
const attributes = [
  "PatientName",
  "PatientID",
  "IssuerOfPatientID",
  "OtherPatientIDs",
  "PatientBirthDate",
  "PatientSex",
  "PatientAge",
  "PatientSpeciesDescription",
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
  "PatientOrientation",
  "QualityControlImage",
  "SpecificCharacterSet",
] as const;

export interface PartFrame {
  readonly instance: DicomInstance;
  /** 0-based, for one frame of a multi-frame object. */
  readonly frame?: number;
}

/** @param frames in the order of the part's slices. */
export async function originOf(frames: readonly PartFrame[]): Promise<Origin> {
  const files = [...new Set(frames.map(({ instance }) => instance))];
  const [first] = files;
  const hash = createHash("sha256");
  for (const { source } of files) for await (const chunk of chunksOf(source)) hash.update(chunk);
  const found: Record<string, string | readonly string[]> = {};
  for (const keyword of attributes) {
    const values = first.file.dataset.strings(keyword).flatMap((value) => asStandard(keyword, value) ?? []);
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

/**
 * @param fallback used when the header states no modality.
 * @param label used when the series has its own label.
 */
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

/** The first available of acquisition, content, series and study time, as ISO 8601. */
function acquisitionTime({ file: { dataset } }: DicomInstance): string | undefined {
  const whole = dataset.string("AcquisitionDateTime");
  const from = whole ? isoTime(whole.slice(0, 8), whole.slice(8).replace(/[+-]\d{4}$/, "")) : undefined;
  if (from !== undefined) return from;
  for (const when of ["Acquisition", "Content", "Series", "Study"]) {
    const time = isoTime(dataset.string(`${when}Date`) ?? "", dataset.string(`${when}Time`) ?? "");
    if (time !== undefined) return time;
  }
  return undefined;
}

/** `20240131`, `235959.5` to `2024-01-31T23:59:59`; undefined without a date of the calendar. Old files write `2024.01.31`. */
export function isoTime(date: string, time: string): string | undefined {
  const day = dayOf(date);
  if (day === undefined) return undefined;
  const [, hour, minute = "00", second = "00"] = timeOf(time) ?? [];
  return `${day.join("-")}${hour === undefined ? "" : `T${hour}:${minute}:${second === "60" ? "59" : second}`}`;
}

/** Year, month and day of a DA value, if the calendar has that day. */
function dayOf(date: string): [year: string, month: string, day: string] | undefined {
  const [, year, month, day] = /^(\d{4})[.-]?(\d{2})[.-]?(\d{2})$/.exec(date.trim()) ?? [];
  if (year === undefined || year === "0000") return undefined;
  const on = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  on.setUTCFullYear(Number(year));
  return on.getUTCMonth() + 1 === Number(month) && on.getUTCDate() === Number(day) ? [year, month, day] : undefined;
}

/** Hours, minutes, seconds and fraction of a TM value; a leap second is one. */
function timeOf(time: string): RegExpExecArray | undefined {
  return /^([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d|60)(\.\d{1,6})?)?)?$/.exec(time.trim()) ?? undefined;
}

/** A date or time in standard form, undefined if it is invalid; every other value unchanged. */
function asStandard(keyword: string, value: string): string | undefined {
  const vr = lookupTag(tagOf(keyword))?.vr;
  if (vr === "DA") return dayOf(value)?.join("");
  if (vr !== "TM") return value;
  const found = timeOf(value);
  return found === undefined ? undefined : found.slice(1).join("");
}

/** Invalid dates and times. They are not passed on, because exports with them would be rejected or, worse, accepted. */
export function dateWarnings({ file: { dataset }, source }: DicomInstance): Warning[] {
  const others = ["Acquisition", "Content", "Series"].flatMap((when) => [`${when}Date`, `${when}Time`]);
  return [...attributes, ...others].flatMap((keyword) =>
    dataset
      .strings(keyword)
      .filter((value) => value !== "" && asStandard(keyword, value) === undefined)
      .map((value) => ({
        code: "dicom/invalid-date",
        message: `${keyword} is not a valid ${keyword.endsWith("Time") ? "time" : "date"} (${JSON.stringify(value.slice(0, 20))}) and is ignored`,
        where: source.name,
      })),
  );
}

function lastName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
