/**
 * DICOM files (PS3.10), explicit VR little endian, UTF-8, from attributes by keyword. Equal data sets give equal bytes.
 */
import { type Attributes, attributeElements, writeDicom } from "../../imaging/dicom/index.ts";

export type DataSet = Attributes;

/** A DICOM file written by an export, with the identifiers under which it is stored. */
export interface DicomFile {
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  /** The whole file, preamble included. */
  readonly bytes: Uint8Array;
}

export function encodeDicom(dataSet: DataSet): DicomFile {
  const bytes = writeDicom(attributeElements({ SpecificCharacterSet: "ISO_IR 192", ...dataSet }));
  return { sopClassUID: String(dataSet.SOPClassUID), sopInstanceUID: String(dataSet.SOPInstanceUID), bytes };
}

/** Date and time of an instant as DA and TM, in UTC, with the timezone offset attribute. */
export function dicomInstant(at: Date): { date: string; time: string; offset: string } {
  const [date, time] = at.toISOString().split("T");
  return { date: date.replaceAll("-", ""), time: time.replace("Z", "").replaceAll(":", ""), offset: "+0000" };
}

/** A decimal string of at most 16 characters (VR DS). */
export function decimal(value: number): string {
  const exact = String(value);
  return exact.length <= 16 ? exact : String(Number(value.toPrecision(9)));
}

/** Truncates a text to the maximum length of its VR (LO 64, SH 16 characters), and removes value separators. */
export function shortText(text: string, length = 64): string {
  const clean = text.replaceAll("\\", "/").replace(/\s+/g, " ").trim();
  return clean.length <= length ? clean : `${clean.slice(0, length - 3).trimEnd()}...`;
}
