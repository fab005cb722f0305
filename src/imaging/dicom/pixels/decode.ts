/**
 * Decodes one frame from its encoded bytes to sample values: unpacks, undoes byte order and planar configuration, masks
 * high bits and overlay bits, extends the sign. No colour conversion and no rescale: those are in `color.ts` and
 * `lut.ts`.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import { toHex } from "../../../base/host/octets.ts";
import { checkTileParts, readJ2kHeader, readJpegHeader, type StreamKind, streamKind } from "../codecs/codestream.ts";
import { codecError, type Picture, type Samples } from "../codecs/frame.ts";
import { decodeJpeg } from "../codecs/jpeg.ts";
import { decodeJpegLs } from "../codecs/jpeg-ls.ts";
import { decodeRle } from "../codecs/rle.ts";
import { decodeWasm } from "../codecs/wasm.ts";
import type { PixelFormat } from "./pixel-format.ts";

/** One decoded frame, `[rows, columns, samples]`. */
export interface DecodedFrame {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  /** Photometric interpretation of `data` after decoding: RGB if the codec has converted it. */
  readonly photometric: string;
  /** Number of significant bits of a value. */
  readonly bits: number;
  readonly data: Samples;
}

/**
 * @param encoded bytes from `readFrameBytes`.
 * @param bit position of a bit-packed frame in the first byte.
 * @param where the file, for messages.
 * @param note called when the frame contradicts the header, with how it is read instead.
 */
export async function decodeFrame(
  encoded: Uint8Array,
  format: PixelFormat,
  where: string,
  bit = 0,
  note: (message: string) => void = () => {},
): Promise<DecodedFrame> {
  try {
    if (format.codec === "native") return nativeFrame(encoded, format, where, bit);
    const kind = streamKind(encoded) ?? format.codec;
    if (kind === "unstated")
      throw new PolyclinicError("dicom/pixel-format", "the pixel data is compressed with an unknown codec", {
        where,
        expected: "JPEG, JPEG-LS, JPEG 2000 or RLE",
        found: `a frame that begins with ${toHex(encoded.subarray(0, 8)) || "nothing"}`,
        hint: "The transfer syntax in the header does not match the pixel data; get the file again from its source.",
      });
    if (kind !== format.codec && format.codec !== "unstated")
      note(
        `the transfer syntax states ${codecNames[format.codec as StreamKind]}, but the frames are ${codecNames[kind as StreamKind]}; they are decoded as what they are`,
      );
    if (kind === "rle") return rleFrame(encoded, format);
    return await pictureFrame(encoded, kind as Exclude<StreamKind, "rle">, format, where, note);
  } catch (error) {
    if (!PolyclinicError.is(error) || error.code !== "dicom/codec") throw error;
    throw new PolyclinicError(error.code, `${error.where}: ${error.summary}`, {
      where,
      found: error.found,
      hint: error.hint,
      cause: error,
    });
  }
}

const codecNames: Readonly<Record<StreamKind, string>> = {
  rle: "RLE",
  jpeg: "JPEG",
  "jpeg-ls": "JPEG-LS",
  "jpeg-2000": "JPEG 2000",
  htj2k: "HTJ2K",
};

function nativeFrame(encoded: Uint8Array, format: PixelFormat, where: string, bit: number): DecodedFrame {
  const { rows, columns, samplesPerPixel, bitsAllocated } = format;
  const subsampled = samplesPerPixel === 3 && /_422$/.test(format.photometric);
  const count = rows * columns * (subsampled ? 2 : samplesPerPixel);
  if (encoded.length * 8 < bit + count * bitsAllocated)
    throw new PolyclinicError("dicom/truncated", "the frame has fewer bytes than its pixels need", {
      where,
      expected: `${Math.ceil((count * bitsAllocated) / 8)} bytes`,
      found: `${encoded.length}`,
      hint: "The file is truncated or its Rows and Columns are wrong: copy it again from its source.",
    });
  if (bitsAllocated === 1) return frameOf(format, unpackBits(encoded, bit, count));
  const bytes = format.swapBytes ? swapped(encoded, 2).subarray(bit >> 3) : encoded;
  const raw = typed(bytes, count, format);
  if (subsampled) return frameOf(format, spread422(raw as Uint8Array, rows, columns));
  return frameOf(format, maskBits(format.planar ? interleave(raw, samplesPerPixel) : raw, format));
}

