/**
 * Detects the type of a file from its content; names and extensions are ignored. The signatures are those of the formats'
 * specifications; for a compressed file, the decompressed beginning is examined.
 */
import { gunzipSync } from "../../base/host/inflate.ts";
import { toLatin1 } from "../../base/host/octets.ts";
// Imported from its own file: the index of `imaging/` would load the DICOM reader for every photograph.
import { cmsEnvelope } from "../../imaging/dicom/parse/encrypted.ts";
import { isHeic, photoFormat } from "../../imaging/photo/format.ts";
import { type VideoFormat, videoFormat } from "../../imaging/video/format.ts";
import { isEcgCsv } from "../../signals/files/csv.ts";
import { isHl7Ecg } from "../../signals/files/hl7-ecg.ts";
import { isWfdbHeader } from "../../signals/files/wfdb-header.ts";
import { isScpEcg } from "../../signals/scp/sections.ts";
import { isSubtitles } from "./video/subtitles.ts";

export type FileKind =
  | { readonly kind: "dicom" | "nifti" | "photo" | "tiff" | "pdf" | "zip" | "record" | "text" | "subtitles" | "empty" }
  | { readonly kind: "video"; readonly format: VideoFormat }
  | { readonly kind: "signals"; readonly format: "wfdb" | "scp" | "csv" | "aecg" }
  /** Recognised, but not supported as a part; `reason` says what it is and what to do. */
  | { readonly kind: "other"; readonly reason: string };

/** Number of bytes that `recognise` needs. */
export const headBytes = 4096;

/** @param head the first `headBytes` bytes of the file, fewer when it is shorter. */
export function recognise(head: Uint8Array): FileKind {
  if (head.length === 0) return { kind: "empty" };
  if (text(head, 128, 4) === "DICM") return { kind: "dicom" };
  // An encrypted DICOM file: its reader reports what to do.
  if (cmsEnvelope(head) !== undefined) return { kind: "dicom" };
  if (isNiftiHeader(head)) return { kind: "nifti" };
  if (head[0] === 0x1f && head[1] === 0x8b) return recogniseGzip(head);
  if (starts(head, [0x89, 0x50, 0x4e, 0x47]) || starts(head, [0xff, 0xd8, 0xff]) || text(head, 0, 3) === "GIF") {
    return { kind: "photo" };
  }
  if (isScpEcg(head)) return { kind: "signals", format: "scp" };
  if (text(head, 0, 4) === "RIFF" && text(head, 8, 4) === "WEBP") return { kind: "photo" };
  // Including HEIC, whose reader explains how to convert it.
  if (photoFormat(head) === "avif" || isHeic(head)) return { kind: "photo" };
  const film = videoFormat(head);
  if (film !== undefined) return { kind: "video", format: film };
  if (isTiff(head)) return { kind: "tiff" };
  if (text(head, 0, 1024).includes("%PDF-")) return { kind: "pdf" };
  if (starts(head, [0x50, 0x4b, 3, 4]) || starts(head, [0x50, 0x4b, 5, 6])) return { kind: "zip" };
  const known = otherMarks.find(({ at, mark }) => text(head, at, mark.length) === mark);
  if (known) return { kind: "other", reason: known.reason };
  const other = otherData(head);
  if (other !== undefined) return { kind: "other", reason: other };
  if (looksLikeBareDicom(head)) return { kind: "dicom" };
  const start = text(head, 0, 256)
    .replace(/^\ufeff/, "")
    .trimStart();
  if (start.startsWith("{") || start.startsWith("[")) {
    if (text(head, 0, headBytes).includes('"resourceType"')) return { kind: "record" };
    return { kind: "other", reason: "JSON text, neither an image nor a FHIR record" };
  }
  if (start.startsWith("<") && /<(?:\w+:)?ClinicalDocument[\s>]/.test(text(head, 0, headBytes)))
    return { kind: "record" };
  if (start.startsWith("<") && isHl7Ecg(text(head, 0, headBytes))) return { kind: "signals", format: "aecg" };
  // HL7 v2: a message, or a file or batch of them.
  if (/^(?:MSH|FHS|BHS)\|/.test(start)) return { kind: "record" };
  if (start.startsWith("<")) return { kind: "other", reason: "XML or HTML text, not an image" };
  if (isPlainText(head)) {
    const whole = text(head, 0, headBytes).replace(/^\xef\xbb\xbf/, "");
    if (isWfdbHeader(whole)) return { kind: "signals", format: "wfdb" };
    if (isSubtitles(whole)) return { kind: "subtitles" };
    return isEcgCsv(whole) ? { kind: "signals", format: "csv" } : { kind: "text" };
  }
  const control = controlInText(head);
  if (control !== undefined) return { kind: "other", reason: control };
  return {
    kind: "other",
    reason:
      "not a supported format (DICOM, NIfTI, TIFF and SVS slides, JPEG, PNG, WebP, AVIF, PDF, MP4, WFDB, SCP-ECG, HL7 aECG, zip)",
  };
}

