/** Against CharLS (its WebAssembly build, a development dependency): what it encodes is read to the last bit. */
import { createRequire } from "node:module";
import { beforeAll, describe, expect, test } from "vitest";
import { PolyclinicError } from "../../../base/errors.ts";
import { Random } from "../../../base/random.ts";
import { decodeJpegLs } from "./jpeg-ls.ts";

interface FrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
}
interface Encoder {
  getDecodedBuffer(info: FrameInfo): Uint8Array;
  setNearLossless(near: number): void;
  setInterleaveMode(mode: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

let charls: { JpegLSEncoder: new () => Encoder };
beforeAll(async () => {
  charls = await createRequire(import.meta.url)("@cornerstonejs/codec-charls/wasmjs")();
});

function encode(data: Uint8Array | Uint16Array, info: FrameInfo, near: number, interleave: number): Uint8Array {
  const encoder = new charls.JpegLSEncoder();
  encoder.getDecodedBuffer(info).set(new Uint8Array(data.buffer));
  encoder.setNearLossless(near);
  encoder.setInterleaveMode(interleave);
  encoder.encode();
  const bytes = encoder.getEncodedBuffer().slice();
  encoder.delete();
  return bytes;
}

/** Slopes, flat stretches and noise, so that runs, their interruptions and long codes all come up. `[height, width, components]`. */
function picture(random: Random, { width, height, bitsPerSample, componentCount }: FrameInfo) {
  const top = 2 ** bitsPerSample - 1;
  const data = new (bitsPerSample <= 8 ? Uint8Array : Uint16Array)(width * height * componentCount);
  const noise = [0, 1, top >> 4, top][random.below(4)];
  for (let i = 0, y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < componentCount; c++, i++) {
        const flat = (x >> 4) % 3 === 0 || random.below(200) === 0;
        const value = flat ? (top * ((y >> 3) % 5)) >> 2 : (top * (x + y + c)) / (width + height + componentCount);
        data[i] = Math.min(top, Math.max(0, value + (flat ? 0 : random.below(noise + 1))));
      }
  return data;
}

const planar = (data: Uint8Array | Uint16Array, count: number) =>
  data.map((_, i) => data[(i % (data.length / count)) * count + Math.floor(i / (data.length / count))]);

describe.each([
  { bitsPerSample: 8, componentCount: 1 },
  { bitsPerSample: 10, componentCount: 1 },
  { bitsPerSample: 12, componentCount: 1 },
  { bitsPerSample: 16, componentCount: 1 },
  { bitsPerSample: 8, componentCount: 3 },
  { bitsPerSample: 16, componentCount: 3 },
])("$componentCount components of $bitsPerSample bits", ({ bitsPerSample, componentCount }) => {
  test.each(componentCount === 1 ? [0] : [0, 1, 2])("interleaved by rule %i", (interleave) => {
    const random = new Random(bitsPerSample * 10 + interleave);
    for (const near of [0, 0, 1, 3])
      for (const [width, height] of [
        [1, 1],
        [2, 9],
        [63, 40],
        [130, 17],
      ]) {
        const info = { width, height, bitsPerSample, componentCount };
        const data = picture(random, info);
        const bytes = encode(interleave === 0 ? planar(data, componentCount) : data, info, near, interleave);
        const decoded = decodeJpegLs(bytes);
        expect(decoded).toMatchObject({ width, height, precision: bitsPerSample, components: componentCount });
        const most = Array.from(data).reduce(
          (worst, value, i) => Math.max(worst, Math.abs(value - decoded.data[i])),
          0,
        );
        expect(most, `${width} x ${height}, near ${near}`).toBeLessThanOrEqual(near);
      }
  });
});

test("damaged streams give a picture or a named error, each in the time of a whole one", () => {
  const random = new Random(3);
  const info = { width: 200, height: 150, bitsPerSample: 12, componentCount: 1 };
  const whole = encode(picture(random, info), info, 0, 0);
  let failed = 0;
  for (let i = 0; i < 300; i++) {
    const bytes = whole.slice();
    for (let n = 1 + random.below(8); n > 0; n--) bytes[25 + random.below(bytes.length - 25)] = random.below(256);
    const start = process.cpuUsage();
    try {
      decodeJpegLs(random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes);
    } catch (error) {
      if (!PolyclinicError.is(error)) throw error;
      failed++;
    }
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(1);
  }
  expect(failed).toBeGreaterThan(200);
});
