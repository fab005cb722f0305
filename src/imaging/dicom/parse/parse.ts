/**
 * Parses the element stream of a DICOM file (PS3.5 section 7, PS3.10 section 7): with or without preamble and file meta
 * information; implicit or explicit VR, either byte order, deflated; nested sequences and undefined lengths.
 *
 * Written here instead of using a library, because every deviation from the standard must become a warning or an error
 * that names file and tag, and because the headers of hundreds of slices are read before the first pixel.
 */

import { PolyclinicError } from "../../../base/errors.ts";
import { inflateRawSync } from "../../../base/host/inflate.ts";
import { budgetOf, defaultLimits, type Limits, type Warning } from "../../types.ts";
import { DataSet } from "./data-set.ts";
import { readDataSet } from "./elements.ts";
import { refuseEnvelope } from "./encrypted.ts";
import {
  explicitBigEndian,
  explicitLittleEndian,
  implicitLittleEndian,
  type TransferSyntax,
  transferSyntaxOf,
} from "./transfer-syntax.ts";

export interface ParseOptions {
  /** The file's name, for messages. */
  readonly name?: string;
  readonly limits?: Partial<Limits>;
  /**
   * `bytes` is only the beginning of a file of this size: pixel data may lie beyond it (a header cut off before that still
   * throws `dicom/truncated`).
   */
  readonly fileSize?: number;
}

/** A parsed file. Values are views of `dataset.bytes`, which is the file itself unless it was deflated. */
export interface DicomFile {
  readonly name: string;
  readonly meta: DataSet;
  readonly dataset: DataSet;
  readonly transferSyntax: TransferSyntax;
  readonly warnings: readonly Warning[];
}

/** Whether bytes begin like a DICOM file: with `DICM` after the preamble, or with elements of group 2 or 8. */
export function isDicom(bytes: Uint8Array): boolean {
  return findStart(bytes) !== undefined;
}

interface Start {
  offset: number;
  /** Whether the file begins with file meta information (always explicit little endian). */
  meta: boolean;
}

function findStart(bytes: Uint8Array): Start | undefined {
  const magic = (at: number) =>
    bytes[at] === 0x44 && bytes[at + 1] === 0x49 && bytes[at + 2] === 0x43 && bytes[at + 3] === 0x4d;
  if (bytes.length >= 132 && magic(128)) return { offset: 132, meta: true };
  if (magic(0)) return { offset: 4, meta: true };
  if (bytes.length < 8) return undefined;
  const encoding = sniff(bytes, 0);
  if (encoding === undefined) return undefined;
  const group = encoding.bigEndian ? (bytes[0] << 8) | bytes[1] : bytes[0] | (bytes[1] << 8);
  if (group === 2 && !encoding.bigEndian) return { offset: 0, meta: true };
  return group === 8 ? { offset: 0, meta: false } : undefined;
}

/** Guesses the encoding of the element at `offset` from its bytes; undefined when it looks like none. */
function sniff(bytes: Uint8Array, offset: number): { implicit: boolean; bigEndian: boolean } | undefined {
  if (offset + 8 > bytes.length) return undefined;
  const group = bytes[offset] | (bytes[offset + 1] << 8);
  // The first group number is small, so the zero byte tells the byte order.
  const bigEndian = group > 0xff && bytes[offset] === 0;
  const swapped = bigEndian ? bytes[offset + 1] : group;
  if (swapped === 0 || swapped > 0x90) return undefined;
  if (isUpper(bytes[offset + 4]) && isUpper(bytes[offset + 5])) return { implicit: false, bigEndian };
  const length = bigEndian
    ? ((bytes[offset + 4] << 24) | (bytes[offset + 5] << 16) | (bytes[offset + 6] << 8) | bytes[offset + 7]) >>> 0
    : ((bytes[offset + 7] << 24) | (bytes[offset + 6] << 16) | (bytes[offset + 5] << 8) | bytes[offset + 4]) >>> 0;
  return length <= 0xffff || length === 0xffffffff ? { implicit: true, bigEndian } : undefined;
}

const isUpper = (byte: number) => byte >= 0x41 && byte <= 0x5a;

/**
 * Parses a whole file, or its beginning up to the pixel data.
 *
 * Throws `dicom/not-dicom`, `dicom/encrypted`, `dicom/truncated`, `dicom/transfer-syntax`, `dicom/deflate`, `dicom/bomb`, `dicom/nesting` or
 * `dicom/malformed`, each with the file and the tag.
 */
