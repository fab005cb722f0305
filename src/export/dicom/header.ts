/**
 * Patient and study modules (PS3.3 C.7.1.1, C.7.2.1) that an export copies from its sources, or generates if there are
 * none.
 */

import { PolyclinicError } from "../../base/errors.ts";
import { distinctPatientIds, patientIdOf } from "../../imaging/dicom/patient-id.ts";
import type { Part } from "../../study/types.ts";
import { derivedUid, sha256 } from "../identifier.ts";
import { type DataSet, dicomInstant } from "./file.ts";

/** Type 2 attributes: always present, empty when unknown. */
const required = [
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "PatientSex",
  "StudyDate",
  "StudyTime",
  "ReferringPhysicianName",
  "StudyID",
  "AccessionNumber",
];

const repeated = [
  "IssuerOfPatientID",
  "OtherPatientIDs",
  "PatientAge",
  "PatientSize",
  "PatientWeight",
  "PatientIdentityRemoved",
  "DeidentificationMethod",
  "StudyDescription",
];

/** Required value formats. Real files violate them, and a report must not repeat the violation. */
const forms: Readonly<Record<string, RegExp>> = {
  PatientBirthDate: /^\d{8}$/,
  PatientSex: /^[MFO]$/,
  PatientAge: /^\d{3}[DWMY]$/,
  PatientSize: /^[\d.]{1,16}$/,
  PatientWeight: /^[\d.]{1,16}$/,
  StudyID: /^.{0,16}$/,
  StudyDate: /^\d{8}$/,
  StudyTime: /^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$/,
};

/** The value if it has the format of its VR, else undefined. */
function repeatable(keyword: string, value: unknown): unknown {
  if (value === undefined || !Object.hasOwn(forms, keyword)) return value;
  return forms[keyword].test(String(value).trim()) ? String(value).trim() : undefined;
}

export interface Header {
  readonly studyInstanceUID: string;
  readonly dataSet: DataSet;
}

/** The identifiers a part needs before another object can refer to it. */
export interface Identified {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly instances: NonNullable<Part["origin"]["dicom"]>["instances"];
}

/** Undefined if an identifier is missing or invalid: nothing can refer to such a part. */
export function identify({ origin }: Part): Identified | undefined {
  const { studyInstanceUID = "", seriesInstanceUID = "", instances = [] } = origin.dicom ?? {};
  const uids = instances.flatMap(({ sopClassUID, sopInstanceUID }) => [sopClassUID, sopInstanceUID]);
  const usable =
    instances.length > 0 && [studyInstanceUID, seriesInstanceUID, ...uids].every((uid) => uidForm.test(uid));
  return usable ? { studyInstanceUID, seriesInstanceUID, instances } : undefined;
}

const uidForm = /^[0-9.]{1,64}$/;

/**
 * The header of an export about these parts: that of the last part with DICOM identifiers (parts are in clinical order,
 * the current one last), or of a new study whose patient is named by the hash of the files.
 *
 * @throws `export/patients-differ` when the parts belong to different patients.
 */
export function headerOf(parts: readonly Part[], at: Date): Header {
  const dicom = parts.filter((part) => identify(part) !== undefined).map((part) => part.origin.dicom!);
  const ids = distinctPatientIds(dicom.map(({ attributes }) => patientIdOf(attributes)));
  if (ids.length > 1) {
    throw new PolyclinicError("export/patients-differ", "the images belong to different patients", {
      expected: "the same Patient ID and issuer for all images",
      found: `${ids.length} different IDs or issuers`,
      hint: "Export each patient's study separately.",
    });
  }
  const current = dicom.at(-1);
  if (current === undefined) {
    const content = parts.map((part) => part.origin.sha256);
    const name = sha256(content.join()).slice(0, 16).toUpperCase();
    const { date, time } = dicomInstant(at);
    const blank = Object.fromEntries(required.map((keyword) => [keyword, ""]));
    const studyInstanceUID = derivedUid("study", ...content);
    return {
      studyInstanceUID,
      dataSet: {
        ...blank,
        PatientID: `POLYCLINIC-${name}`,
        StudyInstanceUID: studyInstanceUID,
        StudyID: name,
        StudyDate: date,
        StudyTime: time,
      },
    };
  }
  const studyInstanceUID = current.studyInstanceUID!;
  const attributes: Record<string, unknown> = {};
  for (const keyword of required) attributes[keyword] = repeatable(keyword, current.attributes[keyword]) ?? "";
  for (const keyword of repeated) {
    const value = repeatable(keyword, current.attributes[keyword]);
    if (value !== undefined) attributes[keyword] = value;
  }
  // Type 1C once the identity is removed; a coded method is not carried over.
  if (attributes.PatientIdentityRemoved === "YES") attributes.DeidentificationMethod ??= "Not stated by the source";
  return { studyInstanceUID, dataSet: { ...attributes, StudyInstanceUID: studyInstanceUID } };
}
