import { describe, expect, test } from "vitest";
import { instanceOf, mrImageStorage, sliceBytes, type Value } from "../../../../../test/support/dicom.ts";
import { applyAffine } from "../../../geometry/index.ts";
import { assembleSeries, loadVolume, parseDicom } from "../../index.ts";
import { copyElement, type NewElement, writeDicom } from "../../write/write.ts";

type Change = Record<string, Value | undefined>;

/** Frames of 4 x 3 whose first voxel is `100 frame`. */
function multiframe(frames: number, change: Change) {
  const pixels = new Int16Array(12 * frames).map((_, i) => 100 * Math.floor(i / 12));
  return instanceOf(
    sliceBytes({ NumberOfFrames: frames, PixelData: new Uint8Array(pixels.buffer), RescaleIntercept: 0, ...change }),
    "a.dcm",
  );
}

async function read(instance: ReturnType<typeof multiframe>) {
  const { series } = await assembleSeries([instance]);
  const [first] = series;
  if (first.kind !== "volume" && first.kind !== "stack") return { series, kind: first.kind, places: [] };
  const { volume } = await loadVolume(first);
  const places = Array.from({ length: volume.shape[0] }, (_, z) => ({
    z: Number(applyAffine(volume.affine, 0, 0, z)[2].toFixed(4)),
    value: volume.data[z * 12],
  }));
  return { series, kind: first.kind, places };
}

const tag = (keyword: number) => ({ FrameIncrementPointer: keyword });

