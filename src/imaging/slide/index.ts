/** Whole-slide images: opened, never loaded. */

export { type OpenedSlide, openSlide, type SlideOptions } from "./open-slide.ts";
export { type TiffPage, tiffPages } from "./tiff-pages.ts";