function frameOf(format: PixelFormat, data: Samples, photometric = format.photometric): DecodedFrame {
  const { rows, columns, samplesPerPixel, bitsStored } = format;
  return { rows, columns, samples: samplesPerPixel, photometric, bits: bitsStored, data };
}

function unpackBits(bytes: Uint8Array, bit: number, count: number): Uint8Array {
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = (bytes[(bit + i) >> 3] >> ((bit + i) & 7)) & 1;
  return out;
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i + size <= bytes.length; i += size)
    for (let j = 0; j < size; j++) out[i + j] = bytes[i + size - 1 - j];
  return out;
}

/** Native bytes as numbers in the machine's byte order; a view if aligned, otherwise a copy. */
function typed(bytes: Uint8Array, count: number, format: PixelFormat): Samples {
  const { bitsAllocated, signed, float, bigEndian } = format;
  const size = bitsAllocated / 8;
  let aligned = bytes;
  if (bigEndian && size > 1) aligned = swapped(bytes.subarray(0, count * size), size);
  else if (bytes.byteOffset % size !== 0) aligned = new Uint8Array(bytes.subarray(0, count * size));
  const { buffer, byteOffset } = aligned;
  if (float)
    return size === 8 ? new Float64Array(buffer, byteOffset, count) : new Float32Array(buffer, byteOffset, count);
  if (size === 1) return signed ? new Int8Array(buffer, byteOffset, count) : new Uint8Array(buffer, byteOffset, count);
  if (size === 2)
    return signed ? new Int16Array(buffer, byteOffset, count) : new Uint16Array(buffer, byteOffset, count);
  return signed ? new Int32Array(buffer, byteOffset, count) : new Uint32Array(buffer, byteOffset, count);
}

function interleave(planar: Samples, samples: number): Samples {
  const size = planar.length / samples;
  const out = new (planar.constructor as new (length: number) => Samples)(planar.length);
  for (let s = 0; s < samples; s++) for (let i = 0; i < size; i++) out[i * samples + s] = planar[s * size + i];
  return out;
}

/** Expands Y1 Y2 Cb Cr to two pixels Y Cb Cr; both pixels of a pair share the chrominance. */
function spread422(raw: Uint8Array, rows: number, columns: number): Uint8Array {
  const out = new Uint8Array(rows * columns * 3);
  for (let i = 0, o = 0; o < out.length; i += 4, o += 6) {
    out[o] = raw[i];
    out[o + 3] = raw[i + 1];
    out[o + 1] = out[o + 4] = raw[i + 2];
    out[o + 2] = out[o + 5] = raw[i + 3];
  }
  return out;
}

/** Keeps the stored bits (overlays may be above or below them) and extends the sign from the highest one. */
function maskBits(raw: Samples, { bitsAllocated, bitsStored, highBit, signed, float }: PixelFormat): Samples {
  if (float || (bitsStored === bitsAllocated && highBit === bitsAllocated - 1)) return raw;
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  const out = raw.slice();
  if (signed) for (let i = 0; i < raw.length; i++) out[i] = (raw[i] << up) >> down;
  else for (let i = 0; i < raw.length; i++) out[i] = (raw[i] << up) >>> down;
  return out;
}

function rleFrame(encoded: Uint8Array, format: PixelFormat): DecodedFrame {
  const { rows, columns, samplesPerPixel, bitsAllocated } = format;
  if (bitsAllocated === 1) {
    const packed = decodeRle(encoded, Math.ceil((rows * columns) / 8), 1, 1);
    return frameOf(format, unpackBits(packed, 0, rows * columns));
  }
  const bytes = decodeRle(encoded, rows * columns, samplesPerPixel, bitsAllocated / 8);
  const little = { ...format, bigEndian: false };
  return frameOf(format, maskBits(typed(bytes, rows * columns * samplesPerPixel, little), little));
}

