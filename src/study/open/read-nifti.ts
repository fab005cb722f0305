/** NIfTI files as volume parts. */
import { readFile } from "node:fs/promises";
import { readNifti } from "../../imaging/nifti/index.ts";
import { valueRange } from "../../imaging/resize/index.ts";
import type { Limits, Volume, Warning } from "../../imaging/types.ts";
import type { Modality, VolumePart } from "../types.ts";
import { hashOfBytes, labelOf, type OpenStudyOptions } from "./read-part.ts";
import type { Source } from "./source.ts";

/** @throws the errors of `readNifti`. */
export async function readNiftiPart(source: Source, options: OpenStudyOptions, limits: Limits): Promise<VolumePart> {
  const bytes = await source.bytes();
  const result = await readNifti(bytes, {
    name: source.name,
    limits,
    ...(options.volume !== undefined && { volume: options.volume }),
    ...(source.path?.endsWith(".hdr") && { voxels: await siblingVoxels(source.path) }),
  });
  const warnings: Warning[] = [...result.warnings];
  const modality = options.modality ?? guessModality(result.volume, source.name, warnings);
  return {
    kind: "volume",
    label: labelOf(source.name),
    modality,
    origin: { files: [source.name], sha256: hashOfBytes(bytes) },
    warnings,
    volume: modality === "CT" ? { ...result.volume, unit: "HU" } : result.volume,
    ...(result.description && { sequence: result.description }),
  };
}

async function siblingVoxels(path: string): Promise<Uint8Array | undefined> {
  return readFile(path.replace(/hdr$/, "img")).catch(() => undefined);
}

/** The format names no modality. Only air far below zero betrays Hounsfield units; everything else is laid out as MR. */
function guessModality(volume: Volume, where: string, warnings: Warning[]): Modality {
  const [low] = valueRange(volume.data);
  const modality = low <= -500 ? "CT" : "MR";
  warnings.push({
    code: "study/modality-guessed",
    message: `the format does not say what it shows; taken for ${modality} because its lowest value is ${Number(low.toPrecision(4))}: pass the modality if that is wrong`,
    where,
  });
  return modality;
}
