/**
 * The WebAssembly codecs (libjpeg-turbo, OpenJPEG, OpenJPH): loaded once per thread on first use, without console output, and discarded
 * after an abort, because an aborted module must not be reused.
 */
import { codecError, type Picture } from "./frame.ts";
import { type CodecFactory, codecFactory } from "./load-codec.ts";

interface FrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  isSigned?: boolean;
}

interface WasmDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  getFrameInfo(): FrameInfo;
  /** HTJ2K: empty on success. */
  getLastErrorMessage?(): string;
  delete(): void;
}

type WasmModule = Record<string, new () => WasmDecoder> & { getExceptionMessage?: (pointer: number) => unknown };

const codecs = {
  jpeg: ["JPEGDecoder", "JPEG"],
  "jpeg-2000": ["J2KDecoder", "JPEG 2000"],
  htj2k: ["HTJ2KDecoder", "HTJ2K"],
} as const;

export type WasmCodec = keyof typeof codecs;

interface Loaded {
  module: WasmModule;
  /** Messages of the image being decoded; shown only as the cause of an error. */
  messages: string[];
}

const loaded = new Map<WasmCodec, Promise<Loaded>>();

function load(codec: WasmCodec): Promise<Loaded> {
  let loading = loaded.get(codec);
  if (loading === undefined) {
    const messages: string[] = [];
    const listen = (text: unknown) => {
      if (messages.length < 20) messages.push(String(text));
    };
    loading = codecFactory(codec)
      .then((factory: CodecFactory) => factory({ print: listen, printErr: listen }))
      .then((module) => ({ module: module as WasmModule, messages }));
    loaded.set(codec, loading);
  }
  return loading;
}

/** Decodes one codestream. Throws `dicom/codec`; the size has been checked against the header before (`codestream.ts`). */
export async function decodeWasm(codec: WasmCodec, bytes: Uint8Array): Promise<Picture> {
  const { module, messages } = await load(codec);
  const [className, name] = codecs[codec];
  messages.length = 0;
  let decoder: WasmDecoder | undefined;
  try {
    decoder = new module[className]();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    const bytesPerSample = bitsPerSample <= 8 ? 1 : 2;
    const needed = width * height * componentCount * bytesPerSample;
    if (needed === 0 || decoded.length < needed)
      throw codecError(name, "the image was decoded only in part", `${decoded.length} of ${needed} bytes`);
    // A copy out of the module's memory, which the next image overwrites.
    const copy = decoded.slice(0, needed).buffer;
    const data =
      bytesPerSample === 1
        ? isSigned
          ? new Int8Array(copy)
          : new Uint8Array(copy)
        : isSigned
          ? new Int16Array(copy)
          : new Uint16Array(copy);
    const failure = messages.find((line) => /error|fail/i.test(line) && !/warning/i.test(line));
    const reported = failure ?? (decoder.getLastErrorMessage?.() || undefined);
    if (reported !== undefined) throw codecError(name, "the decoder reported an error", reported.trim());
    return { width, height, components: componentCount, precision: bitsPerSample, data };
  } catch (cause) {
    loaded.delete(codec);
    if (cause instanceof Error && "code" in cause) throw cause;
    throw codecError(name, "the image cannot be decoded", describe(cause, module, messages), cause);
  } finally {
    try {
      decoder?.delete();
    } catch {
      // The module has aborted and is dropped with all its memory.
    }
  }
}

function describe(cause: unknown, module: WasmModule, messages: string[]): string {
  if (messages.length > 0) return messages.join(" ").trim().slice(0, 300);
  if (typeof cause === "number") {
    try {
      return String(module.getExceptionMessage?.(cause) ?? "an exception in the codec");
    } catch {
      return "an exception in the codec";
    }
  }
  return cause instanceof Error ? cause.message : String(cause);
}
