/** PNG with its checksums made right again, JPEG by its segments. */
import { crc32, deflateSync } from "node:zlib";
import type { Breaker } from "./index.ts";
import { absurdNumber, joined, pick, put } from "./values.ts";

interface Chunk {
  readonly name: string;
  readonly data: Uint8Array;
}

export const breakPng: Breaker = (bytes, random) => {
  const chunks = chunksOf(bytes);
  if (chunks.length === 0) return undefined;
  const at = random.below(chunks.length);
  switch (random.below(6)) {
    case 0:
    case 1: {
      const head = chunks[0].data.slice();
      if (random.below(2)) put(head, 4 * random.below(2), 4, absurdNumber(random), false);
      else put(head, 8 + random.below(5), 1, random.below(20), false);
      return { bytes: png([{ name: "IHDR", data: head }, ...chunks.slice(1)]), how: "PNG header" };
    }
    case 2:
      return { bytes: png([...chunks.slice(0, at), ...chunks.slice(at + 1)]), how: "chunk removed" };
    case 3:
      return {
        bytes: png([
          ...chunks.slice(0, at),
          ...new Array<Chunk>(1 + random.below(300)).fill(chunks[at]),
          ...chunks.slice(at),
        ]),
        how: "chunk repeated",
      };
    case 4: {
      const swollen = deflateSync(new Uint8Array(1 << (10 + random.below(14))));
      return {
        bytes: png(chunks.map((chunk) => (chunk.name === "IDAT" ? { ...chunk, data: swollen } : chunk))),
        how: "different pixels",
      };
    }
    default: {
      const name = pick(random, ["iCCP", "tEXt", "zTXt", "gAMA", "tRNS", "PLTE", "eXIf", "acTL", "pHYs"]);
      const data = Uint8Array.from({ length: random.below(400) }, () => random.below(256));
      return { bytes: png([chunks[0], { name, data }, ...chunks.slice(1)]), how: `a chunk ${name}` };
    }
  }
};

function chunksOf(bytes: Uint8Array): Chunk[] {
  const chunks: Chunk[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) break;
    chunks.push({
      name: Buffer.from(bytes.subarray(at + 4, at + 8)).toString("latin1"),
      data: bytes.slice(at + 8, at + 8 + length),
    });
    at += 12 + length;
  }
  return chunks;
}

function png(chunks: readonly Chunk[]): Uint8Array {
  const parts = chunks.map(({ name, data }) => {
    const out = new Uint8Array(12 + data.length);
    const view = new DataView(out.buffer);
    view.setUint32(0, data.length);
    out.set(Buffer.from(name, "latin1"), 4);
    out.set(data, 8);
    view.setUint32(8 + data.length, checksum(out.subarray(4, 8 + data.length)));
    return out;
  });
  return joined(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), ...parts);
}

const checksum = (bytes: Uint8Array): number => crc32(bytes);

export const breakJpeg: Breaker = (bytes, random) => {
  const segments: { at: number; end: number; marker: number }[] = [];
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const end = at + 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
    segments.push({ at, end, marker: bytes[at + 1] });
    if (bytes[at + 1] === 0xda || end <= at + 2) break;
    at = end;
  }
  if (segments.length === 0) return undefined;
  const { at, end, marker } = pick(random, segments);
  const out = bytes.slice();
  switch (random.below(6)) {
    case 0:
      put(out, at + 2, 2, absurdNumber(random), false);
      return { bytes: out, how: "length of a segment" };
    case 1:
      return { bytes: joined(out.subarray(0, at), out.subarray(Math.min(end, out.length))), how: "segment removed" };
    case 2:
      return {
        bytes: joined(
          out.subarray(0, end),
          ...new Array<Uint8Array>(1 + random.below(100)).fill(out.subarray(at, end)),
          out.subarray(end),
        ),
        how: "segment repeated",
      };
    case 3: {
      const frame = segments.find((one) => one.marker >= 0xc0 && one.marker <= 0xc3) ?? segments[0];
      put(out, frame.at + 4 + random.below(12), 1, random.below(256), false);
      return { bytes: out, how: "the frame header" };
    }
    case 4:
      out[at + 1] = pick(random, [0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc9, 0xda, 0xdb, 0xdd, 0xe1, 0xe2, 0xee, 0xf7]);
      return { bytes: out, how: `marker ${marker.toString(16)}` };
    default: {
      // The whole scan again and again, as a progressive picture of a thousand scans.
      const scan = segments.find((one) => one.marker === 0xda);
      if (scan === undefined) return undefined;
      const piece = out.subarray(scan.at, Math.max(scan.at, out.length - 2));
      return {
        bytes: joined(
          out.subarray(0, out.length - 2),
          ...new Array<Uint8Array>(1 + random.below(250)).fill(piece.subarray(0, 20_000)),
          out.subarray(out.length - 2),
        ),
        how: "scans repeated",
      };
    }
  }
};
