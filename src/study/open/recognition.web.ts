/** The browser's version of `recognition.ts`: OCR is not available, so pages are read only by their text layers. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Ocr } from "../../imaging/ocr/index.ts";

/** @throws `ocr/not-installed` always. */
export async function openRecognition(): Promise<Ocr> {
  throw new PolyclinicError("ocr/not-installed", "text recognition (OCR) is not available in the browser", {
    expected: "a PDF with a text layer",
    hint: "Read scans with the package in Node.js, which has text recognition.",
  });
}
