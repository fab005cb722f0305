/** As `workers.ts`, for a browser: everything runs in the one worker that the page began, which is no page's thread. */

export const workerUrl = (_importMetaUrl: string, relative: string): string => relative;

/** @throws always: `isBuilt` is false for every worker. */
export function createPool(): never {
  throw new Error("a browser has no pool of threads");
}

export const cores = (): number => 1;

export const isBuilt = (): boolean => false;

/** Lets messages and abort signals through. */
export const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));
