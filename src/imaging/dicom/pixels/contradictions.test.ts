/** Pixels that are not what their header says: read as what they are, with a word about it, or refused by name. */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { elements, instanceOf, sliceBytes, type Value } from "../../../../test/support/dicom.ts";
import { processorSeconds } from "../../../../test/support/processor-time.ts";
import { memorySource } from "../../../bytes/index.ts";
import { parseDicom, readDicomHeader, renderFrame, slicesOf } from "../index.ts";
import { copyElement, type NewElement, writeDicom } from "../write/write.ts";
import { locateFrames, readFrameBytes } from "./frames.ts";
import { readFrame } from "./render.ts";

type Attributes = Record<string, Value | undefined>;

const picture = { Modality: "US", ImagePositionPatient: undefined, BitsAllocated: 8, BitsStored: 8, HighBit: 7 };
const colour = { ...picture, SamplesPerPixel: 3, PixelRepresentation: 0, PlanarConfiguration: 0 };

async function decoded(bytes: Uint8Array) {
  const instance = instanceOf(bytes, "a.dcm");
  const notes = instance.warnings.map(({ message }) => message);
  const [slice] = slicesOf(instance);
  const frame = await readFrame(slice, (message) => notes.push(message));
  return { frame, data: [...frame.data], notes };
}

