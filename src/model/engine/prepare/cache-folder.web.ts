/** The browser's version of `cache-folder.ts`: a folder in memory. */
export const defaultCacheFolder = (): string => "/cache";
