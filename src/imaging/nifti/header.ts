/** The header of NIfTI-1 (348 bytes) and NIfTI-2 (540 bytes), in either byte order (nifti.nimh.nih.gov, nifti1.h and nifti2.h). */
import { PolyclinicError } from "../../base/errors.ts";
import type { Affine } from "../types.ts";

export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** `dim[1]` to `dim[dim[0]]`: x, y, z, t, ... */
  readonly dims: readonly number[];
  readonly datatype: number;
  /** Offset of the voxels in the same file; for a `.hdr` and `.img` pair, in the `.img`. */
  readonly voxelOffset: number;
  /** True for the header of a `.hdr` and `.img` pair. */
  readonly separate: boolean;
  /** Real value = stored value * slope + intercept; slope 0 means that values are not scaled. */
  readonly slope: number;
  readonly intercept: number;
  /** `pixdim[0]` to `pixdim[7]`. */
  readonly pixdim: readonly number[];
  readonly qform: { readonly code: number; readonly quaternion: readonly number[]; readonly offset: readonly number[] };
  readonly sform: { readonly code: number; readonly rows: Affine };
  /** Millimetres per unit of length of the file. */
  readonly millimetres: number;
  readonly description: string;
}

/** Enough bytes for either header. */
export const headerBytes = 540;

/** @throws `nifti/not-nifti`, `nifti/truncated`, `nifti/dimensions`. */
export function readHeader(bytes: Uint8Array, where: string): NiftiHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 348) throw truncated(where, 348, bytes.length);
  const littleEndian = [348, 540].includes(view.getInt32(0, true));
  const size = view.getInt32(0, littleEndian);
  const magic = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 3));
  const magics = [348, 540].includes(size) ? magic(size === 348 ? 344 : 4) : "";
  if (!["n+1", "ni1", "n+2", "ni2"].includes(magics)) {
    throw new PolyclinicError("nifti/not-nifti", "is not a NIfTI file", {
      where,
      expected: "a header of 348 or 540 bytes with the magic string n+1, ni1, n+2 or ni2",
      found: `a first value (sizeof_hdr) of ${size}`,
      hint: "ANALYZE 7.5 files carry no orientation: convert them to NIfTI.",
    });
  }
  if (size === 540 && bytes.length < 540) throw truncated(where, 540, bytes.length);
  const header = size === 348 ? headerOne(view, littleEndian) : headerTwo(view, littleEndian);
  const rank = size === 348 ? view.getInt16(40, littleEndian) : Number(view.getBigInt64(16, littleEndian));
  if (rank < 1 || rank > 7 || header.dims.some((n) => !Number.isSafeInteger(n) || n < 1)) {
    throw new PolyclinicError("nifti/dimensions", "the header's dimensions are invalid", {
      where,
      expected: "1 to 7 dimensions of at least 1",
      found: `${rank}: ${header.dims.join(" x ")}`,
      hint: "The header is damaged: export the volume again.",
    });
  }
  return { ...header, separate: magics[1] === "i" };
}

type Fields = Omit<NiftiHeader, "separate">;

function headerOne(view: DataView, le: boolean): Fields {
  const floats = (at: number, n: number) => Array.from({ length: n }, (_, i) => view.getFloat32(at + 4 * i, le));
  const rank = Math.min(7, Math.max(0, view.getInt16(40, le)));
  return {
    version: 1,
    littleEndian: le,
    dims: Array.from({ length: rank }, (_, i) => view.getInt16(42 + 2 * i, le)),
    datatype: view.getInt16(70, le),
    pixdim: floats(76, 8),
    voxelOffset: view.getFloat32(108, le),
    slope: view.getFloat32(112, le),
    intercept: view.getFloat32(116, le),
    millimetres: millimetresOf(view.getUint8(123)),
    description: latin(view, 148, 80),
    qform: { code: view.getInt16(252, le), quaternion: floats(256, 3), offset: floats(268, 3) },
    sform: { code: view.getInt16(254, le), rows: [...floats(280, 12), 0, 0, 0, 1] },
  };
}

function headerTwo(view: DataView, le: boolean): Fields {
  const doubles = (at: number, n: number) => Array.from({ length: n }, (_, i) => view.getFloat64(at + 8 * i, le));
  const rank = Math.min(7, Math.max(0, Number(view.getBigInt64(16, le))));
  return {
    version: 2,
    littleEndian: le,
    dims: Array.from({ length: rank }, (_, i) => Number(view.getBigInt64(24 + 8 * i, le))),
    datatype: view.getInt16(12, le),
    pixdim: doubles(104, 8),
    voxelOffset: Number(view.getBigInt64(168, le)),
    slope: view.getFloat64(176, le),
    intercept: view.getFloat64(184, le),
    millimetres: millimetresOf(view.getInt32(500, le)),
    description: latin(view, 240, 80),
    qform: { code: view.getInt32(344, le), quaternion: doubles(352, 3), offset: doubles(376, 3) },
    sform: { code: view.getInt32(348, le), rows: [...doubles(400, 12), 0, 0, 0, 1] },
  };
}

/**
 * The low three bits of `xyzt_units`: 1 metres, 2 millimetres, 3 micrometres; unknown is treated as millimetres, by
 * convention.
 */
function millimetresOf(units: number): number {
  return { 1: 1000, 3: 0.001 }[units & 7] ?? 1;
}

function latin(view: DataView, at: number, length: number): string {
  let text = "";
  for (let i = at; i < at + length && view.getUint8(i) !== 0; i++) text += String.fromCharCode(view.getUint8(i));
  return text.trim();
}

export function truncated(where: string, expected: number, found: number): PolyclinicError {
  return new PolyclinicError("nifti/truncated", "the file ends inside its volume", {
    where,
    expected: `${expected} bytes`,
    found: `${found}`,
    hint: "The file is truncated or its header states a wrong size: copy or export it again.",
  });
}
