/**
 * Pages of a document, each as a 2D image in page order (MedGemma 1.5 report, section 2.3 and Table 11: lab reports as
 * page images). The report gives no page limit; the limit of 40 is that of Google's document toolkit. Optionally a
 * page's text layer follows its image, because small print is lost at the model's image size.
 */
import type { ModelLimits } from "../../model/contract.ts";
import type { DocumentPart, Part, View, ViewItem } from "../types.ts";
import { squareViewImage } from "./image-2d.ts";
import { imageBudget, imageSizeOf, requireRoom, textTokens } from "./limits.ts";
import { pageText } from "./page-text.ts";
import type { Recipe, ViewOptions } from "./recipe.ts";

export const maxPages = 40;

/** Page limit and text layer in views of documents. */
export interface DocumentOptions {
  /** Maximum number of pages, from the first. Default 40, fewer for a smaller context. */
  maxPages?: number;
  /** Include the text layer of documents if there is space beside the images. Default false. */
  textLayer?: boolean;
  reserveTokens?: number;
}

/**
 * @param index index of the part in its study.
 * @param textTokens estimated tokens of text layer that fit beside the images.
 */
export function documentView(
  part: DocumentPart,
  limits: ModelLimits,
  { index = 0, textTokens: room = 0, ...options }: DocumentOptions & { index?: number; textTokens?: number } = {},
): View {
  const texts = options.textLayer ? part.pages.map(({ text }, page) => titled(page, pageText(text))) : [];
  const readable = texts.some((text) => text !== "");
  // A model without images can still read a document's text layer.
  const asImages = limits.imageSize !== undefined || !readable;
  const size = asImages ? imageSizeOf(limits) : 0;
  const most = options.maxPages ?? maxPages;
  const max = asImages ? Math.min(most, imageBudget(limits, false, options.reserveTokens)) : most;
  if (asImages) requireRoom(max, limits);
  const shown = part.pages.slice(0, max);
  const rest = part.pages.length - shown.length;
  const items: ViewItem[] = [];
  const unread: number[] = [];
  let left = room;
  shown.forEach(({ image }, page) => {
    if (asImages) items.push(squareViewImage(image, size, index, page));
    const text = texts[page] ?? "";
    if (text === "") return;
    const cost = textTokens(text);
    if (cost > left) {
      unread.push(page + 1);
      return;
    }
    left -= cost;
    items.push({ kind: "text", part: index, index: page, text });
  });
  return {
    recipe: readable ? (asImages ? "document-pages-text" : "document-text") : "document-pages",
    items,
    leftOut: [
      ...(rest > 0 ? [`${part.label}: the last ${rest} of ${part.pages.length} pages`] : []),
      ...(unread.length > 0
        ? [`${part.label}: the text layer of ${unread.length === 1 ? "page" : "pages"} ${unread.join(", ")}`]
        : []),
    ],
  };
}

const titled = (page: number, text: string) => (text === "" ? "" : `Text of page ${page + 1}:\n${text}`);

export const documentRecipe: Recipe<DocumentPart> = {
  accepts: (part: Part): part is DocumentPart => part.kind === "document",
  demand: ([{ pages }], { textLayer }: ViewOptions) => ({ images: pages.length, spare: textLayer === true }),
  lay: ([{ part, index }], { images, tokens }, limits, options) => {
    const most = options.maxPages ?? maxPages;
    const max = limits.imageSize === undefined ? most : Math.min(images, most);
    return documentView(part, limits, { ...options, index, maxPages: max, textTokens: tokens });
  },
};
