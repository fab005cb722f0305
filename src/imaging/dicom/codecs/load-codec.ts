/** Loads the WebAssembly codecs from their packages; `load-codec.web.ts` is the browser's version. */
import { createRequire } from "node:module";

/** An Emscripten module factory: called with settings, it returns the module. */
export type CodecFactory = (settings: object) => Promise<unknown>;

const require = createRequire(import.meta.url);

const packages = {
  jpeg: "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs",
  "jpeg-2000": "@cornerstonejs/codec-openjpeg/decodewasmjs",
  htj2k: "@cornerstonejs/codec-openjph",
} as const;

export async function codecFactory(codec: keyof typeof packages): Promise<CodecFactory> {
  return require(packages[codec]) as CodecFactory;
}
