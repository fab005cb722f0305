/** Photographs and rendered radiographs as image parts. */
import { readPhoto } from "../../imaging/photo/index.ts";
import type { Limits } from "../../imaging/types.ts";
import type { ImagePart } from "../types.ts";
import { hashOfBytes, labelOf, type OpenStudyOptions, readNamed } from "./read-part.ts";
import type { Source } from "./source.ts";

/** @throws the errors of `readPhoto`, naming the file. */
export async function readPhotoPart(source: Source, options: OpenStudyOptions, limits: Limits): Promise<ImagePart> {
  const bytes = await source.bytes();
  return {
    kind: "image",
    label: labelOf(source.name),
    modality: options.modality ?? "OT",
    origin: { files: [source.name], sha256: hashOfBytes(bytes) },
    warnings: [],
    image: await readNamed(source.name, readPhoto(bytes, limits)),
  };
}
