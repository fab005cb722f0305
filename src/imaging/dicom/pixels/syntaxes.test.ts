/** One CT slice in every transfer syntax; expected.json is written by tools/reference/imaging/dicom_fixtures.py. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../bytes/index.ts";
import { decodeFrame, locateFrames, parseDicom, readFrameBytes, toRgb } from "../index.ts";

const fixtures = new URL("../fixtures/", import.meta.url);
const expected: Record<string, { sha256: string; by: string; largestError: number | null; corner: number[] }> =
  JSON.parse(readFileSync(new URL("expected.json", fixtures), "utf8"));

async function decode(name: string, frame = 0) {
  const file = parseDicom(readFileSync(new URL(name, fixtures)), { name });
  const frames = await locateFrames(file);
  const bytes = await readFrameBytes(frames, frame);
  return { file, frame: await decodeFrame(bytes, frames.format, name, frames.ranges[frame].bit) };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

const checksum = (values: ArrayLike<number>) => createHash("sha256").update(Int32Array.from(values)).digest("hex");

describe("one slice in every transfer syntax", () => {
  for (const [name, { sha256, by }] of Object.entries(expected).filter(([name]) => name !== "htj2k-203.dcm"))
    test(`${name} gives the values of ${by}`, async () => {
      const { frame } = await decode(name);
      expect([frame.rows, frame.columns, frame.samples]).toEqual([96, 128, 1]);
      expect(checksum(frame.data)).toBe(sha256);
    });

  test("htj2k-203.dcm, lossy, stays within one of another decoder and within its error of the original", async () => {
    const { frame } = await decode("htj2k-203.dcm");
    const { frame: original } = await decode("explicit-little.dcm");
    const { corner, largestError } = expected["htj2k-203.dcm"];
    corner.forEach((value, i) => {
      expect(Math.abs(frame.data[Math.floor(i / 4) * 128 + (i % 4)] - value)).toBeLessThanOrEqual(1);
    });
    const error = largestDifference(frame.data, original.data);
    expect(error).toBeLessThanOrEqual(largestError! + 1);
  });

  test("lossy syntaxes keep within their stated error", async () => {
    const { frame: original } = await decode("explicit-little.dcm");
    for (const [name, { largestError }] of Object.entries(expected)) {
      if (largestError === null) continue;
      const { frame } = await decode(name);
      const error = largestDifference(frame.data, original.data);
      expect(error, name).toBeLessThanOrEqual(largestError + 1);
    }
  });
});

/** Checksums by pydicom 3.0.2 (tools/reference/imaging/dicom_checksums.py); the files are pydicom's own test data. */
describe("files with a catch", () => {
  test.each([
    ["SC_rgb_small_odd.dcm", "a frame of odd length"],
    ["SC_rgb_small_odd_big_endian.dcm", "eight-bit samples in big-endian words"],
    ["SC_jpeg_no_color_transform.dcm", "JPEG that is RGB without saying so"],
    ["SC_rgb_rle_16bit_2frame.dcm", "RLE of three samples of 16 bits"],
    ["JPEGLSNearLossless_08.dcm", "near-lossless JPEG-LS"],
    ["image_dfl.dcm", "a deflated data set"],
    ["liver_nonbyte_aligned_j2k.dcm", "one-bit frames that share bytes"],
    ["rtdose.dcm", "32-bit samples"],
  ])("%s: %s", async (name) => {
    const reference = JSON.parse(
      readFileSync(new URL("../../../../test/conformance/dicom-reference.json", import.meta.url), "utf8"),
    );
    const row = reference.rows.find(({ file }: { file: string }) => file.endsWith(`/${name}`));
    const bytes = readFileSync(new URL(`pydicom/${name}`, fixtures));
    const frames = await locateFrames(parseDicom(bytes, { name }), memorySource(name, bytes));
    const hash = createHash("sha256");
    for (const [i, { bit }] of frames.ranges.entries()) {
      const frame = await decodeFrame(await readFrameBytes(frames, i), frames.format, name, bit);
      hash.update(Int32Array.from((frame.samples === 3 ? toRgb(frame, name) : frame).data));
    }
    expect(hash.digest("hex")).toBe(row.sha256);
  });
});
