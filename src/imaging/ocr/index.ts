/** Recognition of text in images (OCR), an optional part: its models come from a package of their own. */
export { findModels, type OcrModels, ocrPackage } from "./models.ts";
export { type Ocr, openOcr, type RecognisedPage, type RecognisedWord } from "./open-ocr.ts";
export type { OcrRuntime, OcrSession, OcrTensor } from "./runtime.ts";
