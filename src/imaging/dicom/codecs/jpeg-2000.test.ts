/** Against OpenJPEG in WebAssembly: what it encodes without loss comes back to the last bit; what it would read otherwise is left to it. */
import { createRequire } from "node:module";
import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../../base/random.ts";
import { decodeReversible } from "./jpeg-2000.ts";
import { decodeWasm } from "./wasm.ts";

interface FrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  isSigned: boolean;
}

interface Encoder {
  getDecodedBuffer(info: FrameInfo): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  setDecompositions(levels: number): void;
  setQuality(lossless: boolean, step: number): void;
  setProgressionOrder(order: number): void;
  setBlockDimensions(size: { width: number; height: number }): void;
  setTileSize(size: { width: number; height: number }): void;
  setTileOffset(at: { x: number; y: number }): void;
  setImageOffset(at: { x: number; y: number }): void;
  setNumPrecincts(count: number): void;
  encode(): void;
  delete(): void;
}

let openjpeg: { J2KEncoder: new () => Encoder };

beforeAll(async () => {
  openjpeg = await createRequire(import.meta.url)("@cornerstonejs/codec-openjpeg/wasmjs")();
});

function encode(data: Uint8Array, info: FrameInfo, set: (encoder: Encoder) => void): Uint8Array {
  const encoder = new openjpeg.J2KEncoder();
  encoder.getDecodedBuffer(info).set(data);
  encoder.setQuality(true, 0);
  set(encoder);
  encoder.encode();
  const bytes = encoder.getEncodedBuffer().slice();
  encoder.delete();
  return bytes;
}

/** Slopes, flat stretches and noise. `[height, width, components]`, little endian. */
function picture(random: Random, { width, height, bitsPerSample, componentCount, isSigned }: FrameInfo): Uint8Array {
  const most = 2 ** (isSigned ? bitsPerSample - 1 : bitsPerSample) - 1;
  const least = isSigned ? -most - 1 : 0;
  const noise = [0, 3, most >> 3, most - least][random.below(4)];
  const values = Array.from({ length: width * height * componentCount }, (_, i) => {
    const [x, y] = [Math.floor(i / componentCount) % width, Math.floor(i / componentCount / width)];
    const value = (x >> 4) % 3 === 0 ? least : least + ((most - least) * (x + y)) / (width + height);
    return Math.min(most, Math.max(least, Math.round(value + random.below(noise + 1))));
  });
  if (bitsPerSample <= 8) return Uint8Array.from(values);
  return new Uint8Array(Uint16Array.from(values).buffer);
}

const bytesOf = ({ data }: { data: ArrayBufferView }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

describe.each([
  { bitsPerSample: 8, componentCount: 1, isSigned: false },
  { bitsPerSample: 12, componentCount: 1, isSigned: false },
  { bitsPerSample: 16, componentCount: 1, isSigned: false },
  { bitsPerSample: 16, componentCount: 1, isSigned: true },
  { bitsPerSample: 8, componentCount: 3, isSigned: false },
])("$componentCount components of $bitsPerSample bits, signed $isSigned", (kind) => {
  test.each([0, 1, 2, 3, 4])("in progression %i", (order) => {
    const random = new Random(kind.bitsPerSample * 10 + order);
    for (const [width, height] of [
      [1, 1],
      [1, 17],
      [33, 5],
      [64, 64],
      [131, 97],
    ])
      for (const levels of [0, 1, 5]) {
        // The encoder takes no more.
        if (2 ** levels > Math.min(width, height)) continue;
        const info = { ...kind, width, height };
        const data = picture(random, info);
        const block = [16, 32, 64][random.below(3)];
        const bytes = encode(data, info, (encoder) => {
          encoder.setDecompositions(levels);
          encoder.setProgressionOrder(order);
          encoder.setBlockDimensions({ width: block, height: random.below(2) === 0 ? block : 16 });
        });
        const decoded = decodeReversible(bytes);
        expect(decoded, `${width} x ${height}, ${levels} levels`).toMatchObject({
          width,
          height,
          precision: kind.bitsPerSample,
          components: kind.componentCount,
        });
        expect(Buffer.compare(bytesOf(decoded!), data), `${width} x ${height}, ${levels} levels`).toBe(0);
      }
  });
});

const info = { width: 150, height: 110, bitsPerSample: 12, componentCount: 1, isSigned: false };

test("what is lossy is left to the general decoder", () => {
  const random = new Random(1);
  const bytes = encode(picture(random, info), info, (encoder) => encoder.setQuality(false, 10));
  expect(decodeReversible(bytes)).toBeUndefined();
});

test("a damaged stream gives what the general decoder gives, or is left to it", async () => {
  const random = new Random(2);
  const whole = encode(picture(random, info), info, () => undefined);
  let left = 0;
  for (let i = 0; i < 200; i++) {
    const bytes = whole.slice(0, random.below(4) === 0 ? 100 + random.below(whole.length - 100) : whole.length);
    for (let n = random.below(4); n > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
    const start = process.cpuUsage();
    const decoded = decodeReversible(bytes);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(1);
    if (decoded === undefined) {
      left++;
      continue;
    }
    const general = await decodeWasm("jpeg-2000", bytes).catch(() => undefined);
    if (general !== undefined) expect(Buffer.compare(bytesOf(decoded), bytesOf(general))).toBe(0);
  }
  expect(left).toBeGreaterThan(20);
  expect(left).toBeLessThan(180);
});
