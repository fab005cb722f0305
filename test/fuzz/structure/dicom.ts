/** DICOM: elements with other values, lengths, types and neighbours; items and fragments that lie. */
import type { Random } from "../../../src/base/random.ts";
import { type Element, parseDicom } from "../../../src/imaging/dicom/index.ts";
import type { Breaker } from "./index.ts";
import { absurdNumber, joined, pick, put } from "./values.ts";

const codes = [
  "RGB",
  "ARGB",
  "CMYK",
  "YBR_FULL",
  "YBR_FULL_422",
  "YBR_PARTIAL_420",
  "MONOCHROME1",
  "PALETTE COLOR",
  "NM",
  "MR",
  "CT",
  "US",
  "SM",
  "1.2.840.10008.1.2.4.90",
  "1.2.840.10008.1.2.5",
  "1.2.840.10008.1.2.2",
];
const decimals = ["0", "-1", "1e308", "NaN", "1\\0\\0\\0\\1\\0", "0\\0\\0", "1e-300", "99999999999", "\\\\\\", "-4"];
const vrs = ["SQ", "UN", "OB", "OW", "US", "UL", "FD", "DS", "LO", "UI", "AT"];

export const breakDicom: Breaker = (bytes, random) => {
  const found = elementsOf(bytes);
  // Without elements there is nothing to change by structure.
  if (found === undefined || found.elements.length === 0) return undefined;
  const { elements, little, explicit } = found;
  const element = pick(random, elements);
  const out = bytes.slice();
  const header = explicit && /^(O[BDFLVW]|S[QV]|U[CNRTV])$/.test(element.vr) ? 12 : 8;
  const start = element.offset - header;
  const end = Math.min(bytes.length, element.offset + element.length);
  switch (random.below(8)) {
    case 0:
    case 1:
      return { bytes: withValue(out, element, little, random), how: `value of ${element.tag.toString(16)}` };
    case 2:
      put(
        out,
        element.offset - (header === 12 || !explicit ? 4 : 2),
        header === 12 || !explicit ? 4 : 2,
        absurdNumber(random),
        little,
      );
      return { bytes: out, how: "length of an element" };
    case 3:
      out.set(Buffer.from(pick(random, vrs)), start + 4);
      return { bytes: out, how: "type of an element" };
    case 4:
      return { bytes: joined(out.subarray(0, start), out.subarray(end)), how: "element removed" };
    case 5: {
      const piece = out.subarray(start, Math.min(end, start + 4096));
      const times = 1 + random.below(200);
      return {
        bytes: joined(out.subarray(0, end), ...new Array<Uint8Array>(times).fill(piece), out.subarray(end)),
        how: "element repeated",
      };
    }
    case 6: {
      const fill = pick(random, [
        [0],
        [0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0],
        [0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff],
        [0xff],
      ]);
      const run = Uint8Array.from({ length: 8 * (1 + random.below(30_000)) }, (_, i) => fill[i % fill.length]);
      return { bytes: joined(out.subarray(0, start), run, out.subarray(start)), how: "run of one pattern" };
    }
    default: {
      const fragment = pick(
        random,
        element.fragments?.length ? element.fragments : [{ offset: element.offset, length: element.length }],
      );
      put(out, fragment.offset - 4, 4, absurdNumber(random), little);
      return { bytes: out, how: "length of a fragment" };
    }
  }
};

/** Of whole files, which are broken again and again. */
const known = new WeakMap<Uint8Array, ReturnType<typeof parsed>>();

function elementsOf(bytes: Uint8Array) {
  if (!known.has(bytes)) known.set(bytes, parsed(bytes));
  return known.get(bytes);
}

function parsed(bytes: Uint8Array) {
  try {
    const { dataset, meta, transferSyntax } = parseDicom(bytes);
    if (transferSyntax.deflated) return undefined;
    const elements: Element[] = [...meta.elements.values()];
    const visit = (set: typeof dataset, depth: number) => {
      for (const element of set.elements.values()) {
        elements.push(element);
        if (depth < 4) for (const item of (element.items ?? []).slice(0, 3)) visit(item, depth + 1);
      }
    };
    visit(dataset, 0);
    // Attributes of the pixels decide what is decoded: they are met as often as all others together.
    const pixels = elements.filter(({ tag }) => tag >>> 16 === 0x0028 || tag === 0x7fe00010 || tag === 0x00020010);
    const all = [
      ...elements,
      ...new Array<Element[]>(Math.max(1, Math.floor(elements.length / Math.max(1, pixels.length))))
        .fill(pixels)
        .flat(),
    ];
    return all.length === 0
      ? undefined
      : { elements: all, little: !transferSyntax.bigEndian, explicit: !transferSyntax.implicit };
  } catch {
    return undefined;
  }
}

/** In place where the length allows: texts are cut or padded. */
function withValue(out: Uint8Array, { vr, offset, length }: Element, little: boolean, random: Random): Uint8Array {
  const size = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8, AT: 4 }[vr];
  if (size !== undefined)
    put(out, offset + size * random.below(Math.max(1, Math.floor(length / size))), size, absurdNumber(random), little);
  else if (length <= 256 && !/^O/.test(vr)) {
    const text = /^(DS|IS)$/.test(vr)
      ? pick(random, [...decimals, String(absurdNumber(random))])
      : pick(random, [...codes, ...decimals]);
    out.set(Buffer.from(text.slice(0, length).padEnd(Math.min(length, out.length - offset), " ")), offset);
  } else out[offset + random.below(Math.max(1, Math.min(length, out.length - offset)))] = random.below(256);
  return out;
}
