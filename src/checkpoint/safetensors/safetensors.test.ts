import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CheckpointWeights } from "../weights.ts";
import { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from "./half.ts";
import { type TensorToWrite, writeSafetensors } from "./safetensors-writer.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("16-bit formats", () => {
  test("every f16 value survives a round trip", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const wide = new Float32Array(65536);
    f16ToF32(all, wide);
    expect([wide[0x3c00], wide[0xc000], wide[0x7bff], wide[0x0001], wide[0x7c00]]).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      Infinity,
    ]);
    const back = f32ToF16(wide);
    for (let h = 0; h < 65536; h++)
      if (!Number.isNaN(wide[h]) && back[h] !== h) throw new Error(`f16 ${h} came back as ${back[h]}`);
    for (let h = 0; h < 65536; h++)
      if (Number.isNaN(wide[h]) && (back[h] & 0x7c00) !== 0x7c00) throw new Error(`NaN ${h} lost`);
  });

  test("rounding goes to the nearest value, ties to even", () => {
    const f16 = new Float32Array(65536);
    f16ToF32(
      Uint16Array.from({ length: 65536 }, (_, i) => i),
      f16,
    );
    const nearest = (stored: number, table: Float32Array, x: number) => {
      const error = Math.abs(table[stored] - x);
      const below = stored & 0x7fff ? Math.abs(table[stored - 1] - x) : Infinity;
      const above = Math.abs(table[stored + 1] - x);
      expect(error).toBeLessThanOrEqual(Math.min(below, Number.isNaN(above) ? Infinity : above));
      if (error === below || error === above) expect(stored & 1).toBe(0);
    };
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -65503, max: 65503 }), (x) => {
        nearest(f32ToF16(Float32Array.of(x))[0], f16, Math.fround(x));
      }),
      { numRuns: 2000, seed: 1 },
    );
    const bf16 = new Float32Array(65536);
    bf16ToF32(
      Uint16Array.from({ length: 65536 }, (_, i) => i),
      bf16,
    );
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, noDefaultInfinity: true, min: -Math.fround(1e38), max: Math.fround(1e38) }),
        (x) => {
          nearest(f32ToBf16(Float32Array.of(x))[0], bf16, Math.fround(x));
        },
      ),
      { numRuns: 2000, seed: 1 },
    );
    expect(f32ToBf16(Float32Array.of(NaN))[0] & 0x7fff).toBeGreaterThan(0x7f80);
    expect([...f32ToF16(Float32Array.of(65519.996, 65520, -1e30, 2 ** -25, 2 ** -25 * 1.01))]).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0, 1,
    ]);
  });
});

const tensors: TensorToWrite[] = [
  { name: "model.norm.weight", shape: [3], data: Float32Array.of(1, -2, 3.5) },
  { name: "model.embed_tokens.weight", shape: [4, 2], dtype: "BF16", data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7) },
  { name: "model.empty", shape: [0, 5], data: new Float32Array(0) },
  { name: "model.half", shape: [2, 1], dtype: "F16", data: () => Float32Array.of(0.5, -0.25) },
];

test("what is written is read back, whole and by rows, in every format", async () => {
  const path = join(folder, "round.safetensors");
  await writeSafetensors(path, tensors, { metadata: { made: "here" } });
  const weights = await CheckpointWeights.open([path], "gemma");
  expect([...weights.names].sort()).toEqual(tensors.map((t) => t.name).sort());
  expect(weights.files[0].header.metadata).toEqual({ format: "pt", made: "here" });
  for (const { name, shape, dtype = "F32", data } of tensors) {
    expect(weights.shape(name)).toEqual(shape);
    expect(weights.dtype(name)).toBe(dtype);
    expect(await weights.read(name)).toEqual(typeof data === "function" ? await data() : data);
  }
  expect([...(await weights.readRows("model.embed_tokens.weight", 1, 2))]).toEqual([2, 3, 4, 5]);
  expect((await weights.readRaw("model.half")).length).toBe(4);
  await expect(weights.readRows("model.embed_tokens.weight", 3, 2)).rejects.toThrow(/rows 3 to 4.*4 rows/);
  await expect(weights.read("model.nothing")).rejects.toThrow(/no tensor model.nothing/);
  await weights.close();
});

