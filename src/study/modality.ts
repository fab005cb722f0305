/** Modalities that can be given for files that do not state one. */
import { PolyclinicError } from "../base/errors.ts";

/** The defined terms of Modality (0008,0060) whose objects are images (PS3.3 C.7.3.1.1.1). */
const modalities: ReadonlySet<string> = new Set(
  (
    "BDUS BI CFM CR CT DG DMS DOC DX ES GM IO IVOCT IVUS LS MG MR NM OCT OP OPM OPT OT PT PX RF RG RTIMAGE " +
    "SM TG US XA XC"
  ).split(" "),
);

export function isModality(code: string): boolean {
  return modalities.has(code);
}

/** Common ones, for messages. */
export const modalityExamples = "CR, DX, CT, MR, MG, US, PT, SM, GM, OP, XC, OT, ...";

/** @throws PolyclinicError `study/modality` for a code that is not defined in DICOM, since a misspelling would silently change the layout. */
export function requireModality(code: unknown): void {
  if (code === undefined || (typeof code === "string" && isModality(code))) return;
  throw new PolyclinicError("study/modality", "is not a DICOM modality", {
    where: "modality",
    expected: modalityExamples,
    found: String(code),
  });
}
