/**
 * The container of SCP-ECG (EN 1064, ISO 11073-91064): a checksum, a length, and sections, whose positions are listed
 * in section 0. All numbers are little endian.
 */
import { PolyclinicError } from "../../base/errors.ts";

/** Bytes before section 0: checksum and length of the file. */
const recordHeader = 6;
const sectionHeader = 16;
const pointerLength = 10;
/** Sections 0 to 11 are defined by the standard; 12 to 127 are reserved; 128 to 1023 are manufacturer-specific. */
const maxSections = 1024;

export interface ScpSections {
  /** Content without the section's header; undefined for a section that is absent or empty. */
  readonly content: (id: number) => DataView | undefined;
  /** Protocol version as in section 0: 13 is 1.3, 20 is 2.0. */
  readonly version: number;
  readonly cautions: readonly string[];
}

export function fault(where: string, summary: string, expected?: string, found?: string, hint?: string) {
  return new PolyclinicError("signals/scp", summary, { where, expected, found, hint });
}

/** Whether bytes begin with the header of section 0, which contains the format's name. */
export function isScpEcg(head: Uint8Array): boolean {
  return head.length >= 22 && "SCPECG".split("").every((letter, i) => head[16 + i] === letter.charCodeAt(0));
}

/** @throws PolyclinicError `signals/scp` naming the section, for a file that is cut off, overlapping pointers, or no SCP-ECG at all. */
export function readSections(bytes: Uint8Array, where: string): ScpSections {
  if (!isScpEcg(bytes)) throw fault(where, "is not an SCP-ECG file", "the text SCPECG at byte 16");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stated = view.getUint32(2, true);
  if (stated > bytes.length)
    throw fault(where, "is truncated", `${stated} bytes, as stated in the header`, `${bytes.length} bytes`);
  const cautions: string[] = [];
  const checked = (from: number, to: number, name: string) => {
    const found = checksum(bytes.subarray(from + 2, to));
    const written = view.getUint16(from, true);
    if (found !== written) cautions.push(`The checksum of ${name} does not match its bytes: the file may be damaged.`);
  };
  if (stated > recordHeader) checked(0, stated, "the file");
  const length = view.getUint32(recordHeader + 4, true);
  if (length < sectionHeader || recordHeader + length > bytes.length)
    throw fault(
      `${where}, section 0`,
      "states an invalid length",
      "the length of the list of section pointers",
      `${length} bytes`,
    );
  const places = new Map<number, { from: number; to: number }>();
  const pointers = Math.min(maxSections, Math.floor((length - sectionHeader) / pointerLength));
  for (let i = 0; i < pointers; i++) {
    const at = recordHeader + sectionHeader + i * pointerLength;
    const [id, size, index] = [view.getUint16(at, true), view.getUint32(at + 2, true), view.getUint32(at + 6, true)];
    if (size === 0 || id === 0) continue;
    // Indices are 1-based.
    const from = index - 1;
    const name = `${where}, section ${id}`;
    if (size < sectionHeader || from < recordHeader || from + size > bytes.length)
      throw fault(
        name,
        "is located outside the file",
        `within ${bytes.length} bytes`,
        `${size} bytes from byte ${from}`,
      );
    if (view.getUint16(from + 2, true) !== id)
      throw fault(
        name,
        "is not at the position stated in section 0",
        `section ${id}`,
        `section ${view.getUint16(from + 2, true)}`,
      );
    if (places.has(id)) throw fault(name, "is listed twice", "one pointer per section");
    checked(from, from + size, `section ${id}`);
    places.set(id, { from: from + sectionHeader, to: from + size });
  }
  return {
    version: bytes[recordHeader + 9],
    cautions,
    content: (id) => {
      const place = places.get(id);
      if (place === undefined || place.from >= place.to) return undefined;
      return new DataView(bytes.buffer, bytes.byteOffset + place.from, place.to - place.from);
    },
  };
}

/** CRC-CCITT, x^16 + x^12 + x^5 + 1, from 0xFFFF, high bit first. */
export function checksum(bytes: Uint8Array): number {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? ((value << 1) ^ 0x1021) & 0xffff : (value << 1) & 0xffff;
  }
  return value;
}
