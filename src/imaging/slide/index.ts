/** Whole-slide images: opened, never loaded. */
export { type OpenedSlide, openSlide, type SlideOptions } from "./open-slide.ts";
