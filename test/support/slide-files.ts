/** Writers of small slide files for tests: TIFF in all its variants, and DICOM whole-slide instances. */

/** A TIFF field: ASCII, SHORT, LONG, RATIONAL or bytes. */
export type Field =
  | { tag: number; ascii: string }
  | { tag: number; short: readonly number[] }
  | { tag: number; long: readonly number[] }
  | { tag: number; rational: readonly (readonly [number, number])[] }
  | { tag: number; bytes: Uint8Array };

export interface PageSpec {
  width: number;
  height: number;
  /** Side of a tile; absent for strips. */
  tile?: readonly [width: number, height: number];
  rowsPerStrip?: number;
  /** Encoded tiles or strips; undefined is stored as absent (offset and count zero). */
  data: readonly (Uint8Array | undefined)[];
  fields?: readonly Field[];
}

/** Writes a TIFF or BigTIFF of either byte order, pages in a chain. */
export function buildTiff(pages: readonly PageSpec[], { big = false, littleEndian = true } = {}): Uint8Array {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const append = (bytes: Uint8Array): number => {
    const at = size;
    chunks.push(bytes);
    size += bytes.length;
    if (size % 2 === 1) {
      chunks.push(new Uint8Array(1));
      size++;
    }
    return at;
  };
  const le = littleEndian;
  const header = new Uint8Array(big ? 16 : 8);
  const head = new DataView(header.buffer);
  header.fill(le ? 0x49 : 0x4d, 0, 2);
  head.setUint16(2, big ? 43 : 42, le);
  if (big) head.setUint16(4, 8, le);
  append(header);
  let link = (at: number) => (big ? head.setBigUint64(8, BigInt(at), le) : head.setUint32(4, at, le));

  for (const page of pages) {
    const offsets = page.data.map((bytes) => (bytes === undefined ? 0 : append(bytes)));
    const counts = page.data.map((bytes) => bytes?.length ?? 0);
    const fields: Field[] = [
      { tag: 256, long: [page.width] },
      { tag: 257, long: [page.height] },
      ...(page.tile === undefined
        ? ([
            { tag: 278, long: [page.rowsPerStrip ?? page.height] },
            { tag: 273, long: offsets },
            { tag: 279, long: counts },
          ] as const)
        : ([
            { tag: 322, long: [page.tile[0]] },
            { tag: 323, long: [page.tile[1]] },
            { tag: 324, long: offsets },
            { tag: 325, long: counts },
          ] as const)),
      ...(page.fields ?? []),
    ].sort((a, b) => a.tag - b.tag);
    const inline = big ? 8 : 4;
    const encoded = fields.map((field) => encode(field, le));
    const places = encoded.map(({ bytes }) => (bytes.length > inline ? append(bytes) : undefined));
    const entry = big ? 20 : 12;
    const directory = new Uint8Array((big ? 8 : 2) + entry * fields.length + (big ? 8 : 4));
    const view = new DataView(directory.buffer);
    if (big) view.setBigUint64(0, BigInt(fields.length), le);
    else view.setUint16(0, fields.length, le);
    fields.forEach((field, i) => {
      const at = (big ? 8 : 2) + i * entry;
      const { type, count, bytes } = encoded[i];
      view.setUint16(at, field.tag, le);
      view.setUint16(at + 2, type, le);
      if (big) view.setBigUint64(at + 4, BigInt(count), le);
      else view.setUint32(at + 4, count, le);
      const place = places[i];
      if (place === undefined) directory.set(bytes, at + (big ? 12 : 8));
      else if (big) view.setBigUint64(at + 12, BigInt(place), le);
      else view.setUint32(at + 8, place, le);
    });
    link(append(directory));
    const end = directory.length - (big ? 8 : 4);
    link = (at) => (big ? view.setBigUint64(end, BigInt(at), le) : view.setUint32(end, at, le));
  }
  const file = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    file.set(chunk, at);
    at += chunk.length;
  }
  return file;
}

function encode(field: Field, le: boolean): { type: number; count: number; bytes: Uint8Array } {
  if ("ascii" in field) {
    const bytes = new TextEncoder().encode(`${field.ascii}\0`);
    return { type: 2, count: bytes.length, bytes };
  }
  if ("bytes" in field) return { type: 7, count: field.bytes.length, bytes: field.bytes };
  if ("short" in field) {
    const bytes = new Uint8Array(2 * field.short.length);
    field.short.forEach((value, i) => {
      new DataView(bytes.buffer).setUint16(2 * i, value, le);
    });
    return { type: 3, count: field.short.length, bytes };
  }
  const values = "long" in field ? field.long : field.rational.flat();
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, i) => {
    new DataView(bytes.buffer).setUint32(4 * i, value, le);
  });
  return "long" in field ? { type: 4, count: values.length, bytes } : { type: 5, count: field.rational.length, bytes };
}

