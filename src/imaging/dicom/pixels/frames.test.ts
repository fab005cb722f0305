import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { elements, sliceBytes } from "../../../../test/support/dicom.ts";
import { decodeFrame, locateFrames, parseDicom, readFrameBytes } from "../index.ts";
import { type NewElement, writeDicom } from "../write/write.ts";

const fixture = (name: string) => parseDicom(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)), { name });

const head = {
  Rows: 2,
  Columns: 2,
  SamplesPerPixel: 1,
  BitsAllocated: 8,
  BitsStored: 8,
  HighBit: 7,
  PixelRepresentation: 0,
  PhotometricInterpretation: "MONOCHROME2",
};
const jpeg50 = "1.2.840.10008.1.2.4.50";

function encapsulated(frames: number, fragments: Uint8Array[], table: number[] = [], more = {}): Uint8Array {
  const bot = new Uint8Array(Uint32Array.from(table).buffer);
  const pixels: NewElement = { tag: 0x7fe00010, vr: "OB", value: { fragments: [bot, ...fragments] } };
  return writeDicom([...elements({ ...head, NumberOfFrames: frames, ...more }), pixels], jpeg50);
}

/** Fragments that begin like JPEG codestreams where they should. */
const begin = (...rest: number[]) => Uint8Array.of(0xff, 0xd8, ...rest);
const rest = (...bytes: number[]) => Uint8Array.of(...bytes);
const fragments = [begin(1, 1), rest(2, 2), begin(3, 3), begin(4, 4), rest(5, 5), rest(6, 6)];
const joined = [
  [0xff, 0xd8, 1, 1, 2, 2],
  [0xff, 0xd8, 3, 3],
  [0xff, 0xd8, 4, 4, 5, 5, 6, 6],
];

async function allFrames(bytes: Uint8Array): Promise<number[][]> {
  const frames = await locateFrames(parseDicom(bytes, { name: "f.dcm" }));
  return Promise.all(frames.ranges.map(async (_, i) => [...(await readFrameBytes(frames, i))]));
}

