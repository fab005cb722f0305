/** The browser's version of `workers.ts`: everything runs in the single worker that the page started. */

export const workerUrl = (_importMetaUrl: string, relative: string): string => relative;

/** @throws always; `isBuilt` is false for every worker. */
export function createPool(): never {
  throw new Error("worker thread pools are not available in the browser");
}

export const cores = (): number => 1;

export const isBuilt = (): boolean => false;

const waiting: (() => void)[] = [];
const channel = new MessageChannel();
channel.port1.addEventListener("message", () => waiting.shift()?.());
channel.port1.start();

/**
 * Yields to the event loop, for messages and abort signals. Uses a message, because nested timers wait at least four
 * milliseconds.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(undefined);
  });
}
