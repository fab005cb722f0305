/** Synthetic DICOM files for tests, written with the package's own writer (which has tests of its own against other readers). */

import { type ByteSource, memorySource } from "../../src/bytes/index.ts";
import { parseDicom } from "../../src/imaging/dicom/index.ts";
import { lookupTag, tagOf } from "../../src/imaging/dicom/parse/dictionary.ts";
import { type DicomInstance, describeInstance } from "../../src/imaging/dicom/series/instance.ts";
import { type NewElement, textElement, writeDicom } from "../../src/imaging/dicom/write/write.ts";

export type Value = string | number | readonly (string | number)[] | Uint8Array | readonly Attributes[];
export interface Attributes {
  readonly [keyword: string]: Value;
}

export const ctImageStorage = "1.2.840.10008.5.1.4.1.1.2";
export const mrImageStorage = "1.2.840.10008.5.1.4.1.1.4";
export const enhancedMrStorage = "1.2.840.10008.5.1.4.1.1.4.1";

/** How a number of each binary VR is written, and in how many bytes. */
const binary: Readonly<
  Record<string, readonly [size: number, write: (view: DataView, at: number, value: number) => void]>
> = {
  US: [2, (view, at, value) => view.setUint16(at, value & 0xffff, true)],
  SS: [2, (view, at, value) => view.setInt16(at, value, true)],
  UL: [4, (view, at, value) => view.setUint32(at, value, true)],
  FL: [4, (view, at, value) => view.setFloat32(at, value, true)],
  FD: [8, (view, at, value) => view.setFloat64(at, value, true)],
  OV: [8, (view, at, value) => view.setBigUint64(at, BigInt(value), true)],
};

export function element(keyword: string, value: Value): NewElement {
  const tag = tagOf(keyword);
  const vr = lookupTag(tag)!.vr;
  if (value instanceof Uint8Array) return { tag, vr, value };
  const values = (Array.isArray(value) ? value : [value]) as readonly (string | number | Attributes)[];
  if (vr === "SQ") return { tag, vr, value: values.map((item) => elements(item as Attributes)) };
  const write = binary[vr];
  if (write === undefined) return textElement(keyword, vr, ...values.map(String));
  const [size, writeNumber] = write;
  const bytes = new Uint8Array(values.length * size);
  values.forEach((number, i) => {
    writeNumber(new DataView(bytes.buffer), i * size, Number(number));
  });
  return { tag, vr, value: bytes };
}

export function elements(attributes: Attributes): NewElement[] {
  return Object.entries(attributes).map(([keyword, value]) => element(keyword, value));
}

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
  return writeDicom(elements(present));
}

export function instanceOf(bytes: Uint8Array, name: string): DicomInstance {
  const source: ByteSource = memorySource(name, bytes);
  return describeInstance(parseDicom(bytes, { name }), source);
}
