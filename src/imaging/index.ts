/** Pixels with geometry, from every kind of file; nothing here knows a model. Readers of whole folders are in `polyclinic/study`. */
export {
  type Assembly,
  assembleSeries,
  bytesSource,
  DataSet,
  type DicomFile,
  type DicomInstance,
  type DicomSeries,
  fileSource,
  isDicom,
  type LoadedVolume,
  loadVolume,
  openInstance,
  parseDicom,
  type Rendered,
  readDicomHeader,
  renderFrame,
  type Slice,
} from "./dicom/index.ts";
export {
  affineFromColumns,
  affineSpacing,
  applyAffine,
  type Grid,
  invertAffine,
  multiplyAffines,
  orientationCode,
  planeOf,
  reformatToAxial,
  resample,
  toCanonical,
  uprightGrid,
} from "./geometry/index.ts";
export { type NiftiOptions, type NiftiResult, readNifti } from "./nifti/index.ts";
export { type PdfOptions, type PdfPage, type PdfPages, readPdf } from "./page/index.ts";
export { readPhoto } from "./photo/index.ts";
export { resizeBilinear, resizeBilinearPlain, resizeToSquare, SquareResizer, valueRange } from "./resize/index.ts";
export { type OpenedSlide, openSlide, type SlideOptions } from "./slide/index.ts";
export * from "./types.ts";
