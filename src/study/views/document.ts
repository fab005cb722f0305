/**
 * Pages of a document, each as a 2D image in page order (MedGemma 1.5 report, section 2.3 and Table 11: lab reports as page images). The
 * report gives no page limit; Google's document toolkit stops at 40 pages, and so does this.
 */
import type { DocumentPart, View } from "../types.ts";
import { squareViewImage } from "./image-2d.ts";
import { imageBudget, imageSizeOf, requireRoom, type ViewLimits } from "./limits.ts";

export const maxPages = 40;

export interface DocumentOptions {
  /** At most this many pages, the first ones. Default 40, fewer when the context is smaller. */
  maxPages?: number;
  reserveTokens?: number;
}

/** @param index where the part stands in its study. */
export function documentView(
  part: DocumentPart,
  limits: ViewLimits,
  { index = 0, ...options }: DocumentOptions & { index?: number } = {},
): View {
  const size = imageSizeOf(limits);
  const max = Math.min(options.maxPages ?? maxPages, imageBudget(limits, false, options.reserveTokens));
  requireRoom(max, limits);
  const shown = part.pages.slice(0, max);
  const rest = part.pages.length - shown.length;
  return {
    recipe: "document-pages",
    images: shown.map(({ image }, page) => squareViewImage(image, size, index, page)),
    leftOut: rest > 0 ? [`${part.label}: the last ${rest} of ${part.pages.length} pages`] : [],
  };
}