export function parseDicom(file: Uint8Array, options: ParseOptions = {}): DicomFile {
  // A plain Uint8Array: the slice() of a Node Buffer is a view.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.length);
  const name = options.name ?? "DICOM data";
  const limits = { ...defaultLimits, ...options.limits };
  const warnings: Warning[] = [];
  if (bytes.length === 0) throw new PolyclinicError("dicom/empty", "the file is empty", { where: name });
  const start = findStart(bytes);
  if (start === undefined) refuseEnvelope(bytes, name);
  if (start === undefined)
    throw new PolyclinicError("dicom/not-dicom", "this is not a DICOM file", {
      where: name,
      expected: "DICM after 128 bytes, or a data set that begins with group 0002 or 0008",
      hint: "Check the file type; a data set without file meta information must begin with group 0008.",
    });
  const whole = options.fileSize === undefined || options.fileSize <= bytes.length;
  let meta = new DataSet(bytes, false, true);
  let offset = start.offset;
  if (start.meta) {
    const encoding = sniff(bytes, offset);
    const implicit = encoding?.implicit ?? false;
    if (implicit)
      warnings.push({
        code: "dicom/implicit-meta",
        message: "the file meta information is encoded as implicit VR",
        where: name,
      });
    const read = readDataSet(bytes, offset, { name, implicit, bigEndian: false, stopAfterGroup: 2, whole });
    meta = read.dataset;
    offset = read.end;
  }
  const { syntax, guessed } = decideSyntax(meta, bytes, offset, name);
  if (guessed !== undefined) warnings.push({ code: "dicom/guessed-syntax", message: guessed, where: name });
  let body = bytes;
  if (syntax.deflated) {
    body = inflate(bytes.subarray(offset), name, limits, whole);
    offset = 0;
  }
  let { implicit, bigEndian } = syntax;
  const seen = sniff(body, offset);
  if (seen !== undefined && (seen.implicit !== implicit || seen.bigEndian !== bigEndian)) {
    warnings.push({
      code: "dicom/wrong-syntax",
      message: `the data set is ${describe(seen)}, the header states ${describe(syntax)}; it is read as found`,
      where: name,
    });
    ({ implicit, bigEndian } = seen);
  }
  const { dataset, notes } = readDataSet(body, offset, { name, implicit, bigEndian, whole: whole || syntax.deflated });
  for (const message of notes) warnings.push({ code: "dicom/malformed", message, where: name });
  const unknown = dataset.charset.unknown;
  if (unknown.length > 0)
    warnings.push({
      code: "dicom/charset",
      message: `unknown character set ${unknown.join(", ")}, so text is read as Latin-1`,
      where: name,
    });
  return { name, meta, dataset, transferSyntax: { ...syntax, implicit, bigEndian }, warnings };
}

const describe = (encoding: { implicit: boolean; bigEndian: boolean }) =>
  `${encoding.implicit ? "implicit" : "explicit"} VR ${encoding.bigEndian ? "big" : "little"} endian`;

function decideSyntax(
  meta: DataSet,
  bytes: Uint8Array,
  offset: number,
  name: string,
): { syntax: TransferSyntax; guessed?: string } {
  const uid = meta.string("TransferSyntaxUID");
  if (uid !== undefined) return { syntax: transferSyntaxOf(uid, name) };
  const seen = sniff(bytes, offset) ?? { implicit: true, bigEndian: false };
  const guess = seen.implicit ? implicitLittleEndian : seen.bigEndian ? explicitBigEndian : explicitLittleEndian;
  return {
    syntax: { ...transferSyntaxOf(guess, name), ...seen },
    guessed: `no transfer syntax is stated; the data set looks like ${describe(seen)}`,
  };
}

function inflate(packed: Uint8Array, name: string, limits: Limits, whole: boolean): Uint8Array {
  const budget = budgetOf(limits, packed.length);
  const byRatio = Math.max(1 << 20, packed.length * limits.maxRatio);
  const most = Math.min(limits.maxBytes, byRatio, budget.most, 2 ** 31);
  if (!whole)
    throw new PolyclinicError("dicom/truncated", "a deflated data set must be read completely", { where: name });
  try {
    const unpacked = inflateRawSync(packed, { maxOutputLength: most });
    budget.take(unpacked.length, name, "the deflated data set");
    return unpacked;
  } catch (cause) {
    if (PolyclinicError.is(cause)) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ERR_BUFFER_TOO_LARGE")
      throw new PolyclinicError("dicom/bomb", "the deflated data set is too large when decompressed", {
        where: name,
        expected: `at most ${most} bytes${most === byRatio ? ` (${limits.maxRatio} times its compressed size)` : ""}`,
        hint: "If you trust the file, raise limits.maxRatio, limits.maxBytes or limits.maxMemory.",
        cause,
      });
    throw new PolyclinicError(
      code === "Z_BUF_ERROR" ? "dicom/truncated" : "dicom/deflate",
      "the deflated data set cannot be decompressed",
      { where: name, found: (cause as Error).message, hint: "The file is truncated or damaged: copy it again.", cause },
    );
  }
}
