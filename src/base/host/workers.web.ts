/** As `workers.ts`, for a browser: everything runs in the one worker that the page began, which is no page's thread. */

export const workerUrl = (_importMetaUrl: string, relative: string): string => relative;

/** @throws always: `isBuilt` is false for every worker. */
export function createPool(): never {
  throw new Error("worker thread pools are not available in the browser");
}

export const cores = (): number => 1;

export const isBuilt = (): boolean => false;

const waiting: (() => void)[] = [];
const channel = new MessageChannel();
channel.port1.addEventListener("message", () => waiting.shift()?.());
channel.port1.start();

/** Lets messages and abort signals through. By a message: timers that follow each other wait four milliseconds. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(undefined);
  });
}
