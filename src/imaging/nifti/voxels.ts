/** Stored voxels to floats: every scalar type of the format; magnitude of complex ones, luminance of colours. */
import { PolyclinicError } from "../../base/errors.ts";
import type { NiftiHeader } from "./header.ts";

interface Datatype {
  readonly name: string;
  readonly bytes: number;
  /** Set if the float is derived from the stored value. */
  readonly derived?: string;
  readonly read: (view: DataView, at: number, le: boolean) => number;
}

/** nifti1.h, `NIFTI_TYPE_*`. */
const datatypes: Readonly<Record<number, Datatype>> = {
  2: { name: "uint8", bytes: 1, read: (v, at) => v.getUint8(at) },
  4: { name: "int16", bytes: 2, read: (v, at, le) => v.getInt16(at, le) },
  8: { name: "int32", bytes: 4, read: (v, at, le) => v.getInt32(at, le) },
  16: { name: "float32", bytes: 4, read: (v, at, le) => v.getFloat32(at, le) },
  32: {
    name: "complex64",
    bytes: 8,
    derived: "magnitude",
    read: (v, at, le) => Math.hypot(v.getFloat32(at, le), v.getFloat32(at + 4, le)),
  },
  64: { name: "float64", bytes: 8, read: (v, at, le) => v.getFloat64(at, le) },
  128: { name: "rgb24", bytes: 3, derived: "luminance", read: luminance },
  256: { name: "int8", bytes: 1, read: (v, at) => v.getInt8(at) },
  512: { name: "uint16", bytes: 2, read: (v, at, le) => v.getUint16(at, le) },
  768: { name: "uint32", bytes: 4, read: (v, at, le) => v.getUint32(at, le) },
  1024: { name: "int64", bytes: 8, read: (v, at, le) => Number(v.getBigInt64(at, le)) },
  1280: { name: "uint64", bytes: 8, read: (v, at, le) => Number(v.getBigUint64(at, le)) },
  1792: {
    name: "complex128",
    bytes: 16,
    derived: "magnitude",
    read: (v, at, le) => Math.hypot(v.getFloat64(at, le), v.getFloat64(at + 8, le)),
  },
  2304: { name: "rgba32", bytes: 4, derived: "luminance", read: luminance },
};

/** Rec. 601 luma in the integer arithmetic of Pillow's RGB to grey conversion. */
function luminance(view: DataView, at: number): number {
  return (view.getUint8(at) * 19595 + view.getUint8(at + 1) * 38470 + view.getUint8(at + 2) * 7471 + 0x8000) >> 16;
}

/** @throws `nifti/datatype` for bits, 128-bit floats and unknown codes. */
export function datatypeOf(header: NiftiHeader, where: string): Datatype {
  const datatype = datatypes[header.datatype];
  if (datatype !== undefined) return datatype;
  const names: Record<number, string> = { 1: "single bits", 1536: "128-bit floats", 2048: "256-bit complex numbers" };
  throw new PolyclinicError("nifti/datatype", "has voxels of an unsupported data type", {
    where,
    expected: `one of ${Object.values(datatypes)
      .map((d) => d.name)
      .join(", ")}`,
    found: names[header.datatype] ?? `code ${header.datatype}`,
    hint: "Convert the volume to float32.",
  });
}

/**
 * @param bytes exactly the voxels of one volume.
 * @returns real values: `stored * slope + intercept` computed in double precision, once rounded to float32.
 */
export function decodeVoxels(bytes: Uint8Array, header: NiftiHeader, datatype: Datatype): Float32Array {
  const count = bytes.length / datatype.bytes;
  const data = new Float32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { littleEndian, slope, intercept } = header;
  const scaled =
    datatype.derived === undefined && Number.isFinite(slope) && slope !== 0 && !(slope === 1 && intercept === 0);
  const shift = Number.isFinite(intercept) ? intercept : 0;
  if (datatype.bytes === 1 && !scaled) {
    data.set(datatype.name === "uint8" ? bytes : new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    return data;
  }
  const { read, bytes: width } = datatype;
  if (scaled)
    for (let i = 0, at = 0; i < count; i++, at += width) data[i] = read(view, at, littleEndian) * slope + shift;
  else for (let i = 0, at = 0; i < count; i++, at += width) data[i] = read(view, at, littleEndian);
  return data;
}
