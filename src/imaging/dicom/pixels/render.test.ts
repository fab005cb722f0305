import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { instanceOf, sliceBytes } from "../../../../test/support/dicom.ts";
import { renderFrame, slicesOf } from "../index.ts";

const radiograph = { Modality: "DX", SOPClassUID: "1.2.840.10008.5.1.4.1.1.1.1", RescaleIntercept: 0 };
const words = (...numbers: number[]) => new Uint8Array(Uint16Array.from(numbers).buffer);
const small = { ...radiograph, Rows: 1, Columns: 4, PixelRepresentation: 0, BitsStored: 12, HighBit: 11 };

async function render(attributes: Parameters<typeof sliceBytes>[0], ...display: [Parameters<typeof renderFrame>[1]?]) {
  const [slice] = slicesOf(instanceOf(sliceBytes(attributes), "x.dcm"));
  return [...(await renderFrame(slice, ...display)).image.data];
}

test("a radiograph fills the range from its own minimum to its own maximum, whatever window the header has", async () => {
  const pixels = words(100, 200, 300, 500);
  expect(await render({ ...small, PixelData: pixels, WindowCenter: 150, WindowWidth: 10 })).toEqual([0, 64, 128, 255]);
});

test("MONOCHROME1 is inverted", async () => {
  const inverted = { ...small, PhotometricInterpretation: "MONOCHROME1", PixelData: words(100, 200, 300, 500) };
  expect(await render(inverted)).toEqual([255, 191, 127, 0]);
});

test("padding neither stretches the range nor becomes white", async () => {
  const padded = { ...small, PixelPaddingValue: 0, PixelData: words(0, 100, 300, 500) };
  expect(await render(padded)).toEqual([0, 0, 128, 255]);
  expect(await render({ ...padded, PhotometricInterpretation: "MONOCHROME1" })).toEqual([0, 255, 127, 0]);
});

test("a constant picture is black, and a window is applied when it is asked for", async () => {
  expect(await render({ ...small, PixelData: words(7, 7, 7, 7) })).toEqual([0, 0, 0, 0]);
  const window = { center: 300, width: 200, shape: "linear-exact" } as const;
  expect(await render({ ...small, PixelData: words(100, 200, 300, 500) }, window)).toEqual([0, 0, 128, 255]);
});

test("the modality LUT comes before the stretch", async () => {
  const lut = { LUTDescriptor: [4, 0, 16], LUTData: words(10, 10, 20, 30), ModalityLUTType: "US" };
  expect(await render({ ...small, ModalityLUTSequence: [lut], PixelData: words(0, 1, 2, 3) })).toEqual([
    0, 0, 128, 255,
  ]);
});

test("colour is RGB: a JPEG without colour marker keeps its components", async () => {
  const bytes = new Uint8Array(
    readFileSync(new URL("../fixtures/pydicom/SC_jpeg_no_color_transform.dcm", import.meta.url)),
  );
  const { image } = await renderFrame(slicesOf(instanceOf(bytes, "tile.dcm"))[0]);
  expect([image.width, image.height, image.channels]).toEqual([256, 256, 3]);
  // A slide tile that is mostly glass: neutral grey, which taken for YCbCr would be a strong pink.
  const mean = [0, 1, 2].map((c) => image.data.filter((_, i) => i % 3 === c).reduce((sum, v) => sum + v, 0) / 65536);
  expect(Math.max(...mean) - Math.min(...mean)).toBeLessThan(10);
  expect(mean[0]).toBeGreaterThan(200);
});
