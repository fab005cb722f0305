/** Presentation states read by others: DCMTK and dicom3tools' dciodvfy, where they are installed (`apt-get install dcmtk dicom3tools`). */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers, at, picture, radiograph, result, series, study } from "../../../test/export-fixtures.ts";
import { type Attributes, ctImageStorage, elements } from "../../../test/support/dicom.ts";
import { parseDicom, writeDicom } from "../../imaging/dicom/index.ts";
import type { Study } from "../../study/types.ts";
import { toPresentationStates } from "./presentation-state.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "polyclinic-state-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const installed = (tool: string) => spawnSync(tool, ["--version"]).error === undefined;
const nodule = {
  object: "nodule",
  boxes: [
    { label: "nodule", box: { x0: 3, y0: 4, x1: 10, y1: 12 }, image: 2, part: 0, index: 2 },
    { label: "nodule", box: { x0: 20.5, y0: 4, x1: 30, y1: 12 }, image: 3, part: 0, index: 3 },
  ],
};

/** The source's file, as far as its display goes. */
const source = (attributes: Attributes, { rows = 32, columns = 48 } = {}) =>
  writeDicom(
    elements({
      SOPClassUID: ctImageStorage,
      SOPInstanceUID: "1.2.3.2.1.3",
      StudyInstanceUID: "1.2.3.2",
      SeriesInstanceUID: "1.2.3.2.1",
      Modality: "CT",
      Rows: rows,
      Columns: columns,
      SamplesPerPixel: 1,
      PhotometricInterpretation: "MONOCHROME2",
      BitsAllocated: 16,
      BitsStored: 16,
      HighBit: 15,
      PixelRepresentation: 1,
      PixelData: new Uint8Array(Int16Array.from({ length: rows * columns }, (_, i) => i).buffer),
      ...attributes,
    }),
  );
const ct = { RescaleSlope: 1, RescaleIntercept: -1024, WindowCenter: 40, WindowWidth: 400, PixelSpacing: [0.7, 0.7] };
const make = (answer: unknown, of: Study, bytes: Uint8Array | undefined) =>
  toPresentationStates(result("locate", answer, of), of, {
    at,
    headers: async (uid) => bytes && parseDicom(bytes, { name: uid }).dataset,
  });
const dataSet = (bytes: Uint8Array) => parseDicom(bytes, { name: "state.dcm" }).dataset;

test("draws each box over its slice, closed, with the source's rescale and window", async () => {
  const [state, ...more] = await make(nodule, study(series()), source(ct));
  expect(more).toEqual([]);
  const read = dataSet(state.bytes);
  expect([read.string("Modality"), read.string("StudyInstanceUID"), read.string("PatientID")]).toEqual([
    "PR",
    "1.2.3.2",
    "P-2",
  ]);
  const [referenced] = read.sequence("ReferencedSeriesSequence");
  expect(referenced.sequence("ReferencedImageSequence").map((one) => one.string("ReferencedSOPInstanceUID"))).toEqual([
    "1.2.3.2.1.3",
    "1.2.3.2.1.4",
  ]);
  const [first, second] = read.sequence("GraphicAnnotationSequence");
  expect(first.sequence("GraphicObjectSequence")[0].numbers("GraphicData")).toEqual([3, 4, 10, 4, 10, 12, 3, 12, 3, 4]);
  expect(second.sequence("GraphicObjectSequence")[0].numbers("GraphicData")[0]).toBe(20.5);
  expect(first.sequence("TextObjectSequence")[0].string("UnformattedTextValue")).toBe("nodule");
  expect([read.number("RescaleIntercept"), read.string("RescaleType"), read.string("PresentationLUTShape")]).toEqual([
    -1024,
    "HU",
    "IDENTITY",
  ]);
  expect(read.sequence("SoftcopyVOILUTSequence")[0].number("WindowWidth")).toBe(400);
});

test("keeps the polarity of a radiograph; images displayed differently get states of their own", async () => {
  const inverse = source({ PhotometricInterpretation: "MONOCHROME1" });
  const [state] = await make(answers.locate, study(radiograph()), inverse);
  expect(dataSet(state.bytes).string("PresentationLUTShape")).toBe("INVERSE");
  const of = study(series());
  const windows = await toPresentationStates(result("locate", nodule, of), of, {
    at,
    headers: async (uid) => dataSet(source({ ...ct, WindowCenter: uid.endsWith("3") ? 40 : -600 })),
  });
  expect(windows).toHaveLength(2);
  expect(windows[0].sopInstanceUID).not.toBe(windows[1].sopInstanceUID);
});

test("is left out where a greyscale state would display the image otherwise than the source says", async () => {
  const lut = [{ LUTDescriptor: [4, 0, 16], LUTData: new Uint8Array(8) }];
  for (const bytes of [
    source({ PhotometricInterpretation: "RGB", SamplesPerPixel: 3 }),
    source({ VOILUTSequence: lut }),
    source({ ModalityLUTSequence: lut }),
    undefined,
  ])
    expect(await make(nodule, study(series()), bytes)).toEqual([]);
  expect(await make({ object: "nodule", boxes: [] }, study(series()), source(ct))).toEqual([]);
  // A prior of another study is no image of this one.
  const pair = study(radiograph({ study: "1.2.3.0", instance: "1.2.3.0.1.1" }), radiograph());
  expect(await make(answers.locate, pair, source({}))).toEqual([]);
});

describe("read by others", () => {
  const cases: readonly (readonly [string, unknown, Study, Attributes])[] = [
    ["a CT series", nodule, study(series()), ct],
    ["a radiograph", answers.locate, study(radiograph()), { PhotometricInterpretation: "MONOCHROME1" }],
    ["captures of a NIfTI volume", nodule, study(series({ dicom: false })), {}],
    ["a grey picture", answers.locate, study(picture()), {}],
  ];
  test.runIf(installed("dciodvfy"))("dciodvfy finds no error", async () => {
    for (const [name, answer, of, attributes] of cases) {
      const [state] = await make(answer, of, source(attributes));
      const path = join(folder, `${name.replaceAll(" ", "-")}.dcm`);
      writeFileSync(path, state.bytes);
      const { stderr } = spawnSync("dciodvfy", [path], { encoding: "utf8" });
      expect(stderr, name).toContain("GrayscaleSoftcopyPresentationState");
      expect(stderr, name).not.toMatch(/^Error/m);
    }
  });

  test.runIf(installed("dcmp2pgm"))("DCMTK applies it to the source: the window is the source's", async () => {
    const [image, path, out] = ["source.dcm", "state.dcm", "out.pgm"].map((name) => join(folder, name));
    const bytes = source({ ...ct, WindowCenter: -200, WindowWidth: 1000 });
    writeFileSync(image, bytes);
    writeFileSync(path, (await make(nodule, study(series()), bytes))[0].bytes);
    execFileSync("dcmp2pgm", ["-p", path, image, out], { stdio: "ignore" });
    const shown = readFileSync(out);
    const pixels = shown.subarray(shown.length - 32 * 48);
    // Stored i is i - 1024 HU; the window begins at -700 and ends at 300.
    expect([pixels[0], pixels[323], pixels[1325]]).toEqual([0, 0, 255]);
    expect(Math.abs(pixels[824] - 128)).toBeLessThan(3);
  });
});
