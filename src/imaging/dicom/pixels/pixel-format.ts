/** The layout of a data set's pixels (PS3.3 C.7.6.3, C.7.6.6), validated before anything is allocated. */
import { PolyclinicError } from "../../../base/errors.ts";
import { defaultLimits, type Limits } from "../../types.ts";
import { tagName, tagOf } from "../parse/dictionary.ts";
import { encryptedPixels } from "../parse/encrypted.ts";
import type { DicomFile } from "../parse/parse.ts";
import { encapsulatedUncompressed, type PixelCodec, type TransferSyntax } from "../parse/transfer-syntax.ts";

export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  /** 1, 8, 16, 32 or 64. */
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Native colour: planar configuration 1, all samples of one component before the next. */
  readonly planar: boolean;
  readonly photometric: string;
  readonly frames: number;
  /** Float or Double Float Pixel Data. */
  readonly float: boolean;
  readonly codec: PixelCodec;
  /** Native samples are big endian; `swapBytes` if 8-bit samples are stored in big-endian 16-bit words. */
  readonly bigEndian: boolean;
  readonly swapBytes: boolean;
}

export const pixelTagNames = ["PixelData", "FloatPixelData", "DoubleFloatPixelData"] as const;

/** The tag of a file's pixel data; undefined for reports, plans and other objects without pixels. */
export function pixelTagOf(file: DicomFile): number | undefined {
  return pixelTagNames.map(tagOf).find((tag) => file.dataset.elements.has(tag));
}

/**
 * @param note called when the pixels contradict the header, with how they are read instead.
 * @throws PolyclinicError `dicom/no-pixels`, `dicom/encrypted`, `dicom/pixel-format` or `dicom/bomb`.
 */
export function pixelFormatOf(
  file: DicomFile,
  settings: Partial<Limits> = {},
  note: (message: string) => void = () => {},
): PixelFormat {
  const { dataset, name, transferSyntax } = file;
  const limits = { ...defaultLimits, ...settings };
  const tag = pixelTagOf(file);
  if (tag === undefined && dataset.has("EncryptedAttributesSequence")) throw encryptedPixels(name);
  if (tag === undefined)
    throw new PolyclinicError("dicom/no-pixels", "the file has no pixel data", {
      where: name,
      found: `SOP class ${dataset.string("SOPClassUID") ?? "unknown"}`,
      hint: "Reports, plans and directories contain no image; leave the file out.",
    });
  const need = (keyword: string, good: (value: number) => boolean, expected: string, fallback?: number): number => {
    // An absent or empty value takes the default; an invalid number never does.
    const value = dataset.string(keyword) === undefined ? fallback : dataset.numbers(keyword)[0];
    if (value !== undefined && Number.isInteger(value) && good(value)) return value;
    throw new PolyclinicError("dicom/pixel-format", "the header's description of the pixel data is invalid", {
      where: `${name}: ${tagName(tagOf(keyword))}`,
      expected,
      found: value === undefined ? "nothing" : String(value),
      hint: "The header is incomplete or damaged; export the image again.",
    });
  };
  const element = dataset.element(tag)!;
  const codec = codecOf(transferSyntax, element.fragments !== undefined, note);
  const rows = need("Rows", (v) => v > 0, "a positive number");
  const columns = need("Columns", (v) => v > 0, "a positive number");
  const samplesPerPixel = need("SamplesPerPixel", (v) => v === 1 || v === 3 || v === 4, "1, 3 or 4", 1);
  const float = tag !== tagOf("PixelData");
  const floatBits = tag === tagOf("DoubleFloatPixelData") ? 64 : 32;
  const bitsAllocated = float
    ? floatBits
    : need("BitsAllocated", (v) => v === 1 || v === 8 || v === 16 || v === 32, "1, 8, 16 or 32");
  const bitsStored = float
    ? floatBits
    : need("BitsStored", (v) => v >= 1 && v <= bitsAllocated, `1 to ${bitsAllocated}`, bitsAllocated);
  const stated = dataset.number("HighBit");
  const highBit = stated !== undefined && stated >= bitsStored - 1 && stated < bitsAllocated ? stated : bitsStored - 1;
  const frames = need("NumberOfFrames", (v) => v >= 0, "a positive number", 1) || 1;
  if (rows * columns > limits.maxPixels || frames > limits.maxFrames)
    throw new PolyclinicError("dicom/bomb", "the image exceeds the size limits", {
      where: name,
      expected: `at most ${limits.maxPixels} pixels and ${limits.maxFrames} frames`,
      found: `${columns} x ${rows}, ${frames} frames`,
      hint: "If you trust the file, raise limits.maxPixels or limits.maxFrames.",
    });
  const pixels = rows * columns * frames;
  const storedSamples = codec === "native" ? (element.length * 8) / (pixels * bitsAllocated) : undefined;
  return {
    rows,
    columns,
    samplesPerPixel,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: !float && dataset.number("PixelRepresentation") === 1,
    planar: samplesPerPixel > 1 && dataset.number("PlanarConfiguration") === 1,
    photometric: photometricOf(file, samplesPerPixel, storedSamples, note),
    frames,
    float,
    codec,
    bigEndian: transferSyntax.bigEndian,
    swapBytes: transferSyntax.bigEndian && bitsAllocated === 8 && element.vr === "OW",
  };
}

