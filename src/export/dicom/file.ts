/** DICOM files (PS3.10), explicit VR little endian, UTF-8, written with dcmjs's low level. The same data set gives the same bytes. */
import { derivedUid } from "../identifier.ts";
import { product } from "../product.ts";

/** Attribute keyword -> value; sequences are arrays of data sets. */
export interface DataSet {
  readonly [keyword: string]: unknown;
}

export interface DicomFile {
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  /** The whole file, preamble included. */
  readonly bytes: Uint8Array;
}

export const implementationClassUID = derivedUid("implementation", product.name);

/** Names and numbers of the source are repeated as they are, even where they are longer than the standard allows. */
const keepLongValues = { allowInvalidVRLength: true };

export async function encodeDicom(dataSet: DataSet): Promise<DicomFile> {
  // Loaded only when something is written: dcmjs costs about 0.2 s at start-up.
  const { DicomDict, DicomMetaDictionary } = (await import("dcmjs")).data;
  const sopClassUID = String(dataSet.SOPClassUID);
  const sopInstanceUID = String(dataSet.SOPInstanceUID);
  const file = new DicomDict(
    DicomMetaDictionary.denaturalizeDataset({
      FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
      MediaStorageSOPClassUID: sopClassUID,
      MediaStorageSOPInstanceUID: sopInstanceUID,
      TransferSyntaxUID: "1.2.840.10008.1.2.1",
      ImplementationClassUID: implementationClassUID,
      ImplementationVersionName: `${product.name} ${product.version}`.toUpperCase().slice(0, 16),
    }),
  );
  file.dict = DicomMetaDictionary.denaturalizeDataset({
    SpecificCharacterSet: "ISO_IR 192",
    ...dataSet,
    // Without this dcmjs guesses the value representation of pixels and says so on the console.
    _vrMap: { PixelData: "OB" },
  });
  return { sopClassUID, sopInstanceUID, bytes: new Uint8Array(file.write(keepLongValues)) };
}

/** Date and time of an instant as DA and TM, in UTC, with the offset attribute that says so. */
export function dicomInstant(at: Date): { date: string; time: string; offset: string } {
  const [date, time] = at.toISOString().split("T");
  return { date: date.replaceAll("-", ""), time: time.replace("Z", "").replaceAll(":", ""), offset: "+0000" };
}

/** Cuts a text to what its value representation holds (LO 64, SH 16 characters), and takes out what separates values. */
export function shortText(text: string, length = 64): string {
  const clean = text.replaceAll("\\", "/").replace(/\s+/g, " ").trim();
  return clean.length <= length ? clean : `${clean.slice(0, length - 3).trimEnd()}...`;
}