const otherMarks: readonly { at: number; mark: string; reason: string }[] = [
  { at: 0, mark: "NRRD", reason: "an NRRD volume: convert it to NIfTI first" },
  { at: 0, mark: "ObjectType = Image", reason: "a MetaImage volume: convert it to NIfTI first" },
  { at: 0, mark: "ZISRAWFILE", reason: "a Zeiss CZI slide: export it as tiled TIFF or DICOM first" },
  { at: 0, mark: "\x89HDF", reason: "an HDF5 or MINC file: convert it to NIfTI first" },
  { at: 0, mark: "BM", reason: "a BMP image: save it as PNG first" },
  { at: 4, mark: "jP  ", reason: "a JPEG 2000 image outside DICOM: save it as PNG or convert it to DICOM first" },
  { at: 0, mark: "7z\xbc\xaf", reason: "a 7z archive: extract it or repack it as zip" },
  { at: 0, mark: "Rar!", reason: "a RAR archive: extract it or repack it as zip" },
  { at: 257, mark: "ustar", reason: "a tar archive: extract it or repack it as zip" },
];

/** Data that have commands of their own (ARCHITECTURE.md says why they are no parts of a study); the reason names the command. */
function otherData(head: Uint8Array): string | undefined {
  if (text(head, 0, 16) === "##fileformat=VCF")
    return "genotypes (VCF), which no model is asked about: polyclinic prs score FILE --weights SCORE gives polygenic scores with their match report, prs view draws them";
  if (starts(head, [0x6c, 0x1b, 0x01]))
    return "genotypes (PLINK BED), which no model is asked about: polyclinic prs score FILE --weights SCORE gives polygenic scores with their match report";
  if (text(head, 0, 4) === "BAM\x01" || /^@HD\tVN:\d/.test(text(head, 0, 16)))
    return "aligned reads (SAM or BAM): polyclinic pileup FILE --reference GENOME --variant CHR:POS:REF:ALT counts and draws those over a variant";
  if (/^(?:[^\n]*\n){3}[ \d]{6}[^\n]*V[23]000\s/.test(text(head, 0, 1024)))
    return "molecules (mol or SD file): polyclinic tx predict FILE --task NAME predicts a property of each (polyclinic tx tasks lists them), tx ask --tools lets a chat model reason about one";
  return undefined;
}

function recogniseGzip(head: Uint8Array): FileKind {
  try {
    const start = gunzipSync(head, {
      finishFlush: 2 /* Z_SYNC_FLUSH: accepts truncated input */,
      maxOutputLength: 8 << 20,
    });
    if (isNiftiHeader(start)) return { kind: "nifti" };
    if (text(start, 257, 5) === "ustar") return { kind: "other", reason: "a compressed tar archive: extract it first" };
    const other = otherData(start);
    if (other !== undefined) return { kind: "other", reason: other };
  } catch {
    return { kind: "other", reason: "a gzip file that cannot be decompressed: it is damaged or truncated" };
  }
  return { kind: "other", reason: "a gzip file that does not contain a NIfTI volume: decompress it first" };
}

/** NIfTI-1 (348 bytes, magic at 344) and NIfTI-2 (540 bytes, magic at 4), in either byte order. */
function isNiftiHeader(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const size = [view.getInt32(0, true), view.getInt32(0, false)];
  if (size.includes(348)) return head.length < 348 || ["n+1\0", "ni1\0"].includes(text(head, 344, 4));
  return size.includes(540) && ["n+2\0", "ni2\0"].includes(text(head, 4, 4));
}

function isTiff(head: Uint8Array): boolean {
  const mark = text(head, 0, 4);
  return ["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(mark);
}

/** A data set without preamble: an element of group 0002 or 0008 first, with a known VR or a length that fits. */
function looksLikeBareDicom(head: Uint8Array): boolean {
  if (head.length < 16) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (const little of [true, false]) {
    const group = view.getUint16(0, little);
    const element = view.getUint16(2, little);
    if (group !== 0x0002 && group !== 0x0008) continue;
    if (element > 0x2000) continue;
    if (/^(AE|AS|AT|CS|DA|DS|DT|FD|FL|IS|LO|LT|OB|OW|PN|SH|SL|SQ|SS|ST|TM|UI|UL|UN|US|UT)$/.test(text(head, 4, 2)))
      return true;
    if (view.getUint32(4, little) <= 1024) return true;
  }
  return false;
}

/** A text that a control character makes unreadable, with the character: 95 % of such a file is printable. */
function controlInText(head: Uint8Array): string | undefined {
  const start = head.subarray(0, 512);
  const controls = [...start].filter((byte) => byte < 9 || (byte > 13 && byte < 32) || byte === 127).length;
  const at = start.findIndex((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27));
  if (at < 0 || start.includes(0) || start.length < 20 || controls > 0.05 * start.length) return undefined;
  if (start.some((byte) => byte > 127) && !isUtf8(start)) return undefined;
  return `text with a control character (0x${start[at].toString(16).padStart(2, "0")} at byte ${at}): remove it and save the file as UTF-8`;
}

/** The last character may be cut. */
function isUtf8(bytes: Uint8Array): boolean {
  return !new TextDecoder().decode(bytes).slice(0, -1).includes("\ufffd");
}

function isPlainText(head: Uint8Array): boolean {
  return !head.subarray(0, 512).some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27));
}

function starts(head: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, i) => head[i] === byte);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return toLatin1(bytes.subarray(at, at + length));
}

const patientUrl = /^(https?:\/\/\S+?)\/Patient\/([A-Za-z0-9\-.]{1,64})(?:\/\$everything)?\/?$/;

/** The server and the patient that an input names (`https://host/fhir/Patient/123`); undefined for every other input. */
export function patientOfUrl(input: unknown): { base: string; patient: string } | undefined {
  const [, base, patient] = (typeof input === "string" && patientUrl.exec(input)) || [];
  return base === undefined ? undefined : { base, patient };
}
