/** Formats that are tables of numbers: NIfTI headers, TIFF directories, the directory of a zip. */
import type { Random } from "../../../src/base/random.ts";
import type { Breaker } from "./index.ts";
import { absurdNumber, pick, put } from "./values.ts";

/** Offset and size of the fields of nifti1.h and nifti2.h that a reader looks at. */
const niftiOne = [
  [40, 2],
  [42, 2],
  [44, 2],
  [46, 2],
  [48, 2],
  [70, 2],
  [72, 2],
  [76, 4],
  [80, 4],
  [88, 4],
  [108, 4],
  [112, 4],
  [116, 4],
  [123, 1],
  [252, 2],
  [254, 2],
  [256, 4],
  [268, 4],
  [280, 4],
  [296, 4],
  [0, 4],
  [344, 4],
] as const;
const floats = [Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1e38, 1e-38, 9e8, 2 ** 31, 352, 353];

export const breakNifti: Breaker = (bytes, random) => {
  const out = bytes.slice();
  const little = out[0] !== 0;
  const [at, size] = pick(random, niftiOne);
  const isFloat = size === 4 && at !== 0 && at !== 344;
  if (isFloat && at + 4 <= out.length && random.below(3) > 0)
    new DataView(out.buffer, out.byteOffset, out.byteLength).setFloat32(at, pick(random, floats), little);
  else put(out, at, size, absurdNumber(random), little);
  return { bytes: out, how: `header field at ${at}` };
};

export const breakTiff: Breaker = (bytes, random) => {
  const out = bytes.slice();
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const little = out[0] === 0x49;
  const big = view.getUint16(2, little) === 43;
  const directories: number[] = [];
  const link = (at: number) => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const [counts, entry, links] = big ? [8, 20, 8] : [2, 12, 4];
  const countAt = (at: number) => (big ? Number(view.getBigUint64(at, little)) : view.getUint16(at, little));
  for (
    let at = link(big ? 8 : 4);
    at > 0 && at + counts <= out.length && !directories.includes(at) && directories.length < 50;
  ) {
    const end = at + counts + entry * countAt(at);
    if (end + links > out.length) break;
    directories.push(at);
    at = link(end);
  }
  if (directories.length === 0) return undefined;
  const directory = pick(random, directories);
  const count = countAt(directory);
  const at = directory + counts + entry * random.below(Math.max(1, count));
  const end = directory + counts + entry * count;
  switch (random.below(7)) {
    case 0:
      put(
        out,
        at,
        2,
        pick(
          random,
          [254, 256, 257, 258, 259, 262, 273, 277, 278, 279, 282, 284, 322, 323, 324, 325, 330, 347, 530, 34675, 65420],
        ),
        little,
      );
      return { bytes: out, how: "tag of an entry" };
    case 1:
      put(out, at + 2, 2, random.below(20), little);
      return { bytes: out, how: "type of an entry" };
    case 2:
      put(out, at + 4, big ? 8 : 4, absurdNumber(random), little);
      return { bytes: out, how: "count of an entry" };
    case 3:
    case 4:
      put(
        out,
        at + (big ? 12 : 8),
        pick(random, [2, 4, big ? 8 : 4]),
        pick(random, [absurdNumber(random), pick(random, directories), random.below(out.length)]),
        little,
      );
      return { bytes: out, how: "value of an entry" };
    case 5:
      put(
        out,
        end,
        big ? 8 : 4,
        pick(random, [absurdNumber(random), pick(random, directories), random.below(out.length)]),
        little,
      );
      return { bytes: out, how: "link of a directory" };
    default:
      put(out, directory, counts, pick(random, [absurdNumber(random), count + 1, count + 40]), little);
      return { bytes: out, how: "entries of a directory" };
  }
};

export const breakZip: Breaker = (bytes, random) => {
  const out = bytes.slice();
  const find = (mark: readonly number[]): number[] => {
    const found: number[] = [];
    for (let at = 0; at + 4 <= out.length && found.length < 100; at++)
      if (mark.every((byte, i) => out[at + i] === byte)) found.push(at);
    return found;
  };
  const end = find([0x50, 0x4b, 5, 6]).at(-1);
  const entries = find([0x50, 0x4b, 1, 2]);
  if (end === undefined || entries.length === 0) return undefined;
  return change(out, end, pick(random, entries), random);
};

function change(out: Uint8Array, end: number, entry: number, random: Random): { bytes: Uint8Array; how: string } {
  switch (random.below(5)) {
    case 0: {
      const [at, size] = pick(random, [
        [8, 2],
        [10, 2],
        [12, 4],
        [16, 4],
        [20, 2],
      ] as const);
      put(out, end + at, size, absurdNumber(random), true);
      return { bytes: out, how: "end of a zip" };
    }
    case 1:
    case 2: {
      const [at, size] = pick(random, [
        [6, 2],
        [8, 2],
        [10, 2],
        [16, 4],
        [20, 4],
        [24, 4],
        [28, 2],
        [30, 2],
        [38, 4],
        [42, 4],
      ] as const);
      put(out, entry + at, size, absurdNumber(random), true);
      return { bytes: out, how: "entry of a zip" };
    }
    case 3:
      out.set(Buffer.from(pick(random, ["../", "..\\", "C:\\", "/", "\0", "a/"])), entry + 46);
      return { bytes: out, how: "name in a zip" };
    default: {
      // A zip64 locator in front of the end, with an offset from anywhere.
      const locator = new Uint8Array(20);
      put(locator, 0, 4, 0x07064b50, true);
      put(locator, 8, 8, absurdNumber(random), true);
      put(locator, 16, 4, 1, true);
      const tail = out.slice(end);
      put(tail, 16, 4, 0xffffffff, true);
      return { bytes: new Uint8Array(Buffer.concat([out.subarray(0, end), locator, tail])), how: "zip64 locator" };
    }
  }
}