describe("colour that is stored in another way than its label says", () => {
  // Y, Cb, Cr of the two pixels of a pair, with one chrominance, and the RGB that BT.601 gives for them.
  const [y1, y2, cb, cr] = [100, 150, 90, 160];
  const rgb = (y: number) => [
    Math.round(y + 1.402 * (cr - 128)),
    Math.round(y - (0.114 * 1.772 * (cb - 128) + 0.299 * 1.402 * (cr - 128)) / 0.587),
    Math.round(y + 1.772 * (cb - 128)),
  ];
  const expected = [...rgb(y1), ...rgb(y2)];
  const full = Uint8Array.of(y1, cb, cr, y2, cb, cr);
  const half = Uint8Array.of(y1, y2, cb, cr);

  test.each<[string, string, Uint8Array, RegExp | undefined]>([
    ["YBR_FULL_422, as it should be", "YBR_FULL_422", half, undefined],
    ["YBR_FULL, as it should be", "YBR_FULL", full, undefined],
    ["YBR_FULL_422 with three samples a pixel", "YBR_FULL_422", full, /every pixel has three samples/],
    ["YBR_FULL with shared chrominance", "YBR_FULL", half, /share their chrominance/],
  ])("%s", async (_, PhotometricInterpretation, PixelData, note) => {
    const file = sliceBytes({ ...colour, Rows: 1, Columns: 2, PhotometricInterpretation, PixelData });
    const { data, notes } = await decoded(file);
    expect(data).toEqual(expected);
    expect(notes.length).toBe(note === undefined ? 0 : 1);
    if (note !== undefined) expect(notes[0]).toMatch(note);
  });

  test("several frames of three samples under YBR_FULL_422 are each read whole", async () => {
    const PixelData = Uint8Array.of(...full, ...full, ...full, ...full);
    const file = sliceBytes({
      ...colour,
      Rows: 1,
      Columns: 2,
      NumberOfFrames: 4,
      PhotometricInterpretation: "YBR_FULL_422",
      PixelData,
    });
    const slices = slicesOf(instanceOf(file, "a.dcm"));
    expect([...(await readFrame(slices[3])).data]).toEqual(expected);
  });

  test.each<[string, Attributes, Uint8Array]>([
    ["interleaved", { PlanarConfiguration: 0 }, Uint8Array.of(255, 1, 2, 3, 0, 4, 5, 6)],
    ["in planes", { PlanarConfiguration: 1 }, Uint8Array.of(255, 0, 1, 4, 2, 5, 3, 6)],
  ])("ARGB %s loses its alpha, which comes first", async (_, change, PixelData) => {
    const argb = { ...colour, SamplesPerPixel: 4, PhotometricInterpretation: "ARGB", Rows: 1, Columns: 2 };
    expect((await decoded(sliceBytes({ ...argb, ...change, PixelData }))).data).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("CMYK is multiplied out", async () => {
    const cmyk = { ...colour, SamplesPerPixel: 4, PhotometricInterpretation: "CMYK", Rows: 1, Columns: 2 };
    const PixelData = Uint8Array.of(0, 255, 0, 0, 255, 0, 0, 51);
    expect((await decoded(sliceBytes({ ...cmyk, PixelData }))).data).toEqual([255, 0, 255, 0, 204, 204]);
  });

  test.each([
    ["CT", 4, "MONOCHROME2"],
    ["MR", 3, "MONOCHROME1"],
    ["OT", 4, "RGB"],
    ["US", 3, "PALETTE COLOR"],
    ["NM", 3, "ARGB"],
  ])("%s of %i samples called %s is refused by name", (Modality, SamplesPerPixel, PhotometricInterpretation) => {
    const file = sliceBytes({
      ...colour,
      Modality,
      SamplesPerPixel,
      PhotometricInterpretation,
      PixelData: new Uint8Array(48),
    });
    expect(() => instanceOf(file, "a.dcm")).toThrow(/number of samples does not match the photometric interpretation/);
  });

  test("one sample called RGB is shown as grey, and that is said", async () => {
    const PixelData = Uint8Array.of(0, 50, 100, 200);
    const { data, notes } = await decoded(
      sliceBytes({
        ...picture,
        PixelRepresentation: 0,
        Rows: 1,
        Columns: 4,
        PhotometricInterpretation: "RGB",
        PixelData,
      }),
    );
    expect([data, notes.length]).toEqual([[0, 50, 100, 200], 1]);
  });
});

describe("JPEG without a colour marker, labelled RGB", () => {
  const [width, height] = [32, 16];
  const raw = Uint8Array.from({ length: width * height * 3 }, (_, i) => [200, 60, 20][i % 3]);
  /** Without its JFIF segment: nothing says what the components mean. */
  const bare = async (chromaSubsampling: string) => {
    const jpeg = await sharp(raw, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 95, chromaSubsampling })
      .toBuffer();
    const isJfif = jpeg[3] === 0xe0;
    return Uint8Array.from(
      isJfif ? Buffer.concat([jpeg.subarray(0, 2), jpeg.subarray(4 + jpeg.readUInt16BE(4))]) : jpeg,
    );
  };
  const wrapped = async (chroma: string, photometric: string) => {
    const attributes = elements({
      ...present(colour),
      Rows: height,
      Columns: width,
      PhotometricInterpretation: photometric,
    });
    return writeDicom([...attributes, fragments(await bare(chroma))], "1.2.840.10008.1.2.4.50");
  };

  test.each(["RGB", "YBR_FULL_422"])("is YCbCr when its chrominance is subsampled, called %s", async (photometric) => {
    const { data, notes } = await decoded(await wrapped("4:2:0", photometric));
    [200, 60, 20].forEach((value, c) => {
      expect(Math.abs(data[c] - value)).toBeLessThan(4);
    });
    expect(notes.length).toBe(photometric === "RGB" ? 1 : 0);
  });

  test("keeps its components as RGB when nothing is subsampled", async () => {
    const { data } = await decoded(await wrapped("4:4:4", "RGB"));
    expect(Math.abs(data[0] - 200)).toBeGreaterThan(50);
  });
});

const present = (attributes: Attributes) =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Record<string, Value>;

function fragments(...frames: readonly Uint8Array[]): NewElement {
  return { tag: 0x7fe00010, vr: "OB", value: { fragments: [new Uint8Array(0), ...frames] } };
}

describe("frames of another codec than the transfer syntax names", () => {
  const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
  /** The fixture's frame under another transfer syntax. */
  async function relabelled(name: string, uid: string): Promise<Uint8Array> {
    const file = parseDicom(fixture(name), { name });
    const frame = await readFrameBytes(await locateFrames(file), 0);
    const kept = [...file.dataset.elements.values()]
      .filter(({ tag }) => tag !== 0x7fe00010)
      .map((element) => copyElement(file.dataset, element));
    return writeDicom([...kept, fragments(Uint8Array.from(frame))], uid);
  }
  const under = "1.2.840.10008.1.2.";
  test.each([
    ["JPEG 2000 under JPEG baseline", "jpeg-2000-90.dcm", `${under}4.50`],
    ["JPEG 2000 under RLE", "jpeg-2000-90.dcm", `${under}5`],
    ["HTJ2K under JPEG 2000", "htj2k-201.dcm", `${under}4.90`],
    ["JPEG 2000 under HTJ2K", "jpeg-2000-90.dcm", `${under}4.201`],
    ["JPEG-LS under JPEG lossless", "jpeg-ls-80.dcm", `${under}4.70`],
    ["JPEG lossless under JPEG-LS", "jpeg-70.dcm", `${under}4.80`],
    ["JPEG under JPEG 2000", "jpeg-70.dcm", `${under}4.90`],
    ["RLE under JPEG", "rle.dcm", `${under}4.50`],
    ["JPEG 2000 in a file that calls itself uncompressed", "jpeg-2000-90.dcm", `${under}1`],
    ["RLE in a file that calls itself uncompressed", "rle.dcm", `${under}1`],
  ])("%s", async (_, name, uid) => {
    const whole = await decoded(new Uint8Array(fixture(name)));
    const other = await decoded(await relabelled(name, uid));
    expect(other.data).toEqual(whole.data);
    expect(other.notes).toEqual([
      expect.stringMatching(/decoded as what they are|the codec of each frame is detected/),
    ]);
  });

  test("plain samples under a compressed syntax", async () => {
    const file = parseDicom(fixture("explicit-little.dcm"));
    const kept = [...file.dataset.elements.values()].map((element) => copyElement(file.dataset, element));
    const { data, notes } = await decoded(writeDicom(kept, `${under}4.90`));
    expect(data).toEqual((await decoded(new Uint8Array(fixture("explicit-little.dcm")))).data);
    expect(notes).toEqual([expect.stringMatching(/not compressed; it is read as uncompressed samples/)]);
  });
});

describe("offset tables", () => {
  const frame = (n: number) => Uint8Array.of(0xff, 0xd8, n, n);
  const four = [1, 2, 3, 4].map(frame);
  const read = async (table: number[], items: readonly Uint8Array[], more: Attributes = {}) => {
    const bot = new Uint8Array(Uint32Array.from(table).buffer);
    const pixels: NewElement = { tag: 0x7fe00010, vr: "OB", value: { fragments: [bot, ...items] } };
    const file = writeDicom(
      [
        ...elements({
          ...present(picture),
          Rows: 2,
          Columns: 2,
          SamplesPerPixel: 1,
          NumberOfFrames: 4,
          ...present(more),
        }),
        pixels,
      ],
      "1.2.840.10008.1.2.4.50",
    );
    const frames = await locateFrames(parseDicom(file), undefined);
    const data = await Promise.all(frames.ranges.map(async (_, i) => [...(await readFrameBytes(frames, i))]));
    return { data, notes: frames.notes.length };
  };
  const whole = four.map((one) => [...one]);

  test.each<[string, number[], number]>([
    ["that is right", [0, 12, 24, 36], 0],
    ["that counts from 8 bytes later", [8, 20, 32, 44], 1],
    ["that counts from 8 bytes earlier", [0, 4, 16, 28], 1],
    ["with one wrong entry in the middle", [0, 12, 26, 36], 1],
    ["that leaves out the first frame", [12, 24, 36, 48], 1],
    ["that goes back", [0, 24, 12, 36], 1],
    ["that is too short", [0, 12], 1],
    ["that is empty", [], 0],
  ])("%s", async (_, table, notes) => {
    expect(await read(table, four)).toEqual({ data: whole, notes });
  });

  test("an extended table that leads nowhere, and empty items between the frames", async () => {
    const more = { ExtendedOffsetTable: [8, 20, 32, 44], ExtendedOffsetTableLengths: [4, 4, 4, 4] };
    expect(await read([], four, more)).toEqual({ data: whole, notes: 1 });
    const spaced = four.flatMap((one) => [one, new Uint8Array(0)]);
    expect((await read([], spaced)).data).toEqual(whole);
  });

  test("more pictures than frames are said to be left", async () => {
    const one = await read([], four, { NumberOfFrames: 1 });
    expect(one).toEqual({ data: [whole[0]], notes: 1 });
    const plain = sliceBytes({ NumberOfFrames: 1, PixelData: new Uint8Array(24 * 3) });
    expect((await decoded(plain)).notes).toEqual([expect.stringMatching(/size of 3 frames/)]);
  });
});

describe("bytes after the pixel data", () => {
  const boundary = new TextEncoder().encode("\r\n--boundary--\r\n");
  const tails: [string, Uint8Array, number][] = [
    ["a multipart boundary", boundary, 1],
    ["three bytes", Uint8Array.of(1, 2, 3), 1],
    ["an HTML page", new TextEncoder().encode(`<html>${"x".repeat(100_000)}`), 1],
    ["padding of zeros", new Uint8Array(512), 0],
    ["padding of the standard", Uint8Array.of(0xfc, 0xff, 0xfc, 0xff, 0x4f, 0x42, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0), 0],
    ["padding that is cut off", Uint8Array.of(0xfc, 0xff, 0xfc, 0xff, 0x4f, 0x42, 0, 0, 200, 0, 0, 0, 0, 0), 1],
  ];
  const long = { ImageComments: "x".repeat(9000), PatientComments: "y".repeat(60_000 - 20) };
  test.each(tails)("%s", async (_, tail, warnings) => {
    for (const file of [
      sliceBytes(),
      sliceBytes(long),
      new Uint8Array(readFileSync(new URL("../fixtures/implicit-little.dcm", import.meta.url))),
      new Uint8Array(readFileSync(new URL("../fixtures/explicit-big.dcm", import.meta.url))),
    ]) {
      const bigEndian = file.length > 3000 && parseDicom(file).transferSyntax.bigEndian;
      const implicit = parseDicom(file).transferSyntax.implicit;
      // The padding element is written little endian and explicit.
      if ((bigEndian || implicit) && tail[0] === 0xfc) continue;
      const longer = new Uint8Array(Buffer.concat([file, tail]));
      const whole = parseDicom(longer);
      const header = await readDicomHeader(memorySource("a.dcm", longer));
      for (const { warnings: found } of [whole, header]) expect(found.length).toBe(warnings);
    }
  });

  test("after fragments", async () => {
    const file = readFileSync(new URL("../fixtures/rle.dcm", import.meta.url));
    const { notes } = await decoded(new Uint8Array(Buffer.concat([file, boundary])));
    expect([...new Set(notes)]).toEqual([expect.stringMatching(/16 bytes after the pixel data/)]);
  });

  test("a run of zeros before the pixel data is passed over in a time that does not grow with its square", () => {
    const head = sliceBytes({ PixelData: undefined });
    const zeros = new Uint8Array(4_000_000);
    const start = processorSeconds();
    const rest = Uint8Array.of(0x10, 0, 0x20, 0, 0x4c, 0x4f, 2, 0, 0x41, 0x20);
    const { warnings, dataset } = parseDicom(new Uint8Array(Buffer.concat([head, zeros, rest])));
    expect(processorSeconds() - start).toBeLessThan(5);
    expect([warnings.length, dataset.string("PatientID")]).toEqual([1, "A"]);
  });
});

test("a picture larger than the memory for reading is refused before it is decoded", async () => {
  const [slice] = slicesOf(
    instanceOf(sliceBytes({ ...picture, PixelData: new Uint8Array(12), PixelRepresentation: 0 }), "a.dcm"),
  );
  await expect(renderFrame(slice, "full-range", { maxMemory: 50 })).rejects.toMatchObject({ code: "limit/bytes" });
});
