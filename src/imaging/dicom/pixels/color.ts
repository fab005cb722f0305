/** Converts palettes and the YBR colour spaces to RGB (PS3.3 C.7.6.3.1.2, C.7.9). */
import { PolyclinicError } from "../../../base/errors.ts";
import type { DataSet } from "../parse/data-set.ts";
import type { DecodedFrame } from "./decode.ts";

/** One colour of a palette: `values[0]` belongs to pixel value `first`; values outside are clamped. */
export interface PaletteChannel {
  readonly first: number;
  /** 8 or 16. */
  readonly bits: number;
  readonly values: Uint16Array;
}

export type Palette = readonly [red: PaletteChannel, green: PaletteChannel, blue: PaletteChannel];

const colours = ["Red", "Green", "Blue"] as const;

/** Reads the palette of a data set, plain or segmented. Throws `dicom/palette` when it is missing or damaged. */
export function readPalette(dataset: DataSet, where: string): Palette {
  return colours.map((colour) => {
    const descriptor = dataset.numbers(`${colour}PaletteColorLookupTableDescriptor`);
    const segmented = dataset.element(`Segmented${colour}PaletteColorLookupTableData`);
    const plain = dataset.element(`${colour}PaletteColorLookupTableData`);
    const broken = (summary: string) =>
      new PolyclinicError("dicom/palette", summary, {
        where: `${where}: ${colour} palette`,
        hint: "The palette is incomplete; export the image again, or as RGB.",
      });
    if (descriptor.length < 3 || (plain === undefined && segmented === undefined))
      throw broken("the palette is missing");
    const count = descriptor[0] || 65536;
    const [, stated, bits] = descriptor;
    const signed = dataset.number("PixelRepresentation") === 1;
    const first = signed ? (stated << 16) >> 16 : stated & 0xffff;
    if (bits !== 8 && bits !== 16) throw broken(`palette entries of ${bits} bits cannot be read`);
    const element = (plain ?? segmented)!;
    const view = new DataView(dataset.bytes.buffer, dataset.bytes.byteOffset + element.offset, element.length);
    // 8-bit entries occupy one byte each, or, from some writers, one word each.
    const wide = bits === 16 || (plain !== undefined && element.length >= count * 2);
    const words = Uint16Array.from({ length: wide ? element.length >> 1 : element.length }, (_, i) =>
      wide ? view.getUint16(2 * i, !dataset.bigEndian) : view.getUint8(i),
    );
    const values = plain === undefined ? expandSegments(words, count, bits === 8 ? 255 : 65535, broken) : words;
    if (values.length < count) throw broken(`the palette has ${values.length} of ${count} entries`);
    return { first, bits, values: values.subarray(0, count) };
  }) as unknown as Palette;
}

/** Segmented palettes (C.7.9.2): discrete runs, linear ramps, and copies of earlier segments. */
function expandSegments(
  words: Uint16Array,
  count: number,
  most: number,
  broken: (summary: string) => PolyclinicError,
): Uint16Array {
  const out: number[] = [];
  const wide = most > 255;
  const expand = (from: number, segments: number, depth: number): void => {
    let at = from;
    for (let n = 0; n < segments && at < words.length; n++) {
      const [opcode, length] = [words[at], words[at + 1]];
      if (out.length > count || depth > 2 || length === undefined)
        throw broken("the palette's segments do not match its length");
      if (opcode === 0) {
        for (let i = 0; i < length; i++) out.push(words[at + 2 + i] ?? 0);
        at += 2 + length;
      } else if (opcode === 1) {
        const start = out.at(-1);
        if (start === undefined)
          throw broken("the palette begins with a linear segment, which needs a value before it");
        const step = (words[at + 2] - start) / length;
        for (let i = 1; i <= length; i++) out.push(Math.round(start + step * i));
        at += 3;
      } else if (opcode === 2) {
        // The byte offset of the segments to repeat, low half first.
        const offset = wide
          ? (words[at + 2] + words[at + 3] * 65536) / 2
          : words[at + 2] + words[at + 3] * 256 + words[at + 4] * 65536 + words[at + 5] * 16777216;
        expand(offset, length, depth + 1);
        at += wide ? 4 : 6;
      } else throw broken(`the palette has a segment of unknown kind ${opcode}`);
    }
  };
  expand(0, Number.POSITIVE_INFINITY, 0);
  return Uint16Array.from(out);
}