test("a failed write leaves nothing and replaces nothing", async () => {
  const path = join(folder, "kept.safetensors");
  await writeSafetensors(path, tensors.slice(0, 1));
  const before = await readFile(path);
  await expect(writeSafetensors(path, tensors)).rejects.toThrow(/already exists/);
  const failing: TensorToWrite = { name: "z", shape: [2], data: () => Promise.reject(new Error("no numbers")) };
  await expect(writeSafetensors(path, [...tensors, failing], { overwrite: true })).rejects.toThrow(/cannot be written/);
  const wrong: TensorToWrite = { name: "z", shape: [2], data: new Float32Array(3) };
  await expect(writeSafetensors(join(folder, "wrong.safetensors"), [wrong])).rejects.toThrow(
    /z.*expected 2 for \[2\], found 3/,
  );
  expect(await readFile(path)).toEqual(before);
  expect((await readdir(folder)).filter((name) => name.includes("tmp") || name.includes("wrong"))).toEqual([]);
});

describe("damaged files", () => {
  const build = (header: unknown, data: number, length?: bigint) => {
    const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
    const bytes = new Uint8Array(8 + json.length + data);
    new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
    bytes.set(json, 8);
    return bytes;
  };
  const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
    dtype: "F32",
    shape,
    data_offsets: [begin, end],
  });

  test.each([
    ["empty", new Uint8Array(0), /too short.*0 bytes/],
    ["absurd header size", build({}, 0, 1n << 60n), /a header that is too large/],
    ["header beyond the end", build({}, 0, 5000n), /ends inside its header.*5008/],
    ["not JSON", build("{not json", 0), /not JSON/],
    ["a list", build("[]", 0), /not an object/],
    ["truncated", build({ a: f32(0, 64) }, 60), /truncated/],
    ["too long", build({ a: f32(0, 64) }, 68), /longer than its tensors/],
    ["overlap", build({ a: f32(0, 64), b: f32(32, 96) }, 96), /overlapping tensors: a and b/],
    ["gap", build({ a: f32(0, 32), b: f32(64, 96) }, 96), /gap before b/],
    ["size and shape", build({ a: f32(0, 64, [4, 5]) }, 64), /a: .*80 bytes for F32 \[4,5\].*64 bytes/],
    ["unknown dtype", build({ a: { ...f32(0, 4), dtype: "F12" } }, 4), /unknown dtype.*F12/],
    [
      "dtype that is not read",
      build({ a: { dtype: "I8", shape: [4], data_offsets: [0, 4] } }, 4),
      /F32, F16 or BF16.*I8/,
    ],
    ["negative offsets", build({ a: f32(-4, 0) }, 0), /invalid offsets/],
    ["shape of strings", build({ a: { ...f32(0, 4), shape: ["1"] } }, 4), /invalid shape/],
  ])("%s", async (name, bytes, message) => {
    const path = join(folder, `${name}.safetensors`);
    await writeFile(path, bytes);
    await expect(CheckpointWeights.open([path], "gemma")).rejects.toThrow(message);
    await expect(CheckpointWeights.open([path], "gemma")).rejects.toMatchObject({
      where: expect.stringContaining(path),
    });
  });

  test("no prefix of a good file is accepted, and no flipped byte of the header crashes the reader", async () => {
    const good = await readFile(join(folder, "kept.safetensors"));
    const path = join(folder, "mutated.safetensors");
    for (let cut = 0; cut < good.length; cut += 3) {
      await writeFile(path, good.subarray(0, cut));
      await expect(CheckpointWeights.open([path], "gemma")).rejects.toMatchObject({ code: "checkpoint/safetensors" });
    }
    for (let i = 0; i < 100; i++) {
      const bytes = Uint8Array.from(good);
      bytes[i % good.length] ^= 1 << (i % 8);
      await writeFile(path, bytes);
      const opened = await CheckpointWeights.open([path], "gemma").catch((error) => error);
      if (opened instanceof CheckpointWeights) await opened.close();
      else expect(opened.code).toMatch(/^checkpoint\//);
    }
  });
});
