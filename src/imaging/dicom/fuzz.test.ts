/** A bounded slice of fuzzing: a value or a `PolyclinicError`, in time. POLYCLINIC_FUZZ sets the number of mutants. */

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { memorySource } from "../../bytes/index.ts";
import {
  applyPalette,
  assembleSeries,
  decodeFrame,
  deidentify,
  describeInstance,
  loadVolume,
  locateFrames,
  parseDicom,
  readFrameBytes,
  readMediaDirectory,
  readPalette,
  renderFrame,
  toRgb,
} from "./index.ts";

const mutants = Number(process.env.POLYCLINIC_FUZZ ?? 600);
const limits = { maxPixels: 1 << 22, maxFrames: 200, maxBytes: 1 << 26, maxRatio: 100 };
const folder = new URL("./fixtures/", import.meta.url);
const seeds = [
  ...readdirSync(folder).filter((name) => name.endsWith(".dcm")),
  ...readdirSync(new URL("pydicom/", folder), { recursive: true })
    .filter((name) => name !== "charset")
    .map((name) => `pydicom/${name}`),
].map((name) => ({ name, bytes: new Uint8Array(readFileSync(new URL(name, folder))) }));

/** Flips, truncations, spliced lengths, copied stretches (which nest sequences), absurd sizes. */
function mutate(original: Uint8Array, random: Random): Uint8Array {
  const bytes = original.slice();
  const at = () => random.below(random.below(3) ? Math.min(bytes.length, 1200) : bytes.length);
  for (let n = 1 + random.below(6); n > 0; n--) {
    switch (random.below(6)) {
      case 0:
        bytes[at()] ^= 1 << random.below(8);
        break;
      case 1:
        return bytes.slice(0, 1 + random.below(bytes.length));
      case 2: {
        const extreme = [0xffffffff, 0xfffffffe, 0x7fffffff, 0x10000, 0, 1][random.below(6)];
        const where = at();
        if (where + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(where, extreme, true);
        break;
      }
      case 3: {
        const [from, to, length] = [at(), at(), random.below(64)];
        bytes.copyWithin(to, from, from + length);
        break;
      }
      case 4:
        bytes[at()] = random.below(256);
        break;
      default: {
        // The bytes of an item or delimiter tag somewhere.
        const tag = [0xfe, 0xff, [0x00, 0x0d, 0xdd][random.below(3)], 0xe0, 0xff, 0xff, 0xff, 0xff];
        bytes.set(tag, Math.min(at(), Math.max(0, bytes.length - 8)));
      }
    }
  }
  return bytes;
}

/** Everything a user can have done with a file. */
async function useAll(bytes: Uint8Array): Promise<void> {
  const file = parseDicom(bytes, { name: "mutant.dcm", limits });
  for (const { tag } of file.dataset.elements.values()) file.dataset.strings(tag);
  if (file.dataset.has("DirectoryRecordSequence")) readMediaDirectory(file);
  const instance = describeInstance(file, memorySource("mutant.dcm", bytes), limits);
  if (instance.format === undefined) {
    deidentify(file);
    return;
  }
  const frames = await locateFrames(file, undefined, limits);
  const frame = await decodeFrame(await readFrameBytes(frames, 0), frames.format, "mutant.dcm", frames.ranges[0].bit);
  if (frame.samples === 3) toRgb(frame, "mutant.dcm");
  if (frame.photometric === "PALETTE COLOR") applyPalette(frame, readPalette(file.dataset, "mutant.dcm"));
  const { series } = await assembleSeries([instance]);
  for (const one of series) {
    if (one.kind === "volume" || one.kind === "stack") await loadVolume(one, { threads: 1 });
    else await renderFrame(one.slices[0]);
  }
  deidentify(file);
}

test(`${mutants} mutated files give a value or a named error, each within five seconds`, {
  timeout: 600_000,
}, async () => {
  const random = new Random(20261);
  const codes = new Map<string, number>();
  for (let i = 0; i < mutants; i++) {
    const seed = seeds[random.below(seeds.length)];
    const state = random.state;
    // Processor time: a busy machine makes nothing slower than it is.
    const start = process.cpuUsage();
    let code = "value";
    try {
      await useAll(mutate(seed.bytes, random));
    } catch (error) {
      if (!PolyclinicError.is(error))
        throw new Error(`${seed.name} from random state ${state} failed with no named error`, { cause: error });
      code = error.code;
    }
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000, `${seed.name} from random state ${state}`).toBeLessThan(5000);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  // The mutants really reach both ends: some are whole, some fail in several ways.
  expect(codes.get("value")).toBeGreaterThan(mutants / 20);
  expect(codes.size).toBeGreaterThan(5);
});
