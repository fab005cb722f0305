/** Transfer syntaxes (PS3.5 section 10, PS3.6 table A-1) and how each one's data set and pixels are encoded. */
import { PolyclinicError } from "../../../base/errors.ts";

/** `unstated`: compressed, but the codec can be determined only from the frames. */
export type PixelCodec = "native" | "rle" | "jpeg" | "jpeg-ls" | "jpeg-2000" | "htj2k" | "unstated";

export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  readonly implicit: boolean;
  readonly bigEndian: boolean;
  readonly deflated: boolean;
  readonly codec: PixelCodec;
}

const encapsulated = (uid: string, name: string, codec: PixelCodec): TransferSyntax => ({
  uid,
  name,
  implicit: false,
  bigEndian: false,
  deflated: false,
  codec,
});

export const implicitLittleEndian = "1.2.840.10008.1.2";
export const explicitLittleEndian = "1.2.840.10008.1.2.1";
export const explicitBigEndian = "1.2.840.10008.1.2.2";
export const encapsulatedUncompressed = "1.2.840.10008.1.2.1.98";

const native = (uid: string, name: string, set: Partial<TransferSyntax>): TransferSyntax => ({
  ...encapsulated(uid, name, "native"),
  ...set,
});

const table: readonly TransferSyntax[] = [
  native(implicitLittleEndian, "Implicit VR Little Endian", { implicit: true }),
  native(explicitLittleEndian, "Explicit VR Little Endian", {}),
  native(encapsulatedUncompressed, "Encapsulated Uncompressed Explicit VR Little Endian", {}),
  native("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", { deflated: true }),
  native(explicitBigEndian, "Explicit VR Big Endian", { bigEndian: true }),
  encapsulated("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", "jpeg"),
  encapsulated("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 and 4)", "jpeg"),
  encapsulated("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection (Process 6 and 8)", "jpeg"),
  encapsulated("1.2.840.10008.1.2.4.55", "JPEG Full Progression (Process 10 and 12)", "jpeg"),
  encapsulated("1.2.840.10008.1.2.4.57", "JPEG Lossless (Process 14)", "jpeg"),
  encapsulated("1.2.840.10008.1.2.4.70", "JPEG Lossless, First-Order Prediction (Process 14, SV1)", "jpeg"),
  encapsulated("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", "jpeg-ls"),
  encapsulated("1.2.840.10008.1.2.4.81", "JPEG-LS Near-Lossless", "jpeg-ls"),
  encapsulated("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", "jpeg-2000"),
  encapsulated("1.2.840.10008.1.2.4.91", "JPEG 2000", "jpeg-2000"),
  encapsulated("1.2.840.10008.1.2.4.201", "HTJ2K Lossless", "htj2k"),
  encapsulated("1.2.840.10008.1.2.4.202", "HTJ2K Lossless RPCL", "htj2k"),
  encapsulated("1.2.840.10008.1.2.4.203", "HTJ2K", "htj2k"),
  encapsulated("1.2.840.10008.1.2.5", "RLE Lossless", "rle"),
];

const byUid = new Map(table.map((syntax) => [syntax.uid, syntax]));

/** The syntaxes Polyclinic can decode. */
export const transferSyntaxes: readonly TransferSyntax[] = table;

/** Syntaxes that cannot be decoded, by the part of their UID after 1.2.840.10008.1.2, and what to do about them. */
const unreadable: readonly (readonly [rest: RegExp, name: string, hint: string])[] = [
  [
    /^4\.(94|95|204|205)$/,
    "JPIP",
    "The pixel data is on a server, not in the file: request the complete image from the archive.",
  ],
  [/^4\.10[0-8](\.1)?$/, "video", "Extract single frames from the video and open those as images."],
  [/^7\./, "a video stream", "Extract single frames from the video and open those as images."],
  [/^6\./, "no image", "The file is a message of another standard with a DICOM header; leave it out."],
];

/**
 * @throws PolyclinicError `dicom/transfer-syntax` for a syntax that cannot be read at all (video, JPIP, private ones).
 */
export function transferSyntaxOf(uid: string, where: string): TransferSyntax {
  const syntax = byUid.get(uid);
  if (syntax !== undefined) return syntax;
  const rest = uid.startsWith("1.2.840.10008.1.2.") ? uid.slice("1.2.840.10008.1.2.".length) : "";
  const known = unreadable.find(([pattern]) => pattern.test(rest));
  throw new PolyclinicError("dicom/transfer-syntax", "this transfer syntax cannot be read", {
    where,
    expected: "uncompressed, RLE, JPEG, JPEG-LS, JPEG 2000 or HTJ2K",
    found: known === undefined ? uid : `${uid} (${known[1]})`,
    hint:
      known?.[2] ??
      "Transcode the file to Explicit VR Little Endian (for instance with dcmconv or gdcmconv) and try again.",
  });
}