describe("encapsulated frames", () => {
  test("by the basic offset table, frames in several fragments", async () => {
    expect(await allFrames(encapsulated(3, fragments, [0, 22, 34]))).toEqual(joined);
  });

  test("by the beginnings of the codestreams when there is no table", async () => {
    expect(await allFrames(encapsulated(3, fragments))).toEqual(joined);
  });

  test("one fragment a frame, and all fragments for a single frame", async () => {
    expect(await allFrames(encapsulated(2, [rest(1, 2), rest(3, 4)]))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await allFrames(encapsulated(1, [rest(1, 2), rest(3, 4)]))).toEqual([[1, 2, 3, 4]]);
  });

  test("by the extended offset table", async () => {
    const more = { ExtendedOffsetTable: [0, 10], ExtendedOffsetTableLengths: [2, 4] };
    expect(await allFrames(encapsulated(2, [rest(1, 2), rest(3, 4, 5, 6)], [], more))).toEqual([
      [1, 2],
      [3, 4, 5, 6],
    ]);
  });

  test("a table that points nowhere is not followed", async () => {
    expect(await allFrames(encapsulated(3, fragments, [0, 0xfffffff0, 12]))).toEqual(joined);
    const outside = { ExtendedOffsetTable: [0, 1e12], ExtendedOffsetTableLengths: [2, 4] };
    expect(await allFrames(encapsulated(2, [rest(1, 2), rest(3, 4)], [], outside))).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("fragments that cannot be told apart are an error that says so", async () => {
    await expect(allFrames(encapsulated(2, [rest(1, 2), rest(3, 4), rest(5, 6)]))).rejects.toMatchObject({
      code: "dicom/fragments",
    });
  });

  test("a fragment that is cut off is an error", async () => {
    const whole = encapsulated(2, [rest(1, 2), rest(3, 4, 5, 6)]);
    await expect(allFrames(whole.subarray(0, whole.length - 10))).rejects.toMatchObject({ code: "dicom/truncated" });
  });
});

describe("native frames", () => {
  async function decode(attributes: Parameters<typeof sliceBytes>[0], frame = 0) {
    const frames = await locateFrames(parseDicom(sliceBytes(attributes), { name: "f.dcm" }));
    return decodeFrame(await readFrameBytes(frames, frame), frames.format, "f.dcm", frames.ranges[frame].bit);
  }
  const grey = { Rows: 1, Columns: 3, PixelRepresentation: 0 };
  const words = (...numbers: number[]) => new Uint8Array(Uint16Array.from(numbers).buffer);

  test("bits above the stored ones are overlays and go", async () => {
    const { data } = await decode({ ...grey, BitsStored: 12, HighBit: 11, PixelData: words(0xf123, 0x0fff, 0x8000) });
    expect([...data]).toEqual([0x123, 0xfff, 0]);
  });

  test("odd BitsStored keeps its sign, wherever the high bit stands", async () => {
    const signed = { ...grey, PixelRepresentation: 1, BitsStored: 13 };
    expect([...(await decode({ ...signed, HighBit: 12, PixelData: words(0x1fff, 0x1000, 0x0fff) })).data]).toEqual([
      -1, -4096, 4095,
    ]);
    expect([...(await decode({ ...signed, HighBit: 15, PixelData: words(0xfff8, 0x8000, 0x7ff8) })).data]).toEqual([
      -1, -4096, 4095,
    ]);
  });

  test("one-bit frames begin where the last one ended", async () => {
    const bits = {
      ...grey,
      BitsAllocated: 1,
      BitsStored: 1,
      HighBit: 0,
      NumberOfFrames: 3,
      PixelData: Uint8Array.of(0b10_011_101, 0b1, 0, 0),
    };
    expect([...(await decode(bits, 0)).data]).toEqual([1, 0, 1]);
    expect([...(await decode(bits, 1)).data]).toEqual([1, 1, 0]);
    expect([...(await decode(bits, 2)).data]).toEqual([0, 1, 1]);
  });

  test("planar colour is interleaved", async () => {
    const colour = {
      Rows: 1,
      Columns: 2,
      SamplesPerPixel: 3,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      PhotometricInterpretation: "RGB",
    };
    const { data } = await decode({ ...colour, PlanarConfiguration: 1, PixelData: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    expect([...data]).toEqual([1, 3, 5, 2, 4, 6]);
  });

  test("fewer bytes than pixels is an error that counts both", async () => {
    await expect(decode({ Rows: 300 })).rejects.toMatchObject({
      code: "dicom/truncated",
      expected: "2400 bytes",
      found: "24",
    });
    await expect(locateFrames(fixture("pydicom/MR_truncated.dcm"))).rejects.toMatchObject({ code: "dicom/truncated" });
  });

  test("a header that cannot be is named by tag", async () => {
    await expect(decode({ BitsAllocated: 12 })).rejects.toThrow(
      /\(0028,0100\) BitsAllocated.*expected 1, 8, 16 or 32, found 12/,
    );
    await expect(decode({ Rows: 0 })).rejects.toThrow(/\(0028,0010\) Rows/);
    await expect(decode({ NumberOfFrames: "1A" })).rejects.toThrow(/NumberOfFrames/);
    await expect(decode({ Rows: 60000, Columns: 60000 })).rejects.toMatchObject({ code: "dicom/bomb" });
  });
});

test("a compressed picture of another size than the header's is refused before it is decoded", async () => {
  const { dataset } = fixture("jpeg-2000-90.dcm");
  const [, { offset, length }] = dataset.element("PixelData")!.fragments!;
  const codestream = dataset.bytes.subarray(offset, offset + length);
  const format = { ...(await locateFrames(fixture("jpeg-2000-90.dcm"))).format, rows: 95 };
  await expect(decodeFrame(codestream, format, "f.dcm")).rejects.toMatchObject({ code: "dicom/pixel-mismatch" });
});

test.each(["jpeg-50", "jpeg-51", "jpeg-70", "jpeg-ls-80", "jpeg-2000-90", "htj2k-201", "rle"])(
  "%s cut short is a named error, and the next picture decodes",
  async (name) => {
    const frames = await locateFrames(fixture(`${name}.dcm`));
    const whole = await readFrameBytes(frames, 0);
    await expect(decodeFrame(whole.slice(0, whole.length / 3), frames.format, "cut.dcm")).rejects.toMatchObject({
      code: "dicom/codec",
      where: "cut.dcm",
    });
    expect((await decodeFrame(whole, frames.format, "whole.dcm")).data.length).toBe(96 * 128);
  },
);
