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
        "the picture is a mosaic of slices, but the header does not say how many; it is read as one slice, which it is not",
      where: source.name,
    },
  ];
}
