/** Photographs and scanned pictures. */
export { type PhotoFormat, photoFormat } from "./format.ts";
export { readPhoto } from "./read-photo.ts";
