/** Reads headers of DICOM files from any byte source, without their pixels. */
import { PolyclinicError } from "../../../base/errors.ts";
import { type ByteSource, headOf, tooLarge } from "../../../bytes/index.ts";
import type { Warning } from "../../types.ts";
import { tagOf } from "./dictionary.ts";
import { readDataSet } from "./elements.ts";
import { type DicomFile, type ParseOptions, parseDicom } from "./parse.ts";
import { readTag } from "./words.ts";

/** Most headers end well before this; longer ones are read in growing steps. */
const firstRead = 1 << 13;
/** Maximum header length; a file whose header does not end by then is rejected without being read completely. */
const maxHeaderBytes = 2 ** 30;
/** Number of bytes after the pixel data that are examined. */
const tailRead = 1 << 16;

/**
 * Parses the header of a DICOM file, reading no more of the file than necessary. Pixel data is not read
 * (`locateFrames`). @throws PolyclinicError as `parseDicom`, `file/unreadable` and `limit/bytes`.
 */
export async function readDicomHeader(source: ByteSource, options: ParseOptions = {}): Promise<DicomFile> {
  for (let length = firstRead; ; length *= 8) {
    const whole = length >= source.size;
    if (!whole && length > maxHeaderBytes) throw tooLarge(source.name, source.size, maxHeaderBytes);
    const bytes = await headOf(source, length);
    try {
      const file = parseDicom(bytes, { name: source.name, ...options, fileSize: source.size });
      return whole ? file : await withTail(file, source);
    } catch (error) {
      if (whole || !PolyclinicError.is(error) || error.code !== "dicom/truncated") throw error;
    }
  }
}

/** Checks the bytes after native pixel data: elements there are ignored, anything else is a warning. */
async function withTail(file: DicomFile, source: ByteSource): Promise<DicomFile> {
  const { dataset, transferSyntax } = file;
  const pixels = dataset.element("PixelData");
  if (pixels === undefined || pixels.fragments !== undefined || transferSyntax.deflated) return file;
  const warnings = await tailWarnings(source, pixels.offset + pixels.length, transferSyntax);
  return warnings.length === 0 ? file : { ...file, warnings: [...file.warnings, ...warnings] };
}

/** @param end end of the pixel data. */
export async function tailWarnings(
  source: ByteSource,
  end: number,
  { implicit, bigEndian }: { implicit: boolean; bigEndian: boolean },
): Promise<Warning[]> {
  const left = source.size - end;
  if (left <= 0) return [];
  const bytes = await source.read(end, Math.min(left, tailRead));
  const warning = (message: string) => ({ code: "dicom/malformed", message, where: source.name });
  if (bytes.length === left) {
    const { notes } = readDataSet(bytes, 0, { name: source.name, implicit, bigEndian, whole: true, afterPixels: true });
    return notes.map(warning);
  }
  // Only the beginning of a long tail is examined, so an element that continues beyond it is not an error.
  if (readTag(bytes, 0, bigEndian) >= tagOf("PixelData") || bytes.every((byte) => byte === 0)) return [];
  return [warning(`${left} bytes after the pixel data are not DICOM elements and are ignored`)];
}
