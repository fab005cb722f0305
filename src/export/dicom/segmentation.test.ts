/** Segmentations read by others: DCMTK and dicom3tools' dciodvfy, where they are installed (`apt-get install dcmtk dicom3tools`). */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, picture, radiograph, result, series, study } from "../../../test/export-fixtures.ts";
import { type Attributes, ctImageStorage, elements } from "../../../test/support/dicom.ts";
import { memorySource } from "../../bytes/index.ts";
import { openInstance, parseDicom, writeDicom } from "../../imaging/dicom/index.ts";
import { type Measure, visitEnclosed } from "../../study/display/measures.ts";
import type { Study } from "../../study/types.ts";
import type { DicomFile } from "./file.ts";
import { toPresentationStates } from "./presentation-state.ts";
import { toSegmentations } from "./segmentation.ts";
import { toDicomSr } from "./structured-report.ts";

const installed = (tool: string) => spawnSync(tool, ["--version"]).error === undefined;
const region: Measure = {
  id: "a",
  kind: "region",
  part: 0,
  index: 2,
  across: 2,
  label: "nodule",
  points: [
    [3.2, 4],
    [20, 6.5],
    [14, 25],
    [9, 11],
  ],
};
const ellipse: Measure = {
  id: "b",
  kind: "ellipse",
  part: 0,
  index: 3,
  across: 2,
  points: [
    [30, 8],
    [40, 28],
  ],
};
const length: Measure = { id: "c", kind: "length", part: 0, index: 2, across: 2, points: [[0, 0], [10, 0]] }; // biome-ignore format: one line
/** On a coronal plane: rows of five slices, which the viewer shows head first. */
const coronal: Measure = {
  id: "d",
  kind: "region",
  part: 0,
  index: 7,
  across: 1,
  points: [
    [10, 1],
    [20, 1],
    [20, 4],
    [10, 4],
  ],
};
const still = ({ index, across, ...mark }: Measure): Measure => mark;

/** The source's file, as far as its geometry and display go. */
const source = (uid: string, attributes: Attributes = {}, { rows = 32, columns = 48 } = {}) =>
  parseDicom(
    writeDicom(
      elements({
        SOPClassUID: ctImageStorage,
        SOPInstanceUID: uid,
        Modality: "CT",
        Rows: rows,
        Columns: columns,
        SamplesPerPixel: 1,
        PhotometricInterpretation: "MONOCHROME2",
        ...attributes,
      }),
    ),
    { name: uid },
  ).dataset;
const ct = (uid: string) =>
  source(uid, {
    FrameOfReferenceUID: "1.2.3.9",
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    ImagePositionPatient: [0, 0, 5 * (Number(uid.split(".").at(-1)) - 1)],
    PixelSpacing: [0.7031249999999, 0.7],
    SliceThickness: 5,
    RescaleSlope: 1,
    RescaleIntercept: -1024,
  });

const reviewedWith = (...marks: Measure[]) => ({
  statements: { findings: [], otherSections: [], labels: [], measurements: [], regions: [], summary: "" },
  drafted: false,
  signed: { name: "Ada Lovelace", at, sha256: "00" },
  remarks: [],
  marks,
});
const make = (of: Study, marks: readonly Measure[], header = ct) =>
  toSegmentations(result("report", { findings: [], impression: "", otherSections: {} }, of), of, {
    at,
    reviewed: reviewedWith(...marks),
    headers: async (uid) => header(uid),
  });
const dataSet = ({ bytes }: DicomFile) => parseDicom(bytes, { name: "seg.dcm" }).dataset;
/** The bits of each frame, one byte a pixel. */
function frames({ bytes }: DicomFile): Uint8Array[] {
  const file = parseDicom(bytes, { name: "seg.dcm" });
  const [rows, columns] = [file.dataset.number("Rows")!, file.dataset.number("Columns")!];
  const packed = bytes.subarray(bytes.length - 2 * Math.ceil((file.dataset.number("NumberOfFrames")! * rows * columns) / 16)); // biome-ignore format: one line
  return Array.from({ length: file.dataset.number("NumberOfFrames")! }, (_, f) =>
    Uint8Array.from({ length: rows * columns }, (_, i) => {
      const bit = f * rows * columns + i;
      return (packed[bit >> 3] >> (bit & 7)) & 1;
    }),
  );
}
function maskOf(mark: Measure, width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  visitEnclosed(mark, width, height, (x, y) => {
    mask[y * width + x] = 1;
  });
  return mask;
}

