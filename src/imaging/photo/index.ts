/** Photographs and scanned images. */
export { isHeic, type PhotoFormat, photoFormat } from "./format.ts";
export { type PhotoOptions, type PhotoPages, readPhoto, readPhotoPages } from "./read-photo.ts";
