/**
 * Diffusion weighting of a frame: the b-value in s/mm2 and the gradient direction. Enhanced and newer classic objects
 * contain DiffusionBValue (0018,9087); before it was common each vendor had a private element, found by the private
 * creator of its block (PS3.5 section 7.8.1).
 */
import type { DataSet } from "../../parse/data-set.ts";

interface VendorElement {
  /** Odd group, and the last two digits of the element inside the creator's block. */
  readonly group: number;
  readonly element: number;
  readonly creator: string;
}

/** From the vendors' conformance statements: Siemens (0019,xx0C), Philips (2001,xx03), GE (0043,xx39), first of four values. */
const vendors: readonly VendorElement[] = [
  { group: 0x0019, element: 0x0c, creator: "SIEMENS MR HEADER" },
  { group: 0x2001, element: 0x03, creator: "Philips Imaging DD 001" },
  { group: 0x0043, element: 0x39, creator: "GEMS_PARM_01" },
];

/** Some GE releases add 10^9 to the b-value: larger values are reduced to the digits below this. */
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

/** The components of the gradient direction: one element with three values, or three elements. */
const vendorDirections: readonly (readonly VendorElement[])[] = [
  [{ group: 0x0019, element: 0x0e, creator: "SIEMENS MR HEADER" }],
  [0xb0, 0xb1, 0xb2].map((element) => ({ group: 0x2005, element, creator: "Philips MR Imaging DD 001" })),
  [0xbb, 0xbc, 0xbd].map((element) => ({ group: 0x0019, element, creator: "GEMS_ACQU_01" })),
];

/** @param diffusion the MR Diffusion functional group, or the data set. @returns the components joined, empty when none is stated. */
export function directionOf(diffusion: DataSet, dataset: DataSet): string {
  const inGroup = diffusion.sequence("DiffusionGradientDirectionSequence")[0];
  for (const from of [inGroup, diffusion, dataset]) {
    const stated = from?.numbers("DiffusionGradientOrientation") ?? [];
    if (stated.length >= 3) return text(stated.slice(0, 3));
  }
  for (const elements of vendorDirections) {
    const values = elements.flatMap((element) => privateNumbers(dataset, element));
    if (values.length >= 3 && values.slice(0, 3).every(Number.isFinite)) return text(values.slice(0, 3));
  }
  return "";
}

/** Rounded, because the last digits of one direction vary from slice to slice. */
function text(direction: readonly number[]): string {
  return direction.map((value) => Number(value.toFixed(3)) || 0).join("\\");
}

function privateNumbers(dataset: DataSet, vendor: VendorElement): number[] {
  const tag = privateTag(dataset, vendor);
  if (tag === undefined) return [];
  const element = dataset.element(tag);
  if (element === undefined) return [];
  if (element.vr !== "UN" && element.vr !== "OB") return dataset.numbers(tag);
  const bytes = dataset.valueBytes(tag);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Untyped values: three 64-bit floats, one 32-bit float, or decimal text.
  if (bytes.length === 24) return [0, 8, 16].map((at) => view.getFloat64(at, !dataset.bigEndian));
  if (bytes.length === 4 && bytes.some((byte) => byte === 0 || byte > 0x7f))
    return [view.getFloat32(0, !dataset.bigEndian)];
  return String.fromCharCode(...bytes.subarray(0, 128))
    .split("\\")
    .map(Number.parseFloat);
}

/** The first number of an element in the block that `creator` has reserved; undefined when there is no such block. */
function privateNumber(dataset: DataSet, vendor: VendorElement): number | undefined {
  const tag = privateTag(dataset, vendor);
  return tag === undefined ? undefined : numberOf(dataset, tag);
}

function privateTag(dataset: DataSet, { group, element, creator }: VendorElement): number | undefined {
  for (let block = 0x10; block <= 0xff; block++)
    if (dataset.string((group << 16) | block) === creator) return (((group << 16) | (block << 8)) + element) >>> 0;
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