test("a segment for each outline, with the pixels it encloses and the slice's place; lengths are none", async () => {
  const [file, ...more] = await make(study(series()), [ellipse, length, region]);
  expect(more).toEqual([]);
  const read = dataSet(file);
  expect([read.string("Modality"), read.string("SegmentationType"), read.string("FrameOfReferenceUID")]).toEqual([
    "SEG",
    "BINARY",
    "1.2.3.9",
  ]);
  const segments = read.sequence("SegmentSequence");
  expect(segments.map((one) => [one.string("SegmentLabel"), one.string("SegmentAlgorithmType")])).toEqual([
    ["Ellipse 1", "MANUAL"],
    ["nodule", "MANUAL"],
  ]);
  expect(segments[1].string("TrackingUID")).toMatch(/^2\.25\.\d+$/);
  expect(segments[1].sequence("SegmentedPropertyTypeCodeSequence")[0].string("CodeMeaning")).toBe(
    "Imaging Region of Interest",
  );
  const groups = read.sequence("PerFrameFunctionalGroupsSequence");
  expect(
    groups.map((one) => [
      one.sequence("SegmentIdentificationSequence")[0].number("ReferencedSegmentNumber"),
      one.sequence("DerivationImageSequence")[0].sequence("SourceImageSequence")[0].string("ReferencedSOPInstanceUID"),
      one.sequence("PlanePositionSequence")[0].numbers("ImagePositionPatient")[2],
      one.sequence("FrameContentSequence")[0].numbers("DimensionIndexValues"),
    ]),
  ).toEqual([
    [1, "1.2.3.2.1.4", 15, [1, 2]],
    [2, "1.2.3.2.1.3", 10, [2, 1]],
  ]);
  const masks = frames(file);
  expect(masks[0]).toEqual(maskOf(ellipse, 48, 32));
  expect(masks[1]).toEqual(maskOf(region, 48, 32));
});

test("an outline on a plane across the slices is a segment with a frame for each slice", async () => {
  const [file] = await make(study(series()), [coronal]);
  const masks = frames(file);
  // Rows 1 to 3 of five, the highest slice first: slices 3, 2 and 1.
  const places = dataSet(file)
    .sequence("PerFrameFunctionalGroupsSequence")
    .map((one) => one.sequence("PlanePositionSequence")[0].numbers("ImagePositionPatient")[2]);
  expect(places).toEqual([5, 10, 15]);
  for (const mask of masks)
    expect([...mask.entries()].filter(([, bit]) => bit).map(([i]) => [i % 48, Math.floor(i / 48)])).toEqual(
      Array.from({ length: 10 }, (_, i) => [10 + i, 7]),
    );
});

test("a slice the viewer shows mirrored: the mask lies on the file's own pixels", async () => {
  const part = series();
  const affine = [-0.7, 0, 0, 0, 0, -0.7, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1];
  const of = study({ ...part, volume: { ...part.volume, affine } });
  const [file] = await make(of, [region]);
  expect(frames(file)[0]).toEqual(maskOf(region, 48, 32).reverse());
});

test("nothing where there is no outline, no pixel or no image of this study", async () => {
  const of = study(series());
  expect(await make(of, [length])).toEqual([]);
  expect(await make(of, [{ ...region, points: [[1, 1], [1.2, 1], [1.2, 1.2]] }])).toEqual([]); // biome-ignore format: one line
  const pair = study(radiograph({ study: "1.2.3.0", instance: "1.2.3.0.1.1" }), radiograph());
  expect(await make(pair, [still(region)], (uid) => source(uid))).toEqual([]);
});

