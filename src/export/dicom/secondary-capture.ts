/**
 * Pictures without DICOM identifiers (JPEG, PNG, NIfTI, PDF, slides) as Secondary Capture objects, so that a structured report has
 * something to refer to: one image (SOP class 7) for a picture, page or thumbnail, one multi-frame (7.2) for the slices of a volume.
 */
import type { Image } from "../../imaging/types.ts";
import type { Part } from "../../study/types.ts";
import { notForClinicalUse } from "../../task/result.ts";
import { displayRange, showPart, showSlice } from "../display.ts";
import { derivedUid } from "../identifier.ts";
import { product } from "../product.ts";
import { type DicomFile, dicomInstant, encodeDicom, shortText } from "./file.ts";
import type { Header } from "./header.ts";

const secondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
const multiFrameGreyByte = "1.2.840.10008.5.1.4.1.1.7.2";

export interface Captured {
  readonly file: DicomFile;
  /** Slice, page or image (0) of the part -> frame number from 1; undefined for a single image. */
  readonly frames: ReadonlyMap<number, number | undefined>;
  /** Pixels of the capture per source pixel. */
  readonly scale: number;
}

export const captureSeriesUid = (part: Part): string => derivedUid("capture-series", part.origin.sha256);

/** @param indices the slices or pages to keep, ascending. */
export async function capturePart(
  part: Part,
  indices: readonly number[],
  seriesNumber: number,
  header: Header,
  at: Date,
): Promise<Captured[]> {
  if (part.kind === "volume") return [await captureVolume(part, indices, seriesNumber, header, at)];
  const captured: Captured[] = [];
  for (const index of part.kind === "document" ? indices : [0]) {
    const { image, scale } = await showPart(part, index);
    const pixels = withoutAlpha(image);
    const grey = pixels.channels === 1;
    const file = await encodeDicom({
      ...common(part, seriesNumber, captured.length + 1, header, at),
      SOPClassUID: secondaryCapture,
      SOPInstanceUID: derivedUid("capture", part.origin.sha256, String(index)),
      SamplesPerPixel: pixels.channels,
      PhotometricInterpretation: grey ? "MONOCHROME2" : "RGB",
      ...(grey ? {} : { PlanarConfiguration: 0 }),
      Rows: pixels.height,
      Columns: pixels.width,
      ...eightBits,
      PixelData: evenBuffer(pixels.data),
    });
    captured.push({ file, frames: new Map([[index, undefined]]), scale });
  }
  return captured;
}

async function captureVolume(
  part: Part & { kind: "volume" },
  indices: readonly number[],
  seriesNumber: number,
  header: Header,
  at: Date,
): Promise<Captured> {
  const [, height, width] = part.volume.shape;
  const range = displayRange(part.volume);
  const pixels = new Uint8Array(indices.length * width * height);
  indices.forEach((z, i) => {
    pixels.set(showSlice(part.volume, z, range).data, i * width * height);
  });
  const many = indices.length > 1;
  const file = await encodeDicom({
    ...common(part, seriesNumber, 1, header, at),
    SOPClassUID: multiFrameGreyByte,
    SOPInstanceUID: derivedUid("capture", part.origin.sha256, indices.join()),
    BurnedInAnnotation: "NO",
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    PresentationLUTShape: "IDENTITY",
    RescaleIntercept: 0,
    RescaleSlope: 1,
    RescaleType: "US",
    NumberOfFrames: indices.length,
    ...(many && { FrameIncrementPointer: 0x00182001, PageNumberVector: indices.map((z) => z + 1) }),
    Rows: height,
    Columns: width,
    ...eightBits,
    PixelData: evenBuffer(pixels),
  });
  return { file, frames: new Map(indices.map((z, i) => [z, many ? i + 1 : undefined])), scale: 1 };
}

const eightBits = { BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0 };

function common(part: Part, seriesNumber: number, instanceNumber: number, header: Header, at: Date) {
  const { date, time, offset } = dicomInstant(at);
  const lossy = part.origin.files.some((file) => /\.jpe?g$/i.test(file));
  return {
    ...header.dataSet,
    Modality: "OT",
    Laterality: "",
    SeriesInstanceUID: captureSeriesUid(part),
    SeriesNumber: seriesNumber,
    SeriesDescription: shortText(part.label),
    InstanceNumber: instanceNumber,
    ConversionType: "WSD",
    ImageType: ["DERIVED", "SECONDARY"],
    PatientOrientation: "",
    ContentDate: date,
    ContentTime: time,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    TimezoneOffsetFromUTC: offset,
    SecondaryCaptureDeviceManufacturer: product.name,
    SecondaryCaptureDeviceSoftwareVersions: product.version,
    DateOfSecondaryCapture: date,
    TimeOfSecondaryCapture: time,
    ImageComments: notForClinicalUse,
    ...(lossy && { LossyImageCompression: "01" }),
  };
}

/** Drops an alpha channel over white. */
function withoutAlpha(image: Image): Image {
  if (image.channels !== 4) return image;
  const data = new Uint8Array(image.width * image.height * 3);
  for (let i = 0, j = 0; i < image.data.length; i += 4, j += 3) {
    const alpha = image.data[i + 3] / 255;
    for (let c = 0; c < 3; c++) data[j + c] = Math.round(image.data[i + c] * alpha + 255 * (1 - alpha));
  }
  return { ...image, channels: 3, data };
}

/** Pixel data has an even number of bytes. */
function evenBuffer(data: Uint8Array): ArrayBuffer {
  const even = new Uint8Array(data.length + (data.length % 2));
  even.set(data);
  return even.buffer;
}
