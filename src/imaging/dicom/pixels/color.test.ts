import { describe, expect, test } from "vitest";
import { sliceBytes } from "../../../../test/support/dicom.ts";
import { applyPalette, type DecodedFrame, parseDicom, readPalette, toRgb } from "../index.ts";

const words = (...numbers: number[]) => new Uint8Array(Uint16Array.from(numbers).buffer);
const indices = (...data: number[]): DecodedFrame => ({
  rows: 1,
  columns: data.length,
  samples: 1,
  photometric: "PALETTE COLOR",
  bits: 8,
  data: Uint8Array.from(data),
});

describe("palettes", () => {
  /** Colours by pydicom 3.0.2's `apply_color_lut` of indices 0 to 11. */
  test("segmented palettes: runs and ramps, clamped on both sides", () => {
    const { dataset } = parseDicom(
      sliceBytes({
        PixelRepresentation: 0,
        RedPaletteColorLookupTableDescriptor: [8, 2, 16],
        GreenPaletteColorLookupTableDescriptor: [8, 2, 16],
        BluePaletteColorLookupTableDescriptor: [8, 2, 16],
        SegmentedRedPaletteColorLookupTableData: words(0, 2, 0, 1000, 1, 4, 9000, 1, 2, 9000),
        SegmentedGreenPaletteColorLookupTableData: words(0, 8, 1, 2, 3, 4, 5, 6, 7, 8),
        SegmentedBluePaletteColorLookupTableData: words(0, 1, 500, 1, 7, 0),
      }),
    );
    const { data, bits } = applyPalette(indices(...Array(12).keys()), readPalette(dataset, "file"));
    expect(bits).toBe(16);
    // biome-ignore format: one colour a group
    expect([...data]).toEqual([
      0, 1, 500, 0, 1, 500, 0, 1, 500, 1000, 2, 429, 3000, 3, 357, 5000, 4, 286, 7000, 5, 214, 9000, 6, 143, 9000, 7, 71,
      9000, 8, 0, 9000, 8, 0, 9000, 8, 0,
    ]);
  });

  test("a missing or short palette is a named error", () => {
    expect(() => readPalette(parseDicom(sliceBytes()).dataset, "file")).toThrow(
      /^file: Red palette: the palette is missing/,
    );
    const short = sliceBytes({
      RedPaletteColorLookupTableDescriptor: [8, 0, 16],
      RedPaletteColorLookupTableData: words(1, 2),
    });
    expect(() => readPalette(parseDicom(short).dataset, "file")).toThrow(/the palette has 2 of 8 entries/);
  });
});

describe("YBR", () => {
  const ybr = [0, 128, 128, 255, 128, 128, 76, 85, 255, 150, 44, 21, 29, 255, 107, 100, 10, 240, 200, 250, 3];
  const frame = (photometric: string, data: number[]): DecodedFrame => ({
    rows: 1,
    columns: data.length / 3,
    samples: 3,
    photometric,
    bits: 8,
    data: Uint8Array.from(data),
  });

  /** pydicom 3.0.2's `convert_color_space`, which works in fixed steps: one grey level either way. */
  test("YBR_FULL to RGB", () => {
    const expected = [0, 0, 0, 255, 255, 255, 254, 0, 0, 0, 255, 1, 0, 0, 254, 255, 61, 0, 25, 247, 255];
    const { data, photometric } = toRgb(frame("YBR_FULL", ybr), "file");
    expect(photometric).toBe("RGB");
    expected.forEach((value, i) => {
      expect(Math.abs(data[i] - value)).toBeLessThanOrEqual(1);
    });
  });

  test("the reversible transform comes back to the same bytes", () => {
    const rgb = [10, 200, 30, 0, 0, 255, 255, 255, 255, 77, 76, 75];
    const rct: number[] = [];
    for (let i = 0; i < rgb.length; i += 3) {
      const [r, g, b] = rgb.slice(i, i + 3);
      const [u, v] = [b - g + 128, r - g + 128];
      if (u < 0 || u > 255 || v < 0 || v > 255) rct.push(128, 128, 128);
      else rct.push(Math.floor((r + 2 * g + b) / 4), u, v);
    }
    const { data } = toRgb(frame("YBR_RCT", rct), "file");
    expect([...data.slice(6)]).toEqual(rgb.slice(6));
  });

  test("an unknown colour space is a named error", () => {
    expect(() => toRgb(frame("HSV", ybr), "file.dcm")).toThrow(/^file\.dcm: .*found HSV/);
  });
});
