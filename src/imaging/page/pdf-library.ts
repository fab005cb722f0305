/**
 * Loads PDF.js and locates its fonts, character maps and decoders in its package; `pdf-library.web.ts` is the browser's
 * version.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export async function pdfLibrary() {
  const home = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
  return {
    pdfjs: await import("pdfjs-dist/legacy/build/pdf.mjs"),
    settings: {
      standardFontDataUrl: join(home, "standard_fonts/"),
      cMapUrl: join(home, "cmaps/"),
      wasmUrl: join(home, "wasm/"),
      iccUrl: join(home, "iccs/"),
    },
  };
}
