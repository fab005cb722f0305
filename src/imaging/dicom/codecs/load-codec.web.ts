/**
 * The browser's version of `load-codec.ts`: the same packages, with their WebAssembly files placed beside the worker by
 * a bundler.
 */
import type { CodecFactory } from "./load-codec.ts";

/** A package's glue code, and the URL of its WebAssembly file. */
type Codec = readonly [glue: Promise<{ readonly default: unknown }>, program: Promise<{ readonly default: string }>];

const packages: Readonly<Record<"jpeg" | "jpeg-2000" | "htj2k", () => Codec>> = {
  jpeg: () => [
    // @ts-expect-error: the package has no types.
    import("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs"),
    // @ts-expect-error: an address that the bundler makes.
    import("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url"),
  ],
  "jpeg-2000": () => [
    // @ts-expect-error: the package has no types.
    import("@cornerstonejs/codec-openjpeg/decodewasmjs"),
    // @ts-expect-error: an address that the bundler makes.
    import("@cornerstonejs/codec-openjpeg/decodewasm?url"),
  ],
  htj2k: () => [
    // @ts-expect-error: the package has no types.
    import("@cornerstonejs/codec-openjph"),
    // @ts-expect-error: an address that the bundler makes.
    import("@cornerstonejs/codec-openjph/wasm?url"),
  ],
};

export async function codecFactory(codec: keyof typeof packages): Promise<CodecFactory> {
  const [glue, program] = await Promise.all(packages[codec]());
  const factory = glue.default as CodecFactory;
  return (settings) => factory({ ...settings, locateFile: () => program.default });
}