async function pictureFrame(
  encoded: Uint8Array,
  kind: Exclude<StreamKind, "rle">,
  format: PixelFormat,
  where: string,
  note: (message: string) => void,
): Promise<DecodedFrame> {
  const isJ2k = kind === "jpeg-2000" || kind === "htj2k";
  const header = isJ2k ? readJ2kHeader(encoded) : readJpegHeader(encoded);
  const { rows, columns, samplesPerPixel, bitsAllocated } = format;
  if (header.width !== columns || header.height !== rows || header.components !== samplesPerPixel)
    throw new PolyclinicError("dicom/pixel-mismatch", "the compressed image does not match the header", {
      where,
      expected: `${columns} x ${rows} with ${samplesPerPixel} samples`,
      found: `${header.width} x ${header.height} with ${header.components}`,
      hint: "The header belongs to another image; get the file again from its source.",
    });
  if (header.precision > Math.max(8, bitsAllocated === 32 ? 16 : bitsAllocated))
    throw new PolyclinicError(
      "dicom/pixel-mismatch",
      "the compressed image has more bits per sample than the header allows",
      {
        where,
        expected: `at most ${bitsAllocated}`,
        found: `${header.precision}`,
      },
    );
  if (kind === "htj2k") {
    // The decoder never returns for some of these; in DICOM, Rows and Columns apply to every component, so subsampling
    // is not needed.
    if (header.subsampled) throw codecError("HTJ2K", "the components are subsampled");
    checkTileParts(encoded);
  }
  if (kind === "jpeg-ls") return finish(decodeJpegLs(encoded), format, undefined, false);
  if (isJ2k) {
    const picture = await decodeWasm(kind, encoded);
    // YBR_RCT and YBR_ICT denote the codestream's own transform, which the decoder has undone, or which was never
    // applied.
    const inside = header.colourTransform === true || /^YBR_(RCT|ICT)$/.test(format.photometric);
    const converted = inside && samplesPerPixel === 3;
    return finish(picture, format, converted ? "RGB" : undefined, header.signed);
  }
  const eightBitDct = header.precision === 8 && header.process! <= 2;
  // If the codestream does not define its colour space, the data set does: without this, the codec would take RGB for
  // YCbCr. Subsampled components are chrominance in any case.
  const rgbLabel = samplesPerPixel === 3 && format.photometric === "RGB" && !header.statesColour;
  if (rgbLabel && header.subsampled)
    note(
      "PhotometricInterpretation is RGB, but two components are subsampled, which only chrominance can be; it is read as YCbCr",
    );
  const rgbUnstated = rgbLabel && !header.subsampled;
  const picture = eightBitDct
    ? await decodeWasm("jpeg", rgbUnstated ? withAdobeMarker(encoded) : encoded)
    : decodeJpeg(encoded);
  return finish(picture, format, eightBitDct && samplesPerPixel === 3 ? "RGB" : undefined, false);
}

/** Marks the components as RGB for JPEG decoders: an Adobe APP14 segment with transform 0. */
function withAdobeMarker(jpeg: Uint8Array): Uint8Array {
  const app14 = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0];
  const out = new Uint8Array(jpeg.length + app14.length);
  out.set(jpeg.subarray(0, 2));
  out.set(app14, 2);
  out.set(jpeg.subarray(2), 2 + app14.length);
  return out;
}

/**
 * Interprets decompressed samples according to the data set: bits as in the codestream, signed if the data set says so.
 * A signed codestream already gives signed values.
 */
function finish(picture: Picture, format: PixelFormat, photometric: string | undefined, signed: boolean): DecodedFrame {
  const samples = picture.data;
  const frame = frameOf(format, samples, photometric);
  if (!format.signed || signed) return frame;
  const bits = Math.max(format.bitsStored, 1);
  const data = bits <= 8 ? new Int8Array(samples.length) : new Int16Array(samples.length);
  const shift = 32 - bits;
  for (let i = 0; i < data.length; i++) data[i] = (samples[i] << shift) >> shift;
  return { ...frame, data };
}
