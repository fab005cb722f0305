/** ONNX Runtime as recognition of images (`imaging/ocr`) wants it. */
import type { OcrRuntime } from "../../../imaging/ocr/index.ts";
import { float32, floats } from "../runtime.ts";
import { nodeRuntime } from "./node-runtime.ts";

/** @param threads of one operator. Default: one per core. */
export function ocrRuntime({ threads }: { threads?: number } = {}): OcrRuntime {
  return {
    async open(path) {
      // Strips of every width come by: memory planned for one is of no use to the next.
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
