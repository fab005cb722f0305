/** ONNX Runtime for OCR (`imaging/ocr`). */
import type { OcrRuntime } from "../../../imaging/ocr/index.ts";
import { float32, floats } from "../runtime.ts";
import { nodeRuntime } from "./node-runtime.ts";

/** @param threads threads per operator. Default: one per core. */
export function ocrRuntime({ threads }: { threads?: number } = {}): OcrRuntime {
  return {
    async open(path) {
      // Text strips have different widths: memory planned for one cannot be used for the next.
      const session = await nodeRuntime.open(
        { model: path },
        { varyingShapes: true, yieldThreads: true, ...(threads !== undefined && { threads }) },
      );
      return {
        async run(feeds) {
          const given = Object.entries(feeds).map(([name, { data, dims }]) => [name, float32(data, dims)] as const);
          const outputs = Object.entries(await session.run(Object.fromEntries(given)));
          return Object.fromEntries(outputs.map(([name, one]) => [name, { data: floats(one), dims: one.dims }]));
        },
        close: () => session.close(),
      };
    },
  };
}
