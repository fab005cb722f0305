/** Opens OCR if its models are installed; `recognition.web.ts` is the browser's version. */
import type { Ocr } from "../../imaging/ocr/index.ts";

/** @throws `ocr/not-installed`. */
export async function openRecognition(): Promise<Ocr> {
  const [{ openOcr }, { ocrRuntime }] = await Promise.all([
    import("../../imaging/ocr/index.ts"),
    import("../../model/runtime/node/ocr-runtime.ts"),
  ]);
  return openOcr(ocrRuntime());
}
