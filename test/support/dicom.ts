/** Synthetic DICOM files for tests, written with the package's own writer (which has tests of its own against other readers). */

import { type ByteSource, memorySource } from "../../src/bytes/index.ts";
import { parseDicom } from "../../src/imaging/dicom/index.ts";
import { type DicomInstance, describeInstance } from "../../src/imaging/dicom/series/instance.ts";
import {
  type Attributes,
  attributeElement,
  attributeElements,
  type AttributeValue as Value,
} from "../../src/imaging/dicom/write/attributes.ts";
import { writeDicom } from "../../src/imaging/dicom/write/write.ts";

export const ctImageStorage = "1.2.840.10008.5.1.4.1.1.2";
export const mrImageStorage = "1.2.840.10008.5.1.4.1.1.4";
export const enhancedMrStorage = "1.2.840.10008.5.1.4.1.1.4.1";

export type { Attributes, Value };
export { attributeElement as element, attributeElements as elements };

/** A 4 x 3 CT slice whose first pixel is `value`; anything can be overridden, `undefined` takes an attribute out. */
export function sliceBytes(attributes: Record<string, Value | undefined> = {}, value = 0): Uint8Array {
  const pixels = new Int16Array(12).map((_, i) => value + i);
  const merged: Record<string, Value | undefined> = {
    SOPClassUID: ctImageStorage,
    SOPInstanceUID: `2.25.${value + 1000}`,
    StudyInstanceUID: "2.25.1",
    SeriesInstanceUID: "2.25.2",
    PatientID: "P1",
    Modality: "CT",
    ImageType: ["ORIGINAL", "PRIMARY", "AXIAL"],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    ImagePositionPatient: [0, 0, 0],
    PixelSpacing: [2, 0.5],
    SliceThickness: 3,
    Rows: 3,
    Columns: 4,
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    RescaleSlope: 1,
    RescaleIntercept: -1024,
    PixelData: new Uint8Array(pixels.buffer),
    ...attributes,
  };
  const present = Object.fromEntries(Object.entries(merged).filter(([, v]) => v !== undefined)) as Attributes;
  return writeDicom(attributeElements(present));
}

export function instanceOf(bytes: Uint8Array, name: string): DicomInstance {
  const source: ByteSource = memorySource(name, bytes);
  return describeInstance(parseDicom(bytes, { name }), source);
}
