/** Ways to break a file: flips, truncations, spliced stretches and lengths, nested sequences, absurd sizes. Reproducible from a seed. */
import { Random } from "../../src/base/random.ts";

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Numbers that readers trip over when they stand for a length, a count or a side. */
const absurd = [0, 1, 0x7f, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

const mutations: readonly Mutation[] = [
  function flip(bytes, random) {
    const out = bytes.slice();
    for (let n = 1 + random.below(24); n > 0; n--) out[random.below(out.length)] ^= 1 << random.below(8);
    return out;
  },
  function flipTheHead(bytes, random) {
    const out = bytes.slice();
    for (let n = 1 + random.below(8); n > 0; n--) out[random.below(Math.min(600, out.length))] = random.below(256);
    return out;
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length));
  },
  function spliceLengths(bytes, random) {
    const out = bytes.slice();
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    for (let n = 1 + random.below(4); n > 0; n--) {
      const at = random.below(Math.max(1, out.length - 4)) & ~1;
      const value = absurd[random.below(absurd.length)];
      if (at + 4 > out.length) continue;
      if (random.below(2)) view.setUint32(at, value, random.below(2) === 0);
      else view.setUint16(at, value & 0xffff, random.below(2) === 0);
    }
    return out;
  },
  function spliceStretches(bytes, random) {
    const from = random.below(bytes.length);
    const length = 1 + random.below(Math.min(4096, bytes.length - from));
    const to = random.below(bytes.length);
    const stretch = bytes.subarray(from, from + length);
    const rest = random.below(2) ? bytes.subarray(to) : bytes.subarray(Math.min(bytes.length, to + length));
    return join(bytes.subarray(0, to), stretch, rest);
  },
  function nestSequences(bytes, random) {
    // Undefined-length DICOM sequences inside one another, implicit and explicit, spliced in after the meta header.
    const explicit = Uint8Array.of(0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff);
    const implicit = Uint8Array.of(0x08, 0, 0x40, 0x11, 0xff, 0xff, 0xff, 0xff);
    const item = Uint8Array.of(0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff);
    const level = join(random.below(2) ? explicit : implicit, item);
    const nested = join(...new Array<Uint8Array>(1 + random.below(3000)).fill(level));
    const at = Math.min(bytes.length, 132 + 2 * random.below(300));
    return join(bytes.subarray(0, at), nested, bytes.subarray(at));
  },
  function blank(bytes, random) {
    const out = bytes.slice();
    const from = random.below(out.length);
    out.fill(random.below(2) ? 0 : 255, from, from + 1 + random.below(2000));
    return out;
  },
  function repeatTheTail(bytes, random) {
    return join(bytes, bytes.subarray(random.below(bytes.length)));
  },
];

function join(...pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** One broken file; `seed` decides everything. Now and then two mutations meet. */
export function mutate(bytes: Uint8Array, seed: number): { bytes: Uint8Array; how: string } {
  const random = new Random(seed);
  const how: string[] = [];
  let out = bytes;
  for (let n = random.below(4) === 0 ? 2 : 1; n > 0; n--) {
    if (out.length === 0) break;
    const mutation = mutations[random.below(mutations.length)];
    how.push(mutation.name);
    out = mutation(out, random);
  }
  return { bytes: out, how: how.join(" + ") };
}