/** The usual fields of 8-bit RGB (or grey) pixels. */
export function pixelFields(compression: number, photometric = 2, samples = 3): Field[] {
  return [
    { tag: 258, short: new Array<number>(samples).fill(8) },
    { tag: 259, short: [compression] },
    { tag: 262, short: [photometric] },
    { tag: 277, short: [samples] },
    { tag: 284, short: [1] },
  ];
}

/** Cuts `[height, width, 3]` pixels into tiles row by row; what lies beyond the edge is black. */
export function cutTiles(
  pixels: Uint8Array,
  width: number,
  height: number,
  tileWidth: number,
  tileHeight: number,
): Uint8Array[] {
  const tiles: Uint8Array[] = [];
  for (let top = 0; top < height; top += tileHeight)
    for (let left = 0; left < width; left += tileWidth) {
      const tile = new Uint8Array(tileWidth * tileHeight * 3);
      for (let y = 0; y < Math.min(tileHeight, height - top); y++) {
        const from = ((top + y) * width + left) * 3;
        tile.set(pixels.subarray(from, from + Math.min(tileWidth, width - left) * 3), y * tileWidth * 3);
      }
      tiles.push(tile);
    }
  return tiles;
}

/** A DICOM element: `[group * 65536 + element, VR, value]`; sequences hold items. */
export type Element = readonly [tag: number, vr: string, value: string | number | Uint8Array | readonly Element[][]];

const longVrs = new Set(["OB", "OW", "SQ", "UN"]);

/** An explicit VR little endian DICOM file; `frames` become encapsulated pixel data when a compressed syntax is named. */
export function buildDicom(
  elements: readonly Element[],
  frames: readonly Uint8Array[],
  syntax = "1.2.840.10008.1.2.1",
): Uint8Array {
  const meta = encodeElements([[0x00020010, "UI", syntax]]);
  const length = encodeElements([[0x00020000, "UL", meta.length]]);
  const body = encodeElements([...elements].sort((a, b) => a[0] - b[0]));
  const encapsulated = syntax !== "1.2.840.10008.1.2.1";
  const pixels = encapsulated ? encapsulate(frames) : encodeElements([[0x7fe00010, "OB", concat(frames)]]);
  const preamble = new Uint8Array(132);
  preamble.set(new TextEncoder().encode("DICM"), 128);
  return concat([preamble, length, meta, body, pixels]);
}

function encapsulate(frames: readonly Uint8Array[]): Uint8Array {
  const item = (element: number, bytes: Uint8Array) => {
    const header = new Uint8Array(8);
    const view = new DataView(header.buffer);
    view.setUint16(0, 0xfffe, true);
    view.setUint16(2, element, true);
    view.setUint32(4, bytes.length + (bytes.length % 2), true);
    return concat([header, bytes, new Uint8Array(bytes.length % 2)]);
  };
  const start = new Uint8Array([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  return concat([
    start,
    item(0xe000, new Uint8Array()),
    ...frames.map((frame) => item(0xe000, frame)),
    item(0xe0dd, new Uint8Array()),
  ]);
}

function encodeElements(elements: readonly Element[]): Uint8Array {
  return concat(
    elements.map(([tag, vr, value]) => {
      const bytes = encodeValue(vr, value);
      const long = longVrs.has(vr);
      const header = new Uint8Array(long ? 12 : 8);
      const view = new DataView(header.buffer);
      view.setUint16(0, tag >>> 16, true);
      view.setUint16(2, tag & 0xffff, true);
      header.set(new TextEncoder().encode(vr), 4);
      if (long) view.setUint32(8, bytes.length, true);
      else view.setUint16(6, bytes.length, true);
      return concat([header, bytes]);
    }),
  );
}

function encodeValue(vr: string, value: Element[2]): Uint8Array {
  if (value instanceof Uint8Array) return value.length % 2 === 0 ? value : concat([value, new Uint8Array(1)]);
  if (typeof value === "string") {
    const text = value.length % 2 === 0 ? value : value + (vr === "UI" ? "\0" : " ");
    return new TextEncoder().encode(text);
  }
  if (typeof value === "number") {
    const bytes = new Uint8Array(vr === "US" ? 2 : 4);
    const view = new DataView(bytes.buffer);
    if (vr === "US") view.setUint16(0, value, true);
    else if (vr === "FL") view.setFloat32(0, value, true);
    else view.setInt32(0, value, true);
    return bytes;
  }
  return concat(
    value.map((items) => {
      const body = encodeElements([...items].sort((a, b) => a[0] - b[0]));
      const header = new Uint8Array(8);
      const view = new DataView(header.buffer);
      view.setUint32(0, 0xe000fffe, true);
      view.setUint32(4, body.length, true);
      return concat([header, body]);
    }),
  );
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
