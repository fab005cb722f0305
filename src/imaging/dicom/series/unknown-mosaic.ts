/** Warns about a mosaic whose tiling cannot be determined from its header: it is treated as a single slice. */
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
