/** What a header states about pixels and time, where it cannot be shown or handed on as it stands. */
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { sliceBytes } from "../../../../test/support/dicom.ts";
import { buildTiff, pixelFields } from "../../../../test/support/slide-files.ts";
import { openStudy, type Study } from "../../index.ts";

const codes = ({ parts }: Study) => parts.flatMap(({ warnings }) => warnings.map(({ code }) => code));

describe("pixels that are no squares are said", () => {
  const square = sharp({ create: { width: 20, height: 10, channels: 3, background: "grey" } });
  test.each<[string, () => Promise<Uint8Array> | Uint8Array]>([
    ["slices", () => sliceBytes({ PixelSpacing: [1, 2] })],
    [
      "a picture by its aspect ratio",
      () =>
        sliceBytes({
          Modality: "US",
          PixelSpacing: undefined,
          ImagePositionPatient: undefined,
          PixelAspectRatio: [2, 1],
          PixelRepresentation: 0,
        }),
    ],
    [
      "a radiograph",
      () =>
        sliceBytes({
          Modality: "DX",
          PixelSpacing: undefined,
          ImagerPixelSpacing: [0.1, 0.2],
          ImagePositionPatient: undefined,
        }),
    ],
    [
      "a fax",
      () =>
        buildTiff([
          {
            width: 8,
            height: 4,
            data: [new Uint8Array(96)],
            fields: [...pixelFields(1), { tag: 282, rational: [[204, 1]] }, { tag: 283, rational: [[98, 1]] }],
          },
        ]),
    ],
    [
      "a JPEG by its density",
      async () => {
        const jpeg = await square.jpeg().toBuffer();
        const jfif = Buffer.from([0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 1, 0, 100, 0, 200, 0, 0]);
        return Buffer.concat([jpeg.subarray(0, 2), jfif, jpeg.subarray(2)]);
      },
    ],
  ])("%s", async (_, make) => {
    expect(codes(await openStudy({ name: "a", data: await make() }))).toContain("study/non-square-pixels");
  });

  test("squares are not", async () => {
    for (const data of [sliceBytes({ PixelSpacing: [0.7, 0.7] }), await square.jpeg().toBuffer()])
      expect(codes(await openStudy({ name: "a", data }))).not.toContain("study/non-square-pixels");
  });
});

describe("dates and times that are none are said and go nowhere", () => {
  test.each([
    ["StudyDate", "99999999"],
    ["StudyDate", "20230230"],
    ["StudyDate", "unknown"],
    ["StudyDate", "2024"],
    ["PatientBirthDate", "19601301"],
    ["StudyTime", "256161"],
  ])("%s %s", async (keyword, value) => {
    const study = await openStudy({ name: "a", data: sliceBytes({ StudyDate: "20240131", [keyword]: value }) });
    expect(codes(study)).toContain("dicom/invalid-date");
    const [{ origin, acquiredAt }] = study.parts;
    expect(origin.dicom?.attributes[keyword]).toBeUndefined();
    expect(acquiredAt?.slice(0, 10)).toBe(keyword === "StudyDate" ? undefined : "2024-01-31");
  });

  test.each([
    ["StudyDate", "2024.01.31", "20240131"],
    ["StudyDate", "20240229", "20240229"],
    ["StudyTime", "10:20:30.5", "102030.5"],
    ["StudyTime", "235960", "235960"],
    ["StudyTime", "08", "08"],
  ])("%s %s is one", async (keyword, value, kept) => {
    const study = await openStudy({ name: "a", data: sliceBytes({ [keyword]: value }) });
    expect(codes(study)).not.toContain("dicom/invalid-date");
    expect(study.parts[0].origin.dicom?.attributes[keyword]).toBe(kept);
  });
});
