/**
 * The browser's version of `pdf-library.ts`: resources in the folder `pdf/` beside the worker, canvases without a page,
 * glyphs as paths as in Node.
 */

interface Canvas {
  width: number;
  height: number;
  getContext(kind: "2d", options: object): unknown;
}
declare const OffscreenCanvas: new (width: number, height: number) => Canvas;

class CanvasFactory {
  create(width: number, height: number) {
    const canvas = new OffscreenCanvas(width, height);
    return { canvas, context: canvas.getContext("2d", { willReadFrequently: true }) };
  }

  reset({ canvas }: { canvas: Canvas }, width: number, height: number) {
    canvas.width = width;
    canvas.height = height;
  }

  destroy({ canvas }: { canvas: Canvas }) {
    canvas.width = 0;
    canvas.height = 0;
  }
}

/** Filters would need a page's DOM; images that request one are drawn without it. */
class FilterFactory {
  addFilter() {
    return "none";
  }
  addHCMFilter() {
    return "none";
  }
  addAlphaFilter() {
    return "none";
  }
  addLuminosityFilter() {
    return "none";
  }
  addHighlightHCMFilter() {
    return "none";
  }
  destroy() {}
}

export async function pdfLibrary() {
  // The parser part of PDF.js runs in this same worker; PDF.js looks for it under this name.
  const scope = globalThis as { pdfjsWorker?: unknown };
  // @ts-expect-error: the package has no types for it.
  scope.pdfjsWorker ??= await import("pdfjs-dist/legacy/build/pdf.worker.mjs");
  const folder = (name: string) =>
    new URL(`pdf/${name}/`, (globalThis as unknown as { location: { href: string } }).location.href).href;
  return {
    pdfjs: await import("pdfjs-dist/legacy/build/pdf.mjs"),
    settings: {
      CanvasFactory,
      FilterFactory,
      disableFontFace: true,
      useWorkerFetch: true,
      isOffscreenCanvasSupported: false,
      isImageDecoderSupported: false,
      ownerDocument: { fonts: undefined, createElement: () => ({}) },
      standardFontDataUrl: folder("standard_fonts"),
      cMapUrl: folder("cmaps"),
      wasmUrl: folder("wasm"),
      iccUrl: folder("iccs"),
    } as object as Record<"standardFontDataUrl", string>,
  };
}