/** Palette indices to colours, in the palette's bit depth (8 or 16). */
export function applyPalette(indices: DecodedFrame, palette: Palette): DecodedFrame {
  const bits = Math.max(...palette.map((channel) => channel.bits));
  const size = indices.rows * indices.columns;
  const data = bits === 8 ? new Uint8Array(size * 3) : new Uint16Array(size * 3);
  palette.forEach(({ first, values }, channel) => {
    const last = values.length - 1;
    for (let i = 0; i < size; i++) {
      const entry = indices.data[i] - first;
      data[i * 3 + channel] = values[Math.min(last, Math.max(0, entry))];
    }
  });
  return { ...indices, samples: 3, photometric: "RGB", bits, data };
}

/**
 * YBR_FULL, YBR_FULL_422, YBR_RCT, YBR_ICT and YBR_PARTIAL_420/422 to RGB of the same depth; for the retired ARGB the
 * alpha plane, which comes first, is dropped, and CMYK is converted by multiplication. RGB is returned unchanged.
 * @throws PolyclinicError `dicom/photometric` for any other photometric interpretation.
 */
export function toRgb(frame: DecodedFrame, where: string): DecodedFrame {
  const { photometric, data, bits } = frame;
  if (photometric === "RGB") return frame;
  const most = 2 ** bits - 1;
  const half = 2 ** (bits - 1);
  if (photometric === "ARGB" || photometric === "CMYK") return fourToThree(frame, most);
  const out = bits <= 8 ? new Uint8Array(data.length) : new Uint16Array(data.length);
  const clamp = (value: number) => (value < 0 ? 0 : value > most ? most : Math.round(value));
  if (photometric === "YBR_RCT") {
    for (let i = 0; i < data.length; i += 3) {
      const [u, v] = [data[i + 1] - half, data[i + 2] - half];
      const green = data[i] - Math.floor((u + v) / 4);
      out[i] = clamp(v + green);
      out[i + 1] = clamp(green);
      out[i + 2] = clamp(u + green);
    }
  } else if (/^YBR_(FULL|FULL_422|ICT)$/.test(photometric)) {
    for (let i = 0; i < data.length; i += 3) {
      const y = data[i];
      const [cb, cr] = [data[i + 1] - half, data[i + 2] - half];
      out[i] = clamp(y + 1.402 * cr);
      out[i + 1] = clamp(y - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587);
      out[i + 2] = clamp(y + 1.772 * cb);
    }
  } else if (/^YBR_PARTIAL(_42[02])?$/.test(photometric)) {
    // Studio range: luminance from 16 to 235, chrominance from 16 to 240 (of 256).
    const unit = 2 ** (bits - 8);
    for (let i = 0; i < data.length; i += 3) {
      const y = (data[i] - 16 * unit) * (255 / 219);
      const [cb, cr] = [(data[i + 1] - half) * (255 / 224), (data[i + 2] - half) * (255 / 224)];
      out[i] = clamp(y + 1.402 * cr);
      out[i + 1] = clamp(y - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587);
      out[i + 2] = clamp(y + 1.772 * cb);
    }
  } else
    throw new PolyclinicError("dicom/photometric", "this photometric interpretation is not supported", {
      where,
      expected: "MONOCHROME1, MONOCHROME2, PALETTE COLOR, RGB or YBR",
      found: photometric,
      hint: "Export the image as RGB or MONOCHROME2.",
    });
  return { ...frame, photometric: "RGB", data: out };
}

function fourToThree(frame: DecodedFrame, most: number): DecodedFrame {
  const { data, photometric, bits } = frame;
  const size = data.length / 4;
  const out = bits <= 8 ? new Uint8Array(3 * size) : new Uint16Array(3 * size);
  for (let i = 0; i < size; i++)
    for (let c = 0; c < 3; c++)
      out[3 * i + c] =
        photometric === "ARGB"
          ? data[4 * i + 1 + c]
          : Math.round(((most - data[4 * i + c]) * (most - data[4 * i + 3])) / most);
  return { ...frame, samples: 3, photometric: "RGB", data: out };
}