describe("read by others", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "polyclinic-seg-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const size = { rows: 41, columns: 63 };
  const cases: readonly (readonly [string, Study, Measure[], typeof ct])[] = [
    ["a CT series", study(series()), [region, ellipse, coronal, length], ct],
    ["a radiograph", study(radiograph()), [still(region)], (uid) => source(uid, { LossyImageCompression: "01", LossyImageCompressionRatio: 10, LossyImageCompressionMethod: "ISO_10918_1" }, size)], // biome-ignore format: one line
    ["a colour photograph", study(picture({ channels: 3 })), [still(region), still(ellipse)], (uid) => source(uid, {}, size)], // biome-ignore format: one line
    ["captures of a NIfTI volume", study(series({ dicom: false })), [region, ellipse], (uid) => source(uid)],
  ];
  test.runIf(installed("dciodvfy"))("dciodvfy finds no error, in states with measurements neither", async () => {
    for (const [name, of, marks, header] of cases) {
      const states = await toPresentationStates(result("locate", { object: "x", boxes: [] }, of), of, {
        at,
        reviewed: reviewedWith(...marks),
        headers: async (uid) => header(uid),
      });
      for (const [kind, file] of [
        ["seg", (await make(of, marks, header))[0]],
        ...states.map((one) => ["gsps", one]),
      ] as [string, DicomFile][]) {
        // biome-ignore format: one line
        const path = join(folder, `${name.replaceAll(" ", "-")}.${kind}.dcm`);
        writeFileSync(path, file.bytes);
        const { stderr } = spawnSync("dciodvfy", [path], { encoding: "utf8" });
        expect(stderr, name).toContain(kind === "seg" ? "Segmentation" : "GrayscaleSoftcopyPresentationState");
        expect(stderr, name).not.toMatch(/^Error/m);
      }
    }
  });

  test.runIf(installed("dcmdump"))("DCMTK reads it", async () => {
    const path = join(folder, "dump.dcm");
    writeFileSync(path, (await make(study(series()), [region]))[0].bytes);
    const dump = execFileSync("dcmdump", ["--quote-nonascii", path], { encoding: "utf8" });
    expect(dump).toMatch(/SegmentAlgorithmType\n?/);
    expect(dump).toMatch(/\[MANUAL\]/);
  });
});

