/**
 * The WebAssembly kernels of this package (tools/kernels): one instance per thread, whose memory is reused for every image. Arguments are
 * placed after the kernel's own data, and results are read back before the next call.
 */
import { fromBase64 } from "../../../base/host/octets.ts";

/** The part of the WebAssembly API that is used; its types are in the DOM library, which this package does not compile against. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

interface Memory {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly __heap_base: { readonly value: number };
}

/** An instance whose memory grew beyond this is dropped after use: its memory cannot shrink. */
const maxRetainedMemory = 1 << 27;

export class Kernel<Exports> {
  private instance: (Exports & Memory) | undefined;
  private module: object | undefined;
  private used = 0;

  constructor(private readonly binary: string) {}

  /** Begins a call and discards previous arguments. */
  begin(): Exports {
    this.module ??= new WebAssembly.Module(fromBase64(this.binary));
    if (this.instance && this.instance.memory.buffer.byteLength > maxRetainedMemory) this.instance = undefined;
    this.instance ??= new WebAssembly.Instance(this.module).exports as Exports & Memory;
    this.used = this.instance.__heap_base.value;
    return this.instance;
  }

  /** Allocates `length` bytes with undefined content, aligned to 16; @returns its address. */
  take(length: number): number {
    const at = (this.used + 15) & ~15;
    this.used = at + length;
    const { memory } = this.instance!;
    const missing = this.used + 64 - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    return at;
  }

  /** Copies bytes into the kernel's memory; @returns their address. */
  put(bytes: Uint8Array): number {
    const at = this.take(bytes.length);
    this.view(at, bytes.length).set(bytes);
    return at;
  }

  /** The kernel's own memory: valid until the next `take`. */
  view(at: number, length: number): Uint8Array {
    return new Uint8Array(this.instance!.memory.buffer, at, length);
  }
}
