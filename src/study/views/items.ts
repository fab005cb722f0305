/** The items of a view by their kind, in reading order. */
import type { ImageItem, TextItem, View } from "../types.ts";

export function imagesOf({ items }: Pick<View, "items">): ImageItem[] {
  return items.filter((item) => item.kind === "image");
}

export function textsOf({ items }: Pick<View, "items">): TextItem[] {
  return items.filter((item) => item.kind === "text");
}
