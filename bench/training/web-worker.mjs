/**
 * The browser APIs that jax-js needs to run its WebAssembly kernels on two threads: `Worker` from a blob URL, and the
 * number of processors. Without this it would use one thread in Node.
 */
import { resolveObjectURL } from "node:buffer";
import { Worker as NodeWorker } from "node:worker_threads";

const prelude = `
const { parentPort } = require("node:worker_threads");
globalThis.self = globalThis;
globalThis.postMessage = (message) => parentPort.postMessage(message);
parentPort.on("message", (data) => self.onmessage({ data }));
`;

export function pretendBrowser(threads) {
  // @ts-expect-error: only the members that jax-js uses.
  globalThis.Worker = class {
    /** @type {undefined | ((event: { data: unknown }) => void)} */
    onmessage;
    /** @type {undefined | ((error: Error) => void)} */
    onerror;
    #waiting = [];
    #worker;

    constructor(url) {
      resolveObjectURL(url)
        .text()
        .then((source) => {
          this.#worker = new NodeWorker(prelude + source, { eval: true });
          this.#worker.on("message", (data) => this.onmessage?.({ data }));
          this.#worker.on("error", (error) => this.onerror?.(error));
          for (const message of this.#waiting) this.#worker.postMessage(message);
        });
    }

    postMessage(message) {
      if (this.#worker === undefined) this.#waiting.push(message);
      else this.#worker.postMessage(message);
    }
  };
  Object.defineProperty(globalThis, "navigator", { value: { hardwareConcurrency: threads }, configurable: true });
}
