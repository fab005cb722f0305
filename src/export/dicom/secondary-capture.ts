/**
 * Images without DICOM identifiers (JPEG, PNG, NIfTI, PDF, slides) as Secondary Capture objects, so that a structured report has
 * something to refer to: one image (SOP class 7) for an image, page or thumbnail, one multi-frame (7.2) for the slices of a volume.
 */
import type { Image } from "../../imaging/types.ts";
import type { Part, PicturedPart, VolumePart } from "../../study/types.ts";
import { notForClinicalUse } from "../../task/result.ts";
import { showPart, showVolume, thumbnailOf } from "../display.ts";
import { derivedUid } from "../identifier.ts";
import { product } from "../product.ts";
import { type DicomFile, dicomInstant, encodeDicom, shortText } from "./file.ts";
import type { Header } from "./header.ts";

const secondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
const multiFrameGreyByte = "1.2.840.10008.5.1.4.1.1.7.2";

/** A capture as others refer to it; its file is made on demand. */
export interface Capture {
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  /** Slice, page or image (0) of the part -> frame number from 1; undefined for a single image. */
  readonly frames: ReadonlyMap<number, number | undefined>;
  /** Source pixels of a slice or page to pixels of the capture. */
  place(x: number, y: number, index: number): readonly [x: number, y: number];
  encode(): Promise<DicomFile>;
}

export const captureSeriesUid = (part: Part): string => derivedUid("capture-series", part.origin.sha256);

/**
 * @param indices the slices or pages to include, ascending.
 * @param reformatted whether slice numbers refer to the axial stack reformatted from the volume.
 */
export function capturesOf(
  part: PicturedPart,
  indices: readonly number[],
  reformatted: boolean,
  seriesNumber: number,
  header: Header,
  at: Date,
): Capture[] {
  if (part.kind === "volume") return [volumeCapture(part, indices, reformatted, seriesNumber, header, at)];
  const scale = part.kind === "slide" ? thumbnailOf(part.slide).scale : 1;
  const place = (x: number, y: number) => [x * scale, y * scale] as const;
  return (part.kind === "document" ? indices : [0]).map((index, i) => {
    const sopInstanceUID = derivedUid("capture", part.origin.sha256, String(index));
    const encode = async () => {
      const pixels = withoutAlpha((await showPart(part, index)).image);
      const grey = pixels.channels === 1;
      return encodeDicom({
        ...common(part, seriesNumber, i + 1, header, at),
        SOPClassUID: secondaryCapture,
        SOPInstanceUID: sopInstanceUID,
        SamplesPerPixel: pixels.channels,
        PhotometricInterpretation: grey ? "MONOCHROME2" : "RGB",
        ...(grey ? {} : { PlanarConfiguration: 0 }),
        Rows: pixels.height,
        Columns: pixels.width,
        ...eightBits,
        PixelData: pixels.data,
      });
    };
    return { sopClassUID: secondaryCapture, sopInstanceUID, frames: new Map([[index, undefined]]), place, encode };
  });
}

function volumeCapture(
  part: VolumePart,
  indices: readonly number[],
  reformatted: boolean,
  seriesNumber: number,
  header: Header,
  at: Date,
): Capture {
  const { width, height, ...shown } = showVolume(part, reformatted);
  const many = indices.length > 1;
  const sopInstanceUID = derivedUid("capture", part.origin.sha256, String(reformatted), indices.join());
  const encode = async () => {
    const pixels = new Uint8Array(indices.length * width * height);
    indices.forEach((slice, i) => {
      pixels.set(shown.pixels(shown.indexOf(slice)), i * width * height);
    });
    return encodeDicom({
      ...common(part, seriesNumber, 1, header, at),
      SOPClassUID: multiFrameGreyByte,
      SOPInstanceUID: sopInstanceUID,
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
      PixelData: pixels,
    });
  };
  const frames = new Map(indices.map((z, i) => [z, many ? i + 1 : undefined]));
  return { sopClassUID: multiFrameGreyByte, sopInstanceUID, frames, place: shown.place, encode };
}

const eightBits = { BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0 };

function common(part: Part, seriesNumber: number, instanceNumber: number, header: Header, at: Date) {
  const { date, time, offset } = dicomInstant(at);
  const lossy = part.origin.files.some((file) => /\.jpe?g$/i.test(file));
  return {
    ...header.dataSet,
    Modality: "OT",
    // Type 2C: empty means that laterality is unknown.
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

/** Composites an alpha channel on white. */
function withoutAlpha(image: Image): Image {
  if (image.channels !== 4) return image;
  const data = new Uint8Array(image.width * image.height * 3);
  for (let i = 0, j = 0; i < image.data.length; i += 4, j += 3) {
    const alpha = image.data[i + 3] / 255;
    for (let c = 0; c < 3; c++) data[j + c] = Math.round(image.data[i + c] * alpha + 255 * (1 - alpha));
  }
  return { ...image, channels: 3, data };
}
