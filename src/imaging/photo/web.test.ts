/** A browser's decoding of pictures gives the bytes that Node's gives, of every kind that it reads; and refuses by name what it does not. */
import { crc32 } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { expect, test } from "vitest";
import { defaultLimits } from "../types.ts";
import { decode } from "./decode.ts";
import { decode as decodeWeb } from "./decode.web.ts";
import { photoFormat } from "./format.ts";

const [width, height] = [37, 23];
const source = (channels: 1 | 2 | 3 | 4) =>
  sharp(
    Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 7 + ((i * i) >> 5)) & 255),
    { raw: { width, height, channels } },
  );
const job = (bytes: Uint8Array) => ({
  bytes,
  format: photoFormat(bytes)!,
  where: "picture",
  limits: { ...defaultLimits },
});

const cases: readonly (readonly [string, () => Sharp])[] = [
  ["grey PNG", () => source(1).toColourspace("b-w").png()],
  ["grey PNG with alpha", () => source(2).toColourspace("b-w").png()],
  ["colour PNG", () => source(3).png()],
  ["colour PNG with alpha", () => source(4).png()],
  ["interlaced PNG", () => source(3).png({ progressive: true })],
  ["PNG with a palette of 256", () => source(3).png({ palette: true })],
  ["PNG with a palette of 4", () => source(3).png({ palette: true, colours: 4 })],
  ["PNG with a palette of which colours are transparent", () => source(4).png({ palette: true })],
  ["interlaced PNG with alpha of 16 bits", () => source(4).toColourspace("rgb16").png({ progressive: true })],
  ["PNG of 16 bits", () => source(3).toColourspace("rgb16").png()],
  ["grey PNG of 16 bits", () => source(1).toColourspace("grey16").png()],
  ["JPEG 4:2:0", () => source(3).jpeg()],
  ["JPEG 4:4:4", () => source(3).jpeg({ chromaSubsampling: "4:4:4" })],
  ["progressive JPEG", () => source(3).jpeg({ progressive: true })],
  ["grey JPEG", () => source(1).toColourspace("b-w").jpeg()],
  ...[2, 3, 4, 5, 6, 7, 8].map(
    (orientation) => [`JPEG held as ${orientation}`, () => source(3).jpeg().withMetadata({ orientation })] as const,
  ),
];

test.each(cases)("%s", async (_, make) => {
  const bytes = new Uint8Array(await make().toBuffer());
  await expectSame(bytes);
});

/** With a chunk `tRNS` before the pixels, which sharp does not write for grey and colour. */
function withTransparent(png: Uint8Array, key: readonly number[]): Uint8Array {
  const body = Buffer.from([...Buffer.from("tRNS"), ...key.flatMap((value) => [value >> 8, value & 255])]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  checksum.writeUInt32BE(crc32(body));
  return Uint8Array.from(Buffer.concat([png.subarray(0, 33), length, body, checksum, png.subarray(33)]));
}

test("one colour of a PNG without alpha may be transparent", async () => {
  for (const channels of [1, 3] as const) {
    const png = await source(channels)
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .png()
      .toBuffer();
    const { transparent } = await expectSame(withTransparent(png, [0, 7, 14].slice(0, channels)));
    expect(transparent).toBeGreaterThan(0);
    expect(transparent).toBeLessThan(0.1);
  }
});

async function expectSame(bytes: Uint8Array) {
  const [theirs, ours] = await Promise.all([decodeWeb(job(bytes), "warning"), decode(job(bytes), "warning")]);
  const rest = ({ image, ...rest }: typeof ours) => ({ ...rest, image: { ...image, data: undefined } });
  expect(rest(theirs)).toEqual(rest(ours));
  expect(Buffer.compare(theirs.image.data, ours.image.data)).toBe(0);
  return ours;
}

test("damage and other formats are refused", async () => {
  const png = new Uint8Array(await source(3).png().toBuffer());
  const wrong = Uint8Array.from(png);
  wrong[60] ^= 1;
  await expect(decodeWeb(job(wrong), "warning")).rejects.toThrow(/checksum/);
  await expect(decodeWeb(job(png.subarray(0, 200)), "warning")).rejects.toThrow(/ends/);
  const jpeg = new Uint8Array(await source(3).jpeg().toBuffer());
  await expect(decodeWeb(job(jpeg.subarray(0, jpeg.length - 40)), "warning")).rejects.toThrow(/end/);
  const webp = new Uint8Array(await source(3).webp().toBuffer());
  await expect(decodeWeb(job(webp), "warning")).rejects.toMatchObject({ code: "photo/not-in-a-browser" });
  const few = { ...job(png), limits: { ...defaultLimits, maxPixels: 100 } };
  await expect(decodeWeb(few, "warning")).rejects.toThrow(/pixel limit/);
});
