/** NIfTI files as volume parts, in one file or as a pair of header and voxels. */
import { allBytes, type ByteSource, diskSource } from "../../bytes/index.ts";
import { affineSpacing } from "../../imaging/geometry/index.ts";
import { readNifti } from "../../imaging/nifti/index.ts";
import { oddSliceWarnings } from "../../imaging/odd-slices.ts";
import { valueRange } from "../../imaging/resize/index.ts";
import type { Limits, Volume, Warning } from "../../imaging/types.ts";
import type { Modality, VolumePart } from "../types.ts";
import { hashOf, labelOf, type OpenStudyOptions, pixelShapeWarnings, type Reading } from "./read-part.ts";

/** @param voxels the other half of a pair, when the file is a header. @throws the errors of `readNifti`. */
export async function readNiftiPart(
  source: ByteSource,
  options: OpenStudyOptions,
  limits: Limits,
  voxels?: ByteSource,
): Promise<Reading> {
  const result = await readNifti(await allBytes(source, limits.maxBytes), {
    name: source.name,
    limits,
    ...(options.volume !== undefined && { volume: options.volume }),
    ...(voxels !== undefined && { voxels: await allBytes(voxels, limits.maxBytes) }),
  });
  const files = voxels === undefined || !result.separate ? [source] : [source, voxels];
  const warnings: Warning[] = [...result.warnings];
  const modality = options.modality ?? guessModality(result.volume, source.name, warnings);
  const [column, row] = affineSpacing(result.volume.affine);
  const part: VolumePart = {
    kind: "volume",
    label: labelOf(source.name),
    modality,
    origin: { files: files.map(({ name }) => name), sha256: await hashOf(files) },
    warnings: [
      ...warnings,
      ...oddSliceWarnings(result.volume, () => source.name),
      ...pixelShapeWarnings([row, column], source.name),
    ],
    volume: modality === "CT" ? { ...result.volume, unit: "HU" } : result.volume,
    ...(result.description && { sequence: result.description }),
  };
  return { parts: [part], leftOut: [], warnings: [] };
}

const header = /\.hdr(\.gz)?$/i;
const image = /\.img(\.gz)?$/i;

/** The common path of a pair without its extension; undefined for any other name. */
function stemOf(name: string): string | undefined {
  const stem = name.replace(header, "").replace(image, "");
  return stem === name ? undefined : stem.toLowerCase();
}

/**
 * Pairs of `.hdr` and `.img`, compressed or not, among the files of a study and beside those named by path.
 *
 * @returns the voxels of each header that has some, and headers beside an image that was named alone.
 */
export function pairsOf(found: readonly { source: ByteSource; named: boolean; isHeader: boolean }[]): {
  voxels: Map<ByteSource, ByteSource>;
  headers: Map<ByteSource, ByteSource>;
} {
  const headers = new Map<string, ByteSource>();
  const voxels = new Map<string, ByteSource>();
  for (const { source, isHeader } of found) {
    const stem = stemOf(source.name);
    if (stem === undefined) continue;
    if (isHeader && header.test(source.name)) headers.set(stem, source);
    else if (image.test(source.name)) voxels.set(stem, source);
  }
  const pairs = new Map<ByteSource, ByteSource>();
  const added = new Map<ByteSource, ByteSource>();
  for (const [stem, source] of headers) {
    const other = voxels.get(stem) ?? siblingFile(source, header, "img");
    if (other !== undefined) pairs.set(source, other);
  }
  for (const { source, named } of found) {
    const stem = stemOf(source.name);
    if (!named || stem === undefined || !image.test(source.name) || headers.has(stem)) continue;
    const other = siblingFile(source, image, "hdr");
    if (other === undefined) continue;
    added.set(source, other);
    pairs.set(other, source);
  }
  return { voxels: pairs, headers: added };
}

/** The other half on disk, in whatever case and compression it exists. */
function siblingFile({ path }: ByteSource, own: RegExp, ending: "hdr" | "img"): ByteSource | undefined {
  if (path === undefined || !own.test(path)) return undefined;
  const stem = path.replace(own, "");
  for (const name of [
    ending,
    `${ending}.gz`,
    ending.toUpperCase(),
    `${ending.toUpperCase()}.GZ`,
    `${ending.toUpperCase()}.gz`,
  ]) {
    try {
      return diskSource(`${stem}.${name}`);
    } catch {
      // Try the next name.
    }
  }
  return undefined;
}

/** The format has no modality. Values far below zero (air) indicate Hounsfield units; everything else is laid out as MR. */
function guessModality(volume: Volume, where: string, warnings: Warning[]): Modality {
  const [low] = valueRange(volume.data);
  const modality = low <= -500 ? "CT" : "MR";
  warnings.push({
    code: "study/modality-guessed",
    message: `NIfTI does not state the modality; ${modality} is assumed because the lowest value is ${Number(low.toPrecision(4))}: pass the modality if that is wrong`,
    where,
  });
  return modality;
}