describe("a structured report with its presentation states and segmentations", () => {
  /** Slice 2 has a region and a length, slice 3 an ellipse. */
  const withRelated = async () => {
    const of = study(series());
    const marks = [region, ellipse, length];
    const options = { at, reviewed: reviewedWith(...marks) };
    const answer = result("report", { findings: [], impression: "", otherSections: {} }, of);
    const states = await toPresentationStates(answer, of, { ...options, headers: async (uid) => ct(uid) });
    const segmentations = await make(of, marks);
    const related = [...states, ...segmentations];
    return { states, segmentations, sr: (await toDicomSr(answer, of, { ...options, related })).report };
  };

  test("refers to each: in the evidence, the state beside its images, each segment by its number", async () => {
    const { states, segmentations, sr } = await withRelated();
    const tree = dataSet(sr);
    const [evidence] = tree.sequence("CurrentRequestedProcedureEvidenceSequence");
    const named = evidence
      .sequence("ReferencedSeriesSequence")
      .flatMap((one) => one.sequence("ReferencedSOPSequence").map((item) => item.string("ReferencedSOPInstanceUID")));
    for (const { sopInstanceUID } of [...states, ...segmentations]) expect(named).toContain(sopInstanceUID);
    const images: ReturnType<typeof dataSet>[] = [];
    const visit = (item: ReturnType<typeof dataSet>) => {
      if (item.string("ValueType") === "IMAGE") images.push(item.sequence("ReferencedSOPSequence")[0]);
      for (const child of item.sequence("ContentSequence")) visit(child);
    };
    visit(tree);
    const drawn = images.filter((one) => one.sequence("ReferencedSOPSequence").length > 0);
    expect(
      new Set(drawn.map((one) => one.sequence("ReferencedSOPSequence")[0].string("ReferencedSOPInstanceUID"))),
    ).toEqual(new Set(states.map(({ sopInstanceUID }) => sopInstanceUID)));
    const segments = images.filter((one) => one.string("ReferencedSOPInstanceUID") === segmentations[0].sopInstanceUID);
    expect(segments.map((one) => one.number("ReferencedSegmentNumber"))).toEqual([1, 2]);
  });

  test.runIf(installed("dciodvfy") && installed("dsrdump"))("dciodvfy finds no error and DCMTK reads it", async () => {
    const { states, segmentations, sr } = await withRelated();
    const folder = mkdtempSync(join(tmpdir(), "polyclinic-sr-"));
    const path = join(folder, "related.sr.dcm");
    writeFileSync(path, sr.bytes);
    const { stderr } = spawnSync("dciodvfy", [path], { encoding: "utf8" });
    const dump = spawnSync("dsrdump", ["+Pl", "+Pu", path], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(stderr).toContain("ComprehensiveSR");
    expect(stderr).not.toMatch(/^Error/m);
    expect(dump.status, dump.stderr).toBe(0);
    for (const { sopInstanceUID } of [...states, ...segmentations]) expect(dump.stdout).toContain(sopInstanceUID);
  });
});

test("measurements are drawn in presentation states with their sizes", async () => {
  const of = study(series());
  const [state] = await toPresentationStates(result("locate", { object: "x", boxes: [] }, of), of, {
    at,
    reviewed: reviewedWith(length, ellipse, region),
    headers: async (uid) => ct(uid),
  });
  const drawn = dataSet(state).sequence("GraphicAnnotationSequence");
  const graphic = drawn.map((one) => one.sequence("GraphicObjectSequence")[0]);
  expect(graphic.map((one) => one.string("GraphicType"))).toEqual(["POLYLINE", "ELLIPSE", "POLYLINE"]);
  expect(graphic[0].numbers("GraphicData")).toEqual([0, 0, 10, 0]);
  // Ends of the major axis, which is vertical, then of the minor one.
  expect(graphic[1].numbers("GraphicData")).toEqual([35, 8, 35, 28, 30, 18, 40, 18]);
  expect(graphic[2].number("NumberOfGraphicPoints")).toBe(5);
  expect(drawn.map((one) => one.sequence("TextObjectSequence")[0].string("UnformattedTextValue"))).toEqual([
    "7.0 mm",
    "0.77 cm²",
    expect.stringMatching(/^nodule, 0\.\d\d cm²$/),
  ]);
});

test("images people drew on and the model did not see are captured and referred to", async () => {
  const of = study(series({ dicom: false }), picture());
  const seen = result("locate", { object: "x", boxes: [] }, of);
  const images = seen.saw.images.filter(({ part, index }) => part === 0 && index === 0);
  const reviewed = reviewedWith(region, { ...still(ellipse), part: 1 });
  const { captures } = await toDicomSr({ ...seen, saw: { ...seen.saw, images } }, of, { at, reviewed });
  expect(captures).toHaveLength(2);
  const files = await toSegmentations({ ...seen, saw: { ...seen.saw, images } }, of, {
    at,
    reviewed,
    headers: async (uid) => {
      const capture = captures.find(({ sopInstanceUID }) => sopInstanceUID === uid);
      return capture && (await openInstance(memorySource("capture.dcm", capture.bytes))).file.dataset;
    },
  });
  expect(files).toHaveLength(2);
  const [first] = dataSet(files[0]).sequence("PerFrameFunctionalGroupsSequence");
  const [image] = first.sequence("DerivationImageSequence")[0].sequence("SourceImageSequence");
  // Slices 0 and 2 are captured, of which the second is drawn on.
  expect([image.string("ReferencedSOPInstanceUID"), image.number("ReferencedFrameNumber")]).toEqual([
    captures[0].sopInstanceUID,
    2,
  ]);
});
