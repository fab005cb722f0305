/** Optical character recognition (OCR), an optional feature: its models are in a separate package. */
export { findModels, type OcrModels, ocrPackage } from "./models.ts";
export { type Ocr, openOcr, type RecognisedPage, type RecognisedWord } from "./open-ocr.ts";
export type { OcrRuntime, OcrSession, OcrTensor } from "./runtime.ts";
