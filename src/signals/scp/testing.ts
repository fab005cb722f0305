/** Writes small SCP-ECG files for tests and samples: sections 1, 2, 3 and 6, with the checksums of the standard. */
import { type HuffmanTable, standardTable } from "./huffman.ts";
import { checksum } from "./sections.ts";

export interface ScpToWrite {
  /** Lead number of section 3 and samples in steps. */
  readonly leads: readonly { readonly id: number; readonly samples: readonly number[] }[];
  /** Nanovolts per step; 5000 is common. */
  readonly scale?: number;
  /** Microseconds. */
  readonly interval?: number;
  readonly differences?: 0 | 1 | 2;
  /** Default: two bytes per sample, no section 2. */
  readonly huffman?: boolean;
  /** Bytes of section 1 without its header. */
  readonly about?: readonly number[];
}

export function writeScp({ leads, scale = 5000, interval = 2000, differences = 0, huffman, about }: ScpToWrite) {
  const coded = leads.map(({ samples }) => {
    const values = samples.map((value, i) => {
      if (i < differences || differences === 0) return value;
      return differences === 1 ? value - samples[i - 1] : value - 2 * samples[i - 1] + samples[i - 2];
    });
    return huffman ? encode(values, standardTable) : values.flatMap(word);
  });
  const definitions = leads.flatMap(({ id, samples }) => [...long(1), ...long(samples.length), id]);
  const sections: [number, readonly number[]][] = [
    [
      1,
      about ?? [
        25,
        4,
        0,
        ...word(2026),
        11,
        28,
        26,
        3,
        0,
        16,
        41,
        5,
        27,
        2,
        0,
        5,
        0,
        28,
        2,
        0,
        150,
        0,
        29,
        1,
        0,
        2,
        255,
        0,
        0,
      ],
    ],
    ...(huffman ? [[2, word(19999)] as [number, number[]]] : []),
    [3, [leads.length, 4 | (leads.length << 3), ...definitions]],
    [
      6,
      [
        ...word(scale),
        ...word(interval),
        differences,
        0,
        ...coded.flatMap(({ length }) => word(length)),
        ...coded.flat(),
      ],
    ],
  ];
  const even = sections.map(([id, content]) => [id, content.length % 2 ? [...content, 0] : content] as const);
  // Twelve pointers, as the standard requires, whether or not a section exists.
  let at = 6 + 16 + 12 * 10;
  const placed = even.map(([id, content]) => {
    const place = { id, content, at, size: content.length + 16 };
    at += place.size;
    return place;
  });
  const pointers = Array.from({ length: 12 }, (_, id) => {
    if (id === 0) return [...word(0), ...long(16 + 120), ...long(7)];
    const section = placed.find((each) => each.id === id);
    return [...word(id), ...long(section?.size ?? 0), ...long(section === undefined ? 0 : section.at + 1)];
  });
  const body = [
    ...sectionBytes(0, pointers.flat(), "SCPECG"),
    ...placed.flatMap(({ id, content }) => sectionBytes(id, content)),
  ];
  const rest = [...long(body.length + 6), ...body];
  return Uint8Array.from([...word(checksum(Uint8Array.from(rest))), ...rest]);
}

function sectionBytes(id: number, content: readonly number[], reserved = "\0\0\0\0\0\0"): number[] {
  const head = [...word(id), ...long(content.length + 16), 13, 13, ...[...reserved].map((c) => c.charCodeAt(0))];
  const rest = [...head, ...content];
  return [...word(checksum(Uint8Array.from(rest))), ...rest];
}

const word = (value: number) => [value & 255, (value >> 8) & 255];
const long = (value: number) => [...word(value & 0xffff), ...word(value >>> 16)];

function encode(values: readonly number[], table: HuffmanTable): number[] {
  let bits = "";
  for (const value of values) {
    const short = table.find(({ prefix, total, value: of }) => prefix === total && of === value);
    const code =
      short ?? table.find(({ prefix, total }) => total - prefix === (value >= -128 && value < 128 ? 8 : 16))!;
    for (let i = 0; i < code.prefix; i++) bits += (code.code / 2 ** i) & 1;
    if (short === undefined) {
      const length = code.total - code.prefix;
      bits += (value & (2 ** length - 1)).toString(2).padStart(length, "0");
    }
  }
  return (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
}
