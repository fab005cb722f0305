/** Huffman codes of SCP-ECG: the standard's own table, or tables in section 2 of the file. */
import { fault } from "./sections.ts";

export interface HuffmanCode {
  /** Bits of the code itself. */
  readonly prefix: number;
  /** Bits of the code and the value that follows it; equal to `prefix` if the code determines the value. */
  readonly total: number;
  /** The code, first bit lowest. */
  readonly code: number;
  readonly value: number;
  /** False: this code switches to table number `value`, 1-based. */
  readonly isValue: boolean;
}

export type HuffmanTable = readonly HuffmanCode[];

/** Number of tables that denotes the standard's table. */
const standardNumber = 19999;
/** Bytes of one code in section 2. */
const structure = 9;

/** 0, then 1 to 8 and -1 to -8 with one bit more for each, then escapes to 8 and to 16 bits. */
export const standardTable: HuffmanTable = (() => {
  const reversed = (bits: string) => [...bits].reduce((sum, bit, i) => sum + (bit === "1" ? 2 ** i : 0), 0);
  const plain = (bits: string, value: number): HuffmanCode => ({
    prefix: bits.length,
    total: bits.length,
    code: reversed(bits),
    value,
    isValue: true,
  });
  const steps = Array.from({ length: 8 }, (_, i) => i + 1).flatMap((size) => [
    plain(`${"1".repeat(size)}00`, size),
    plain(`${"1".repeat(size)}01`, -size),
  ]);
  const escaped = (last: string, bits: number): HuffmanCode => ({
    ...plain(`111111111${last}`, 0),
    total: 10 + bits,
  });
  return [plain("0", 0), ...steps, escaped("0", 8), escaped("1", 16)];
})();

/** @throws PolyclinicError `signals/scp` for tables that are cut off or cannot be decoded. */
export function readHuffmanTables(section: DataView, where: string): HuffmanTable[] {
  const name = `${where}, section 2`;
  const count = section.byteLength < 2 ? 0 : section.getUint16(0, true);
  if (count === standardNumber) return [standardTable];
  const tables: HuffmanTable[] = [];
  let at = 2;
  for (let t = 0; t < count; t++) {
    const size = at + 2 <= section.byteLength ? section.getUint16(at, true) : 0;
    at += 2;
    if (size === 0 || at + size * structure > section.byteLength)
      throw fault(name, "is truncated", `${count} Huffman tables`, `${section.byteLength} bytes`);
    const table = Array.from({ length: size }, (_, i): HuffmanCode => {
      const from = at + i * structure;
      return {
        prefix: section.getUint8(from),
        total: section.getUint8(from + 1),
        isValue: section.getUint8(from + 2) !== 0,
        value: section.getInt16(from + 3, true),
        code: section.getUint32(from + 5, true),
      };
    });
    const odd = table.find(({ prefix, total }) => prefix < 1 || prefix > 32 || total < prefix || total - prefix > 32);
    if (odd !== undefined)
      throw fault(
        name,
        "has a code with an invalid length",
        "1 to 32 bits",
        `a prefix of ${odd.prefix} bits in a code of ${odd.total} bits`,
      );
    tables.push(table);
    at += size * structure;
  }
  if (tables.length === 0)
    throw fault(name, "contains no Huffman table", "19999 (default table) or the number of tables", String(count));
  return tables;
}

/**
 * @param length number of values.
 * @throws PolyclinicError `signals/scp` when the bits run out or match no code.
 */
export function decodeHuffman(
  bytes: Uint8Array,
  tables: readonly HuffmanTable[],
  length: number,
  where: string,
): Int32Array {
  const out = new Int32Array(length);
  const bits = bytes.length * 8;
  const bitAt = (at: number) => (bytes[at >> 3] >> (7 - (at & 7))) & 1;
  const byCode = tables.map((table) => new Map(table.map((code) => [keyOf(code.prefix, code.code), code])));
  const longest = tables.map((table) => Math.max(...table.map(({ prefix }) => prefix)));
  let [at, table] = [0, 0];
  const next = (): HuffmanCode => {
    for (let prefix = 1, code = 0; prefix <= longest[table]; prefix++) {
      if (at + prefix > bits) throw fault(where, "is truncated", `${length} samples`);
      code += bitAt(at + prefix - 1) * 2 ** (prefix - 1);
      const found = byCode[table].get(keyOf(prefix, code));
      if (found !== undefined) {
        at += prefix;
        return found;
      }
    }
    throw fault(
      where,
      "contains bits that do not form a valid code",
      `a code of Huffman table ${table + 1}`,
      `invalid bits at bit ${at}`,
    );
  };
  for (let i = 0; i < length; ) {
    const { prefix, total, value, isValue } = next();
    if (!isValue) {
      if (value < 1 || value > tables.length)
        throw fault(where, "switches to a Huffman table that does not exist", `1 to ${tables.length}`, String(value));
      table = value - 1;
      continue;
    }
    const extra = total - prefix;
    if (at + extra > bits) throw fault(where, "is truncated", `${length} samples`, `${i} samples`);
    let literal = 0;
    for (let bit = 0; bit < extra; bit++) literal = literal * 2 + bitAt(at++);
    out[i++] = extra === 0 ? value : literal >= 2 ** (extra - 1) ? literal - 2 ** extra : literal;
  }
  return out;
}

const keyOf = (prefix: number, code: number) => code * 64 + prefix;
