/**
 * De-identifies a study and therefore everything derived from it: file names and series descriptions are replaced by numbers, patient and
 * study attributes are treated according to the Basic Application Level Confidentiality Profile (PS3.15 annex E) with its option to retain patient
 * characteristics (age up to 90 years, sex), identifiers are replaced, dates are removed. Pixels are not changed, which is reported. Text (documents,
 * records, notes) cannot be de-identified and is left out.
 */

import { PolyclinicError } from "../../base/errors.ts";
import { createHash, randomBytes } from "../../base/host/hash.ts";
import { basename } from "../../base/host/path.ts";
import { lookupTag, newUid, profileAction, tagOf } from "../../imaging/dicom/index.ts";
import { patientIdOf } from "../../imaging/dicom/patient-id.ts";
import type { Warning } from "../../imaging/types.ts";
import { ageOf, oldestSaid } from "../age.ts";
import { rememberIdentity } from "../identity.ts";
import { studyOf } from "../study.ts";
import type { ImagePart, Origin, Part, SlidePart, Study, VideoPart, VolumePart } from "../types.ts";

/** Secret of this process: studies opened together keep their references, and the old identifiers cannot be recovered from the new ones. */
const secret = randomBytes(16).toString("hex");

/** @throws PolyclinicError `study/not-deidentifiable` if no part can be de-identified. The given study is closed with the new one. */
export function deidentifiedStudy(study: Study): Study {
  const deidentifiable = study.parts.filter(canBe);
  const names = new Map<string, string>();
  const rename = (old: string, fresh: string) => {
    if (old.length > 1 && !names.has(old)) names.set(old, fresh);
  };
  let files = 0;
  const nameFile = (file: string) => {
    if (names.has(file)) return;
    const fresh = `file ${++files}`;
    rename(file, fresh);
    rename(basename(file), fresh);
  };
  for (const part of study.parts) for (const file of part.origin.files) nameFile(file);
  for (const { file } of study.leftOut) nameFile(file);
  for (const { where } of [...study.warnings, ...study.parts.flatMap(({ warnings }) => warnings)])
    if (where !== undefined && /[/\\.]/.test(where)) nameFile(where);
  const labels = new Map(deidentifiable.map((part, i) => [part, `${part.modality} ${part.kind} ${i + 1}`]));
  for (const [part, fresh] of labels) {
    rename(part.label, fresh);
    for (const uid of uidsOf(part.origin)) rename(uid, newUid(uid, secret));
    for (const value of identifying(part.origin)) rename(value, "[removed]");
  }
  for (const part of study.parts) if (!labels.has(part as never)) rename(part.label, part.kind);
  if (deidentifiable.length === 0)
    throw new PolyclinicError("study/not-deidentifiable", "no part of the study can be de-identified", {
      expected: "images, volumes, slides or videos",
      found: [...new Set(study.parts.map(({ kind }) => kind))].join(", "),
      hint: "Names can be anywhere in a text: remove them yourself, and omit --deidentify (in code: deidentify).",
    });
  const clean = cleaner(names);
  const cleanWarning = ({ code, message, where }: Warning): Warning => ({
    code,
    message: clean(message),
    ...(where !== undefined && { where: clean(where) }),
  });
  const parts = deidentifiable.map((part): Part => {
    const { acquiredAt: _, ...rest } = withoutSpeech(part);
    return {
      ...rest,
      label: labels.get(part)!,
      origin: withRememberedIdentity(part, originWithout(part, nameOf(names))),
      warnings: part.warnings.map(cleanWarning),
    };
  });
  return studyOf(parts, {
    leftOut: [
      ...study.leftOut.map(({ file, reason }) => ({ file: clean(file), reason: clean(reason) })),
      ...study.parts
        .filter((part) => !canBe(part))
        .map(({ kind, origin }) => ({
          file: clean(origin.files[0]),
          reason: `a ${kind}: its text cannot be de-identified`,
        })),
    ],
    warnings: [
      ...study.warnings.map(cleanWarning),
      ...deidentifiable
        .filter((part) => part.kind === "video" && part.subtitles !== undefined)
        .map((part) => ({
          code: "deidentify/subtitles",
          message: "its subtitles are left out: speech may name anyone",
          where: labels.get(part)!,
        })),
      {
        code: "deidentify/pixels",
        message: "text burned into the images stays: look for names in them before you pass them on",
      },
    ],
    close: study.close,
  });
}

