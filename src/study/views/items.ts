/** The items of a view by their kind, in reading order. */
import type { Content } from "../../model/contract.ts";
import type { ImageItem, TextItem, View } from "../types.ts";

/** The image items of a view, in reading order. */
export function imagesOf({ items }: Pick<View, "items">): ImageItem[] {
  return items.filter((item) => item.kind === "image");
}

/** The text items of a view, in reading order. */
export function textsOf({ items }: Pick<View, "items">): TextItem[] {
  return items.filter((item) => item.kind === "text");
}

/** The image in the form in which a message of the model contract contains it. */
export function imageContent({ image, crop }: ImageItem): Extract<Content, { type: "image" }> {
  return { type: "image", image, ...(crop && { crop }) };
}
