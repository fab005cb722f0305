/** Readers for pixels with geometry, from all file types, independent of any model. Readers for whole folders are in `polyclinic/study`. */
export {
  type ByteSource,
  diskSource,
  type HttpOptions,
  httpSource,
  MemoryBudget,
  memorySource,
} from "../bytes/index.ts";
export {
  type Assembly,
  assembleSeries,
  DataSet,
  type DicomFile,
  type DicomInstance,
  type DicomSeries,
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
export {
  type Ocr,
  type OcrRuntime,
  ocrPackage,
  openOcr,
  type RecognisedPage,
  type RecognisedWord,
} from "./ocr/index.ts";
export { type PdfOptions, type PdfPage, type PdfPages, readPdf } from "./page/index.ts";
export { type PhotoOptions, type PhotoPages, readPhoto, readPhotoPages } from "./photo/index.ts";
export { resizeBilinear, resizeBilinearPlain, resizeToSquare, SquareResizer, valueRange } from "./resize/index.ts";
export { type OpenedSlide, openSlide, type SlideOptions } from "./slide/index.ts";
export * from "./types.ts";
