/** The browser APIs used here, whose types are in the DOM library, which this package does not compile against. */
import type { FromWorker, ToWorker } from "./protocol.ts";

export interface WorkerHandle {
  postMessage(message: ToWorker, transfer?: readonly ArrayBufferLike[]): void;
  addEventListener(kind: "message", listener: (event: { readonly data: FromWorker }) => void): void;
  addEventListener(kind: "error" | "messageerror", listener: (event: { readonly message?: string }) => void): void;
  terminate(): void;
}

interface FileCache {
  match(address: string): Promise<Response | undefined>;
  put(address: string, response: Response): Promise<void>;
  keys(): Promise<readonly { readonly url: string }[]>;
  delete(address: string): Promise<boolean>;
}

interface Browser {
  readonly Worker: new (address: URL, options: { readonly type: "module"; readonly name: string }) => WorkerHandle;
  readonly location: { readonly href: string };
  readonly crossOriginIsolated: boolean;
  readonly navigator: {
    readonly hardwareConcurrency?: number;
    readonly gpu?: { requestAdapter(): Promise<object | null> };
  };
  /** Absent if the page was loaded over http from another machine. */
  readonly caches?: { open(name: string): Promise<FileCache> };
  postMessage(message: FromWorker, transfer?: readonly ArrayBufferLike[]): void;
  addEventListener(kind: "message", listener: (event: { readonly data: ToWorker }) => void): void;
}

export const browser = globalThis as unknown as Browser;
