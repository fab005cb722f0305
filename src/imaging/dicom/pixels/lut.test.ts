import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sliceBytes } from "../../../../test/support/dicom.ts";
import {
  applyModality,
  applyVoiLut,
  applyWindow,
  parseDicom,
  readModalityTransform,
  readPadding,
  readVoiLuts,
  readWindows,
  type Window,
  windowFunction,
} from "../index.ts";

const values = [-2000, -1024, -161, -160, -160.5, -110, 0, 39.5, 40, 40.5, 41, 100, 239, 240, 241, 3000];

/** pydicom 3.0.2: `apply_windowing` of `values` with BitsStored 8, for (centre, width). */
// biome-ignore format: one row a window
const golden: [Window["shape"], number, number, number[]][] = [
  ["linear", 40, 400, [0, 0, 0, 0, 0, 31.954887, 102.255639, 127.5, 127.819549, 128.139098, 128.458647, 166.165414, 255, 255, 255, 255]],
  ["linear", 40.5, 1, [0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255]],
  ["linear", 0, 2.5, [0, 0, 0, 0, 0, 0, 212.5, 255, 255, 255, 255, 255, 255, 255, 255, 255]],
  ["linear-exact", 40, 400, [0, 0, 0, 0, 0, 31.875, 102, 127.18125, 127.5, 127.81875, 128.1375, 165.75, 254.3625, 255, 255, 255]],
  ["linear-exact", 40.5, 1, [0, 0, 0, 0, 0, 0, 0, 0, 0, 127.5, 255, 255, 255, 255, 255, 255]],
  ["sigmoid", 40, 400, [0, 0.006104, 30.130029, 30.396745, 30.263133, 46.518509, 102.334647, 127.181251, 127.5, 127.818749, 128.137495, 164.642358, 224.3345, 224.603255, 224.869971, 255]],
  ["sigmoid", 40.5, 1, [0, 0, 0, 0, 0, 0, 0, 4.586484, 30.396745, 127.5, 224.603255, 255, 255, 255, 255, 255]],
];

describe("windows", () => {
  test.each(golden)("%s, centre %d, width %d", (shape, center, width, expected) => {
    const display = windowFunction({ shape, center, width });
    values.forEach((value, i) => {
      expect(display(value)).toBeCloseTo(expected[i], 4);
    });
  });

  test("every window is monotonic and stays within 0 to 255", () => {
    const number = fc.double({ min: -5000, max: 5000, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom<Window["shape"]>("linear", "linear-exact", "sigmoid"),
        number,
        fc.double({ min: 1, max: 5000, noNaN: true }),
        fc.array(number, { minLength: 2, maxLength: 20 }),
        (shape, center, width, points) => {
          const out = applyWindow(Float32Array.from(points.sort((a, b) => a - b)), { shape, center, width });
          expect([...out]).toEqual([...out].sort((a, b) => a - b));
        },
      ),
    );
  });

  test("the header's windows are read in its order, unusable ones passed over", () => {
    const { dataset } = parseDicom(
      sliceBytes({
        WindowCenter: [40, 50, "x"],
        WindowWidth: [400, 0, 5],
        WindowCenterWidthExplanation: ["SOFT", "B", "C"],
      }),
    );
    expect(readWindows(dataset)).toEqual([{ center: 40, width: 400, shape: "linear", explanation: "SOFT" }]);
    const { dataset: sigmoid } = parseDicom(
      sliceBytes({ WindowCenter: 1, WindowWidth: 0.5, VOILUTFunction: "SIGMOID" }),
    );
    expect(readWindows(sigmoid)[0].shape).toBe("sigmoid");
  });
});

describe("tables", () => {
  const words = (...numbers: number[]) => new Uint8Array(Uint16Array.from(numbers).buffer);
  const lut = { LUTDescriptor: [3, 10, 16], LUTData: words(0, 1000, 65535), ModalityLUTType: "OD" };

  test("a modality LUT maps stored values and clamps outside", () => {
    const { dataset } = parseDicom(sliceBytes({ ModalityLUTSequence: [lut] }));
    const transform = readModalityTransform(dataset, "file");
    const out = new Float32Array(6);
    applyModality(Int16Array.of(-5, 9, 10, 11, 12, 500), transform, out);
    expect([...out]).toEqual([0, 0, 0, 1000, 65535, 65535]);
    expect(transform.unit).toBe("OD");
  });

  test("a VOI LUT is scaled from its own depth to bytes", () => {
    const { dataset } = parseDicom(sliceBytes({ VOILUTSequence: [lut] }));
    expect([...applyVoiLut(Float32Array.of(0, 11, 12.4, 99), readVoiLuts(dataset, "file")[0])]).toEqual([
      0, 4, 255, 255,
    ]);
  });

  test("a table that is shorter than it says is an error that names it", () => {
    const { dataset } = parseDicom(sliceBytes({ ModalityLUTSequence: [{ ...lut, LUTDescriptor: [300, 0, 16] }] }));
    expect(() => readModalityTransform(dataset, "file.dcm")).toThrow(/^file\.dcm: \(0028,3006\) LUTData/);
  });
});

test("rescaling is linear, for every integer type", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 1, maxLength: 50 }),
      fc.integer({ min: -100, max: 100 }).filter((n) => n !== 0),
      fc.integer({ min: -5000, max: 5000 }),
      (stored, slope, intercept) => {
        const out = new Float32Array(stored.length + 2).fill(7);
        applyModality(Int16Array.from(stored), { kind: "rescale", slope, intercept }, out, 1);
        expect([...out]).toEqual([7, ...stored.map((value) => Math.fround(value * slope + intercept)), 7]);
      },
    ),
  );
});

test("a slope of zero is taken for one and noted", () => {
  const notes: string[] = [];
  const { dataset } = parseDicom(sliceBytes({ RescaleSlope: 0, RescaleIntercept: 5 }));
  const transform = readModalityTransform(dataset, "file", dataset, (note) => notes.push(note));
  expect(transform).toMatchObject({ slope: 1, intercept: 5 });
  expect(notes).toEqual(["RescaleSlope is 0; 1 is used instead"]);
});

test("padding has the sign of the pixels and may be a range", () => {
  const { dataset } = parseDicom(sliceBytes({ PixelPaddingValue: -2000, PixelPaddingRangeLimit: -1990 }));
  expect(readPadding(dataset)).toEqual({ low: -2000, high: -1990 });
  const { dataset: unsigned } = parseDicom(sliceBytes({ PixelRepresentation: 0, PixelPaddingValue: 63536 }));
  expect(readPadding(unsigned)).toEqual({ low: 63536, high: 63536 });
  expect(readPadding(parseDicom(sliceBytes()).dataset)).toBeUndefined();
});
