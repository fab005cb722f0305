/** A NIfTI file, gzipped or not, to one volume on canonical axes in patient space. */
import { PolyclinicError } from "../../base/errors.ts";
import type { MemoryBudget } from "../../bytes/index.ts";
import { orientationCode, toCanonical } from "../geometry/index.ts";
import { budgetOf, defaultLimits, type Limits, type Volume, type Warning } from "../types.ts";
import { headerBytes, type NiftiHeader, readHeader, truncated } from "./header.ts";
import { orientationOf } from "./orientation.ts";
import { ByteReader } from "./unpack.ts";
import { datatypeOf, decodeVoxels } from "./voxels.ts";

/** Which volume of a NIfTI file is read, and from which bytes. */
export interface NiftiOptions {
  /** Name of the file in errors and warnings. */
  name?: string;
  /** Which volume of a 4D file, from 0. Default 0, with a warning. */
  volume?: number;
  /** The `.img` of a `.hdr` and `.img` pair. */
  voxels?: Uint8Array;
  limits?: Limits;
}

/** Extensions before the voxels hold text of kilobytes, rarely megabytes; nothing real is longer. */
const maxExtensionBytes = 2 ** 27;

/** A NIfTI volume in canonical axes, with the facts of its header. */
export interface NiftiResult {
  /** Canonical axes: x to the left, y to posterior, z to the head; LPS millimetres. Unit `arbitrary`: the format names none. */
  readonly volume: Volume;
  /** Number of volumes in the file; more than 1 for 4D. */
  readonly volumes: number;
  /** Axis order in the file, as `orientationCode`. */
  readonly storedAxes: string;
  readonly datatype: string;
  readonly description: string;
  /** True for the header of a pair: the voxels were read from the other file. */
  readonly separate: boolean;
  readonly warnings: readonly Warning[];
}

/**
 * @param bytes the whole file.
 * @throws `nifti/not-nifti`, `nifti/truncated`, `nifti/damaged`, `nifti/dimensions`, `nifti/datatype`, `nifti/no-such-volume`,
 *   `nifti/no-voxels`, `limit/bytes`, `limit/ratio`, `limit/pixels`, `limit/frames`.
 */
export async function readNifti(bytes: Uint8Array, options: NiftiOptions = {}): Promise<NiftiResult> {
  const { name: where = "NIfTI", limits = defaultLimits } = options;
  const budget = budgetOf(limits, bytes.length + (options.voxels?.length ?? 0));
  const reader = new ByteReader(bytes, where, limits);
  try {
    const header = readHeader(await reader.slice(0, headerBytes), where);
    if (!header.separate) return await readVolume(reader, header, where, limits, budget, options.volume);
    if (options.voxels === undefined) {
      throw new PolyclinicError("nifti/no-voxels", "this is the header of a file pair, without the voxel file", {
        where,
        expected: "the .img or .img.gz file next to the .hdr file",
        hint: "Put both files into one folder, with the same base name.",
      });
    }
    const voxels = new ByteReader(options.voxels, where, limits);
    try {
      return await readVolume(voxels, header, where, limits, budget, options.volume);
    } finally {
      await voxels.close();
    }
  } finally {
    await reader.close();
  }
}

async function readVolume(
  reader: ByteReader,
  header: NiftiHeader,
  where: string,
  limits: Limits,
  budget: MemoryBudget,
  chosen: number | undefined,
): Promise<NiftiResult> {
  const datatype = datatypeOf(header, where);
  const [width, height = 1, depth = 1, ...rest] = header.dims;
  const volumes = rest.reduce((product, n) => product * n, 1);
  checkSizes(width * height, depth, where, limits);
  const index = chosen ?? 0;
  if (!(Number.isInteger(index) && index >= 0 && index < volumes)) {
    throw new PolyclinicError("nifti/no-such-volume", "the volume number is out of range", {
      where,
      expected: `0 to ${volumes - 1}`,
      found: `${index}`,
    });
  }
  const voxels = width * height * depth;
  const size = voxels * datatype.bytes;
  const { affine, warnings } = orientationOf(header, where);
  const warn = (code: string, message: string) => warnings.push({ code, message, where });
  const first = firstVoxel(header, where, warn);
  const start = first + index * size;
  if (reader.size !== undefined && reader.size < start + size) throw truncated(where, start + size, reader.size);
  budget.take(4 * voxels, where, `the volume of ${width} x ${height} x ${depth} voxels`);
  // The values as stored, and once more on canonical axes.
  const stored = await budget.during(size + 4 * voxels, where, "decompressing the volume", () =>
    reader.slice(start, start + size),
  );
  if (stored.length < size) throw truncated(where, start + size, start + stored.length);
  if (volumes > 1 && chosen === undefined) {
    warn("nifti/several-volumes", `contains ${volumes} volumes; the first is read (choose another by its number)`);
  }
  if (datatype.derived)
    warn("nifti/derived-values", `contains ${datatype.name} voxels; their ${datatype.derived} is used`);
  if (await reader.continuesAfter(first + volumes * size)) {
    warn("nifti/extra-bytes", "has data after its last volume; the size in the header may be wrong");
  }
  const data = decodeVoxels(stored, header, datatype);
  const volume: Volume = { kind: "volume", shape: [depth, height, width], data, affine, unit: "arbitrary" };
  return {
    volume: toCanonical(volume),
    volumes,
    storedAxes: orientationCode(affine),
    datatype: datatype.name,
    description: header.description,
    separate: header.separate,
    warnings,
  };
}

/** Offset of the voxels, validated before any decompression. */
function firstVoxel(header: NiftiHeader, where: string, warn: (code: string, message: string) => void): number {
  const offset = Math.trunc(header.voxelOffset) || 0;
  const least = header.separate ? 0 : header.version === 1 ? 352 : 544;
  if (offset > maxExtensionBytes)
    throw new PolyclinicError("nifti/damaged", "the voxel offset in the header is invalid", {
      where: `${where}: vox_offset`,
      expected: `${least} to ${maxExtensionBytes}`,
      found: `${header.voxelOffset}`,
      hint: "The header is damaged: export the volume again.",
    });
  if (offset >= least) return offset;
  if (offset !== 0)
    warn("nifti/voxel-offset", `vox_offset is ${header.voxelOffset}, which is inside the header; ${least} is used`);
  return least;
}

function checkSizes(pixels: number, slices: number, where: string, limits: Limits): void {
  if (pixels > limits.maxPixels) {
    throw new PolyclinicError("limit/pixels", "the slices are too large", {
      where,
      expected: `at most ${limits.maxPixels} pixels`,
      found: `${pixels}`,
      hint: "If you trust the file, raise limits.maxPixels.",
    });
  }
  if (slices > limits.maxFrames) {
    throw new PolyclinicError("limit/frames", "contains too many slices", {
      where,
      expected: `at most ${limits.maxFrames}`,
      found: `${slices}`,
      hint: "If you trust the file, raise limits.maxFrames.",
    });
  }
}
