/** Whole-slide images: opened without loading all pixels. */

export { type OpenedSlide, openSlide, type SlideOptions } from "./open-slide.ts";
export { type TiffPage, tiffPages } from "./tiff-pages.ts";
