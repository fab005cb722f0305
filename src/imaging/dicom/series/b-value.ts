/**
 * The diffusion weighting of a frame in s/mm2. Enhanced and newer classic objects state DiffusionBValue (0018,9087); before it was
 * common each vendor had an element of its own, found by the private creator of its block (PS3.5 section 7.8.1).
 */
import type { DataSet } from "../parse/data-set.ts";

interface VendorBValue {
  /** Odd group, and the last two digits of the element inside the creator's block. */
  readonly group: number;
  readonly element: number;
  readonly creator: string;
}

/** From the vendors' conformance statements: Siemens (0019,xx0C), Philips (2001,xx03), GE (0043,xx39), first of four values. */
const vendors: readonly VendorBValue[] = [
  { group: 0x0019, element: 0x0c, creator: "SIEMENS MR HEADER" },
  { group: 0x2001, element: 0x03, creator: "Philips Imaging DD 001" },
  { group: 0x0043, element: 0x39, creator: "GEMS_PARM_01" },
];

/** Some GE releases add 10^9 to the b-value: what is above this is no weighting, only the digits below it are. */
const geOffset = 100_000;

/** @param diffusion the MR Diffusion functional group, or the data set. @returns empty when none is stated. */
export function bValueOf(diffusion: DataSet, dataset: DataSet): string {
  const stated = diffusion.number("DiffusionBValue") ?? dataset.number("DiffusionBValue");
  if (stated !== undefined) return String(stated);
  for (const vendor of vendors) {
    const value = privateNumber(dataset, vendor);
    if (value === undefined || value < 0) continue;
    return String(value % geOffset);
  }
  return "";
}

/** The first number of an element in the block that `creator` has reserved; undefined when there is no such block. */
function privateNumber(dataset: DataSet, { group, element, creator }: VendorBValue): number | undefined {
  for (let block = 0x10; block <= 0xff; block++) {
    const reserved = (group << 16) | block;
    if (dataset.string(reserved) !== creator) continue;
    const tag = (((group << 16) | (block << 8)) + element) >>> 0;
    return numberOf(dataset, tag);
  }
  return undefined;
}

/** Implicit files and some writers leave the type of private elements open (UN, OB): text of digits, or a 32-bit float. */
function numberOf(dataset: DataSet, tag: number): number | undefined {
  const vr = dataset.element(tag)?.vr;
  if (vr !== "UN" && vr !== "OB") return dataset.number(tag);
  const bytes = dataset.valueBytes(tag);
  const text = String.fromCharCode(...bytes.subarray(0, 64)).split("\\")[0];
  if (/^ *[0-9.]+[ \0]*$/.test(text)) return Number.parseFloat(text);
  return bytes.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true) : undefined;
}
