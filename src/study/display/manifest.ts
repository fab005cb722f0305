/** The information that a viewer needs about a part before it requests pixels. */
import { affineSpacing } from "../../imaging/geometry/index.ts";
import type { Warning } from "../../imaging/types.ts";
import type { Part } from "../types.ts";
import type { NamedWindow, PartManifest } from "./part-manifest.ts";

export type { NamedWindow, PartManifest };

/** Larger images are downsampled: browsers handle 24 megapixels easily, but not 100. */
const maxPixels = 24e6;

export function reductionOf(width: number, height: number): number {
  return Math.max(1, Math.ceil(Math.sqrt((width * height) / maxPixels)));
}

export function manifestOf(part: Part, index: number): PartManifest {
  const { kind, label, modality, bodyPart, acquiredAt, origin, warnings } = part;
  return {
    part: index,
    kind,
    label,
    modality,
    ...(bodyPart !== undefined && { bodyPart }),
    ...(acquiredAt !== undefined && { acquiredAt }),
    ...(origin.dicom?.seriesInstanceUID !== undefined && { seriesUid: origin.dicom.seriesInstanceUID }),
    warnings: warnings.map(({ message }) => message),
    ...shapeOf(part),
  };
}

function shapeOf(part: Part): Partial<PartManifest> {
  switch (part.kind) {
    case "image": {
      const { width, height } = part.image;
      return {
        image: {
          width,
          height,
          reduce: reductionOf(width, height),
          ...(part.pixelSpacing && { spacing: part.pixelSpacing }),
        },
      };
    }
    case "volume": {
      const { shape, affine, unit } = part.volume;
      return { volume: { shape, affine, spacing: affineSpacing(affine), unit, placed: isPlaced(part.warnings) } };
    }
    case "slide": {
      const { levels, mpp } = part.slide;
      return { slide: { width: levels[0].width, height: levels[0].height, ...(mpp !== undefined && { mpp }) } };
    }
    case "video": {
      const { width, height, times, duration } = part.video;
      return { video: { duration }, pages: times.map(() => ({ width, height })) };
    }
    case "document":
      return { pages: part.pages.map(({ image: { width, height } }) => ({ width, height })) };
    default:
      return {};
  }
}

export const isPlaced = (warnings: readonly Warning[]) => warnings.every(({ code }) => code !== "series/no-geometry");