describe("frames in space", () => {
  test("a cone beam CT that states one position is a stack along its normal, which is said", async () => {
    for (const [change, step] of [
      [{ SpacingBetweenSlices: 0.4, SliceThickness: 1 }, 0.4],
      [{ SliceThickness: 0.3 }, 0.3],
    ] as const) {
      const { series, places } = await read(multiframe(3, { ImagePositionPatient: [0, 0, 10], ...change }));
      expect(places).toEqual([0, 1, 2].map((i) => ({ z: Number((10 + i * step).toFixed(4)), value: 100 * i })));
      expect(series[0].warnings.map(({ code }) => code)).toEqual(["series/assumed-positions"]);
    }
    // Without any distance there is no geometry to assume, and with a vector of locations none need be.
    const bare = await read(multiframe(3, { SliceThickness: undefined }));
    expect([bare.kind, bare.series[0].warnings.map(({ code }) => code)]).toEqual(["stack", ["series/no-geometry"]]);
    const vector = await read(multiframe(3, { SliceLocationVector: [5, 7, 9] }));
    expect(vector.places.map(({ z }) => z)).toEqual([0, 2, 4]);
  });

  test.each([
    ["against the normal", -4, [92, 96, 100], [200, 100, 0]],
    ["along the normal", 4, [100, 104, 108], [0, 100, 200]],
  ])("a reconstructed SPECT, %s", async (_, spacing, heights, values) => {
    const detector = { ImagePositionPatient: [0, 0, 100], ImageOrientationPatient: [1, 0, 0, 0, 1, 0] };
    const { places } = await read(
      multiframe(3, {
        Modality: "NM",
        SOPClassUID: "1.2.840.10008.5.1.4.1.1.20",
        ImageType: ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"],
        ImagePositionPatient: undefined,
        ImageOrientationPatient: undefined,
        DetectorInformationSequence: [detector],
        SliceVector: [1, 2, 3],
        SpacingBetweenSlices: spacing,
      }),
    );
    expect(places).toEqual(heights.map((z, i) => ({ z, value: values[i] })));
  });

  test("a gated reconstruction is a volume for each time slot", async () => {
    const { series } = await read(
      multiframe(6, {
        Modality: "NM",
        ImageType: ["ORIGINAL", "PRIMARY", "RECON GATED TOMO", "EMISSION"],
        SliceVector: [1, 2, 3, 1, 2, 3],
        TimeSlotVector: [1, 1, 1, 2, 2, 2],
        SpacingBetweenSlices: 4,
      }),
    );
    expect(series.map(({ slices }) => slices.map(({ frame }) => frame))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test.each([
    ["a tomosynthesis", "1.2.840.10008.5.1.4.1.1.13.1.3", "MG"],
    ["an angiographic volume", "1.2.840.10008.5.1.4.1.1.13.1.1", "XA"],
    ["an OCT", "1.2.840.10008.5.1.4.1.1.77.1.5.4", "OPT"],
  ])("%s with a position for every frame is a volume", async (_, SOPClassUID, Modality) => {
    const { kind, places } = await read(
      multiframe(3, {
        SOPClassUID,
        Modality,
        ImagePositionPatient: undefined,
        PerFrameFunctionalGroupsSequence: [2, 0, 1].map((z) => ({
          PlanePositionSequence: [{ ImagePositionPatient: [0, 0, z] }],
        })),
      }),
    );
    expect([kind, places.map(({ value }) => value)]).toEqual(["volume", [100, 200, 0]]);
  });
});

describe("frames that are no slices", () => {
  const nuclear = (kind: string) => ({ Modality: "NM", ImageType: ["ORIGINAL", "PRIMARY", kind, "EMISSION"] });
  test.each<[string, Change, string, string]>([
    ["a cine MR at one place", { Modality: "MR", ...tag(0x00181063), FrameTime: 40 }, "cine", "time"],
    ["CT fluoroscopy", { ...tag(0x00181063), FrameTime: 40 }, "cine", "time"],
    ["ultrasound", { Modality: "US", FrameTime: 33 }, "cine", "time"],
    ["a dynamic scintigraphy", nuclear("DYNAMIC"), "cine", "time"],
    ["raw projections", nuclear("TOMO"), "cine", "angles"],
    ["a whole body scan from both sides", nuclear("WHOLE BODY"), "images", "views"],
    ["breast projections", { Modality: "MG", SOPClassUID: "1.2.840.10008.5.1.4.1.1.13.1.4" }, "cine", "angles"],
    ["frames without a word about them", { Modality: "OT" }, "cine", "unstated"],
  ])("%s", async (_, change, kind, meaning) => {
    const { series } = await read(multiframe(4, change));
    expect([series[0].kind, series[0].slices[0].meaning]).toEqual([kind, meaning]);
  });
});

describe("Siemens mosaics", () => {
  /** Four tiles of 4 x 3, in a square of two by two, the first voxel of tile `i` is `100 i`. */
  const pixels = new Int16Array(48);
  for (let y = 0; y < 6; y++)
    for (let x = 0; x < 8; x++) pixels[y * 8 + x] = 100 * (Math.floor(y / 3) * 2 + Math.floor(x / 4));
  const mosaic = (change: Change, added: readonly NewElement[] = []) => {
    const { dataset } = parseDicom(
      sliceBytes({
        SOPClassUID: mrImageStorage,
        Modality: "MR",
        ImageType: ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"],
        Rows: 6,
        Columns: 8,
        PixelSpacing: [2, 2],
        SpacingBetweenSlices: 5,
        ImagePositionPatient: [-8, -6, 30],
        RescaleIntercept: 0,
        PixelData: new Uint8Array(pixels.buffer),
        ...change,
      }),
    );
    const kept = [...dataset.elements.values()].map((element) => copyElement(dataset, element));
    return instanceOf(writeDicom([...kept, ...added]), "a.dcm");
  };
  const text = (value: string) => new TextEncoder().encode(value.length % 2 ? `${value} ` : value);
  const stated = (count: number, vr = "US"): NewElement[] => [
    { tag: 0x00190010, vr: "LO", value: text("SIEMENS MR HEADER") },
    { tag: 0x0019100a, vr, value: new Uint8Array(Uint16Array.of(count).buffer) },
  ];
  /** An element of a CSA header: name, multiplicity, VR, items of text. */
  const csa = (...fields: readonly (readonly [name: string, values: readonly string[]])[]): NewElement[] => {
    const bytes: number[] = [...text("SV10"), 4, 3, 2, 1];
    const word = (value: number) => bytes.push(value & 255, (value >> 8) & 255, 0, 0);
    for (const [name, values] of fields) {
      const start = bytes.length;
      bytes.push(...new TextEncoder().encode(name));
      while (bytes.length < start + 64) bytes.push(0);
      for (const value of [values.length, 0, 3, values.length, 77]) word(value);
      for (const value of values) {
        const padded = value.padEnd(Math.ceil((value.length + 1) / 4) * 4, "\0");
        for (const number of [value.length + 1, value.length + 1, 77, value.length + 1]) word(number);
        bytes.push(...new TextEncoder().encode(padded));
      }
    }
    return [
      { tag: 0x00290010, vr: "LO", value: text("SIEMENS CSA HEADER") },
      { tag: 0x00291010, vr: "OB", value: Uint8Array.from(bytes) },
    ];
  };

  test.each<[string, Change, NewElement[], number]>([
    ["their number stated", {}, stated(4), 4],
    ["their number stated, of unknown type", {}, stated(3, "UN"), 3],
    ["their number in the CSA header", {}, csa(["NumberOfImagesInMosaic", ["3"]]), 3],
    ["told by the acquisition matrix", { AcquisitionMatrix: [3, 0, 0, 4] }, [], 4],
  ])("%s", async (_, change, added, count) => {
    const { series } = await assembleSeries([mosaic(change, added)]);
    const { volume } = await loadVolume(series[0]);
    expect(volume.shape).toEqual([count, 3, 4]);
    expect(Array.from({ length: count }, (_v, z) => volume.data[z * 12])).toEqual([0, 100, 200, 300].slice(0, count));
    // The corner of a slice lies half the difference of image and tile further in: 4 and 3 half-pixels of 2 mm.
    expect(applyAffine(volume.affine, 0, 0, 1)).toEqual([-4, -3, 35]);
  });

  test("slices that go against the normal, as the CSA header says", async () => {
    const added = csa(["NumberOfImagesInMosaic", ["4"]], ["SliceNormalVector", ["0.0", "0.0", "-1.0"]]);
    const { series } = await assembleSeries([mosaic({}, added)]);
    const { volume } = await loadVolume(series[0]);
    expect([volume.data[0], volume.data[36], volume.affine[11]]).toEqual([300, 0, 15]);
  });

  test("whose tiles cannot be told say so", async () => {
    for (const [change, added] of [
      [{}, []],
      [{ AcquisitionMatrix: [0, 5, 5, 0] }, []],
      [{}, stated(30)],
    ] as const) {
      const { series } = await assembleSeries([mosaic(change, added)]);
      expect(series[0].warnings.map(({ code }) => code)).toContain("series/mosaic");
    }
  });
});