const canBe = (part: Part): part is ImagePart | VolumePart | SlidePart | VideoPart =>
  part.kind === "image" || part.kind === "volume" || part.kind === "slide" || part.kind === "video";

/** A part without what is said in it: speech may name anyone. */
function withoutSpeech<P extends Part>(part: P): P {
  if (part.kind !== "video") return part;
  const { subtitles: _, ...silent } = part;
  return silent as P;
}

const nameOf = (names: ReadonlyMap<string, string>) => (file: string) => names.get(file) ?? "file";

function uidsOf({ dicom }: Origin): string[] {
  const { studyInstanceUID = "", seriesInstanceUID = "", instances = [] } = dicom ?? {};
  return [studyInstanceUID, seriesInstanceUID, ...instances.map(({ sopInstanceUID }) => sopInstanceUID)];
}

/** Header values that could occur in a message. */
function identifying({ dicom }: Origin): string[] {
  return Object.entries(dicom?.attributes ?? {})
    .filter(([keyword]) => !characteristics.includes(keyword) && profileAction(tagOf(keyword)) !== undefined)
    .flatMap(([, value]) => value)
    .map(String)
    .filter((value) => value.length > 2);
}

const characteristics = ["PatientAge", "PatientSex"];

function originWithout(part: Part, nameFile: (file: string) => string): Origin {
  const { files, sha256, dicom, licence } = part.origin;
  return {
    files: files.map(nameFile),
    sha256,
    ...(licence !== undefined && { licence }),
    ...(dicom !== undefined && {
      dicom: {
        ...(dicom.studyInstanceUID && { studyInstanceUID: newUid(dicom.studyInstanceUID, secret) }),
        ...(dicom.seriesInstanceUID && { seriesInstanceUID: newUid(dicom.seriesInstanceUID, secret) }),
        instances: dicom.instances.map((instance) => ({
          ...instance,
          sopInstanceUID: newUid(instance.sopInstanceUID, secret),
        })),
        attributes: attributesWithout(part, dicom.attributes),
      },
    }),
  };
}

/** Checks that need the patient's identity run later, in the same process. */
function withRememberedIdentity({ origin }: Part, fresh: Origin): Origin {
  if (origin.dicom !== undefined) rememberIdentity(fresh, origin.dicom.attributes);
  return fresh;
}

type Attributes = NonNullable<Origin["dicom"]>["attributes"];

function attributesWithout(part: Part, attributes: Attributes): Attributes {
  const retained: Record<string, Attributes[string]> = {};
  for (const [keyword, value] of Object.entries(attributes)) {
    if (lookupTag(tagOf(keyword)) === undefined) continue;
    const action = profileAction(tagOf(keyword));
    if (action === undefined || keyword === "PatientSex") retained[keyword] = value;
    else if (action === "U") retained[keyword] = newUid(String(value), secret);
  }
  const age = ageOf(part);
  if (age !== undefined) retained.PatientAge = `${String(Math.min(age, oldestSaid)).padStart(3, "0")}Y`;
  // Each patient keeps a single pseudonym, so that parts of two patients can still be distinguished.
  const { id, issuer } = patientIdOf(attributes);
  if (id !== "") {
    const digest = createHash("sha256")
      .update([secret, id, ...(issuer === "" ? [] : [issuer])].join("\0"))
      .digest("hex");
    retained.PatientID = `anonymous-${digest.slice(0, 12)}`;
  }
  return {
    ...retained,
    PatientIdentityRemoved: "YES",
    DeidentificationMethod: "DICOM PS3.15 Basic Profile, age and sex retained",
  };
}

/** Replaces every old name, longer ones first. */
function cleaner(names: ReadonlyMap<string, string>): (text: string) => string {
  const old = [...names.keys()].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const name of old) if (clean.includes(name)) clean = clean.replaceAll(name, names.get(name)!);
    return clean;
  };
}