/** The codec, when the transfer syntax and the form of the pixel data may contradict each other. */
function codecOf(syntax: TransferSyntax, inFragments: boolean, note: (message: string) => void): PixelCodec {
  if (!inFragments) {
    if (syntax.codec !== "native")
      note(
        `the transfer syntax is ${syntax.name}, but the pixel data is not compressed; it is read as uncompressed samples`,
      );
    return "native";
  }
  if (syntax.codec !== "native" || syntax.uid === encapsulatedUncompressed) return syntax.codec;
  note(`the transfer syntax is ${syntax.name}, but the pixel data is compressed; the codec of each frame is detected`);
  return "unstated";
}

const samplesByPhotometric: readonly (readonly [pattern: RegExp, samples: number])[] = [
  [/^(MONOCHROME[12]|PALETTE COLOR)$/, 1],
  [/^(RGB|HSV|YBR_\w+)$/, 3],
  [/^(ARGB|CMYK)$/, 4],
];

/**
 * PhotometricInterpretation, corrected if the number of samples or the length of native pixel data shows that it is
 * wrong.
 *
 * @param stored samples per pixel according to the length of native pixel data; undefined for compressed data.
 */
function photometricOf(
  { dataset, name }: DicomFile,
  samples: number,
  stored: number | undefined,
  note: (message: string) => void,
): string {
  const stated = dataset.string("PhotometricInterpretation")?.toUpperCase();
  if (stated === undefined && samples !== 4) return samples === 3 ? "RGB" : "MONOCHROME2";
  const needed = samplesByPhotometric.find(([pattern]) => pattern.test(stated ?? ""))?.[1];
  if (stated === undefined || (needed !== undefined && needed !== samples)) {
    if (samples === 1) {
      note(`PhotometricInterpretation is ${stated}, but there is one sample per pixel; it is read as MONOCHROME2`);
      return "MONOCHROME2";
    }
    throw new PolyclinicError(
      "dicom/pixel-format",
      "the number of samples does not match the photometric interpretation",
      {
        where: `${name}: ${tagName(tagOf("SamplesPerPixel"))}`,
        expected: needed === undefined ? "1 or 3" : `${needed} for ${stated}`,
        found: `${samples}`,
        hint: "The header is wrong; export the image again, as RGB or MONOCHROME2.",
      },
    );
  }
  if (samples !== 3 || stored === undefined) return stated;
  if (/_42[02]$/.test(stated) && stored >= 3) {
    note(`PhotometricInterpretation is ${stated}, but every pixel has three samples; it is read without subsampling`);
    return stated.startsWith("YBR_PARTIAL") ? "YBR_PARTIAL" : "YBR_FULL";
  }
  if (stated === "YBR_FULL" && stored < 3 && stored >= 2) {
    note("PhotometricInterpretation is YBR_FULL, but two pixels share their chrominance; it is read as YBR_FULL_422");
    return "YBR_FULL_422";
  }
  return stated;
}

/** Bits of one native frame, unpadded; bit-packed frames may start inside a byte. */
export function nativeFrameBits(format: PixelFormat): number {
  const pixels = format.rows * format.columns;
  // YBR_FULL_422 native: two luminances and one pair of chrominances for every two pixels.
  const samples = /_422$/.test(format.photometric) && format.samplesPerPixel === 3 ? 2 : format.samplesPerPixel;
  return pixels * samples * format.bitsAllocated;
}
