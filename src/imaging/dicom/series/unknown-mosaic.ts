/** A mosaic whose tiles cannot be told from its header is one slice that shows many. */
import type { Warning } from "../../types.ts";
import { mosaicOf } from "./frames/mosaic.ts";
import type { DicomInstance } from "./instance.ts";

export function unknownMosaic({ file: { dataset }, format, source }: DicomInstance): Warning[] {
  if (format === undefined || mosaicOf(dataset, format.rows, format.columns) !== "unknown") return [];
  return [
    {
      code: "series/mosaic",
      message:
        "the image is a mosaic of slices, but the header does not state how many; it is read as a single slice, which is wrong",
      where: source.name,
    },
  ];
}
